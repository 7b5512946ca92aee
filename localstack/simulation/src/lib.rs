//! Plays whole runs in a deterministic world where everything fails, and checks the promises.
//!
//! The collector itself ([`collect`]) is the real one: the seeder's schedule, the fetcher's batches, the
//! pace, the splits. Around it is a world in memory and virtual time, all of it drawn from one seed: the same
//! seed plays the same world, step by step and byte by byte.
//!
//! | where | what |
//! |---|---|
//! | `plan`, `catalogue`, `faults`, `vanished` | what a seed makes of a world before anything happens: artists, settings, what goes wrong |
//! | `world` | what functions share: time, the queue, the tables, Spotify; and `Execution`, which implements every port |
//! | `lambda` | executions: started by the queue and by schedules, woken at each await, killed, timed out |
//! | [`Promise`] | what must hold, watched on the way and judged at the end against the undisturbed world |
//! | `completeness` | what a run may call itself, judged by the catalogue alone |
//! | `oracle` | who may be missing from a run, judged by a model without the collector's rules |
//! | [`Mutant`] | promises broken on purpose, to see that it is seen |
//! | [`play`], [`run`], [`hunt_one`], [`rates`] | one seed, many seeds, the mutants, and how many seeds find each |
//!
//! **Where time passes.** Every operation of a port waits before it takes effect and again before its answer
//! is there. At each wait the execution goes to sleep and the next happening of the timeline is played:
//! another execution goes on, a message becomes visible, a minute begins, somebody is killed. Nothing else
//! interleaves, so a trace is the whole truth.
//!
//! **A new fault** has one place: the front page of `faults` says how.

mod campaign;
mod catalogue;
mod completeness;
mod dice;
pub mod exporter;
mod faults;
mod lambda;
mod moment;
mod mutants;
mod oracle;
mod plan;
mod play;
mod promise;
mod promises;
mod strays;
mod vanished;
mod world;

pub use campaign::{BrokenPromise, Rate, Seeds, Summary, hunt_one, rates, run};
pub use mutants::Mutant;
pub use play::{Played, Slow, SlowlyPlayed, play, play_slowly};
pub use promise::{Promise, Violation};
