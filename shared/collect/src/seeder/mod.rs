//! What the seeder does: it opens a run, puts what the run begins with, tops the window up every minute, and
//! closes the run.

mod closing;
mod expiring;
mod implausible;
mod schedule;
mod seeding;

pub use schedule::{Tick, open_run, tick, tick_observed};
