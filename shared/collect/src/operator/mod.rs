//! For whoever operates Fermata: whether the run stands still, and what was given up.

pub mod dead_letters;
mod watch;

pub use watch::{Watch, watch};
