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

/// Plays the seeds on all cores; calls `watch` after each with its number so far.
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

/// The first of the seeds that finds a mutant.
pub fn hunt_one(seeds: Seeds, mutant: Mutant) -> Option<BrokenPromise> {
    (0..seeds.count).find_map(|number| find(seeds.from.wrapping_add(number), mutant))
}

/// A mutant that fewer than one in this many seeds find is too rare: the worlds must become harder for it.
const RAREST: u64 = 300;

/// How many seeds find a mutant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// The first that does, with what it has seen.
    pub first: Option<BrokenPromise>,
    /// Seeds that do.
    pub found: u64,
    /// Seeds that were played.
    pub played: u64,
}

impl Rate {
    /// Whether a campaign of a few hundred seeds would hardly find it.
    pub fn is_too_rare(&self) -> bool {
        self.found * RAREST < self.played
    }
}

/// For each mutant how many seeds find it. Plays no further seed for a mutant that `enough` have found.
pub fn rates(seeds: Seeds, enough: u64) -> BTreeMap<&'static str, Rate> {
    for_each_mutant(|mutant| {
        let mut rate = Rate::default();
        while rate.played < seeds.count && rate.found < enough {
            let found = find(seeds.from.wrapping_add(rate.played), mutant);
            rate.played += 1;
            rate.found += u64::from(found.is_some());
            rate.first = rate.first.or(found);
        }
        rate
    })
}

/// What a seed sees of a mutant first, if it finds it.
fn find(seed: u64, mutant: Mutant) -> Option<BrokenPromise> {
    let violation = play(seed, Some(mutant), false).violations.into_iter().next()?;
    Some(BrokenPromise { seed, promise: violation.promise.name(), seen: violation.seen })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_that_one_in_three_hundred_seeds_finds_is_not_too_rare() {
        let rate = |found, played| Rate { first: None, found, played };
        assert!(!rate(1, 300).is_too_rare() && rate(1, 301).is_too_rare() && rate(0, 1).is_too_rare());
        assert!(!rate(5, 40).is_too_rare());
    }
}
