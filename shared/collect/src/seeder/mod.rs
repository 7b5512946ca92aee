//! What the seeder does: it opens a run, puts what the run begins with, tops the window up every minute, and
//! closes the run. After a stop it can resume it.

mod closing;
mod expiring;
mod implausible;
mod resuming;
mod schedule;
mod seeding;
mod tracks;

pub use resuming::{Resuming, resume_run};
pub use schedule::{Tick, open_run, tick, tick_observed};
pub use tracks::{TracksBegun, begin_tracks};
