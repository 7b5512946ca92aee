//! The exporter in a deterministic world where everything fails: the same idea as for the collector, with a
//! world of its own.
//!
//! Runs close, rows appear, change and expire meanwhile; ticks are missed, messages come twice or late or
//! never, calls fail before or after they took effect, executions are killed at any await, and two of them
//! work on the same item. The exporter itself ([`collect::exporter`]) is the real one; its workshop is a
//! small one that sorts, derives and merges lines of text.
//!
//! | where | what |
//! |---|---|
//! | `world` | time, the objects, the ledger, the queue, the catalogue, the tables |
//! | `hand` | an execution: implements every port, and pauses before and after each effect |
//! | `workshop` | sorting, deriving and merging |
//! | `drive` | starts executions, wakes them, kills them |
//! | `promises` | what must hold, after each effect and at the end |
//! | [`Mutant`] | promises broken on purpose |

mod drive;
mod hand;
mod mutants;
mod promises;
mod workshop;
mod world;

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

pub use mutants::Mutant;

use crate::campaign::{BrokenPromise, Seeds, Summary};

/// What came of a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The promises that were broken, with what was seen of each first.
    pub violations: Vec<(&'static str, String)>,
    /// Happenings.
    pub steps: u64,
    /// Snapshots that were published.
    pub published: u64,
    /// What happened, if the story is kept.
    pub story: String,
}

/// Plays a seed, with a mutant if one is given; `keeps_story` keeps the story.
pub fn play(seed: u64, mutant: Option<Mutant>, keeps_story: bool) -> Played {
    drive::play(seed, mutant, keeps_story)
}

/// Plays the seeds on all cores.
pub fn run(seeds: Seeds) -> Summary {
    let (next, summary) = (AtomicU64::new(0), Mutex::new(Summary::default()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds.count {
                return;
            }
            let seed = seeds.from.wrapping_add(number);
            let played = play(seed, None, false);
            let mut summary = summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            summary.seeds += 1;
            summary.steps += played.steps;
            let broken = played.violations.into_iter();
            summary.violations.extend(broken.map(|(promise, seen)| BrokenPromise { seed, promise, seen }));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(work);
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    summary.violations.sort_unstable();
    summary
}

/// The first of the seeds that finds a mutant.
pub fn hunt_one(seeds: Seeds, mutant: Mutant) -> Option<BrokenPromise> {
    (0..seeds.count).map(|number| seeds.from.wrapping_add(number)).find_map(|seed| {
        let (promise, seen) = play(seed, Some(mutant), false).violations.into_iter().next()?;
        Some(BrokenPromise { seed, promise, seen })
    })
}
