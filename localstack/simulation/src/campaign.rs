//! Many seeds, on all cores.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::mutants::Mutant;
use crate::play::{Played, play};

/// Which seeds.
#[derive(Clone, Copy, Debug)]
pub struct Seeds {
    /// The first.
    pub from: u64,
    /// How many at most.
    pub count: u64,
    /// Nothing is begun after this time.
    pub time: Option<Duration>,
}

/// What came of a campaign.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Seeds that were played.
    pub seeds: u64,
    /// Broken promises, by seed.
    pub violations: Vec<BrokenPromise>,
    /// Happenings in all worlds.
    pub steps: u64,
    /// Wall-clock seconds.
    pub elapsed_s: f64,
}

/// A promise that a seed has seen broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BrokenPromise {
    /// The seed, which replays it.
    pub seed: u64,
    /// The promise.
    pub promise: &'static str,
    /// The first thing that was seen of it.
    pub seen: String,
}

/// Plays the seeds on all cores; `watch` is told of each with its number so far.
pub fn run(seeds: Seeds, watch: impl Fn(&Played, u64) + Sync) -> Summary {
    let began = Instant::now();
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let summary = Mutex::new(Summary::default());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds.count || seeds.time.is_some_and(|time| began.elapsed() >= time) {
                return;
            }
            let played = play(seeds.from.wrapping_add(number), None, false);
            watch(&played, done.fetch_add(1, Ordering::Relaxed) + 1);
            let mut summary = summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            summary.take_in(&played);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(work);
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    summary.violations.sort_unstable();
    summary.elapsed_s = began.elapsed().as_secs_f64();
    summary
}

impl Summary {
    fn take_in(&mut self, played: &Played) {
        self.seeds += 1;
        self.steps += played.steps;
        for violation in &played.violations {
            let (seed, promise) = (played.seed, violation.promise.name());
            if !self.violations.iter().any(|known| (known.seed, known.promise) == (seed, promise)) {
                self.violations.push(BrokenPromise { seed, promise, seen: violation.seen.clone() });
            }
        }
    }
}

/// For each mutant the first of the seeds that finds it, with what it has seen.
pub fn hunt(seeds: Seeds) -> BTreeMap<&'static str, Option<BrokenPromise>> {
    for_each_mutant(|mutant| hunt_one(seeds, mutant))
}

/// The first of the seeds that finds a mutant.
pub fn hunt_one(seeds: Seeds, mutant: Mutant) -> Option<BrokenPromise> {
    finds(seeds, mutant).next()
}

/// How many of the seeds find a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The first that does, with what it has seen.
    pub first: Option<BrokenPromise>,
    /// Seeds that do.
    pub found: u64,
}

/// For each mutant how many of the seeds find it. Plays all seeds for each.
pub fn rates(seeds: Seeds) -> BTreeMap<&'static str, Rate> {
    for_each_mutant(|mutant| {
        let mut finds = finds(seeds, mutant);
        let first = finds.next();
        Rate { found: u64::from(first.is_some()) + finds.count() as u64, first }
    })
}

/// What each of the seeds that find a mutant sees of it first.
fn finds(seeds: Seeds, mutant: Mutant) -> impl Iterator<Item = BrokenPromise> {
    (0..seeds.count).map(move |number| seeds.from.wrapping_add(number)).filter_map(move |seed| {
        let violation = play(seed, Some(mutant), false).violations.into_iter().next()?;
        Some(BrokenPromise { seed, promise: violation.promise.name(), seen: violation.seen })
    })
}

/// Looks for all mutants, on all cores. Returns what is found by the mutants' names.
fn for_each_mutant<T: Send>(look: impl Fn(Mutant) -> T + Sync) -> BTreeMap<&'static str, T> {
    let next = AtomicU64::new(0);
    let found = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some(mutant) =
            usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|n| Mutant::ALL.get(n))
        {
            let seen = look(*mutant);
            found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(mutant.name(), seen);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
