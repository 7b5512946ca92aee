//! For whoever operates Fermata: how it stands, what needs somebody, and what was given up.

pub mod dead_letters;
pub mod forget;
mod outlook;
pub mod search;
mod sentence;
pub mod snapshots;
mod status;
mod watch;
pub mod words;

pub use outlook::{Coverage, Outlook};
pub use sentence::{Held, RunStanding, Standing, sentence};
pub use status::{Status, Waiting, hold, run_standing};
pub use watch::{Patience, Trouble, Watch, troubles, watch};
