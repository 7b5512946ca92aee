//! For whoever operates Fermata: what needs somebody, and what was given up.

pub mod dead_letters;
mod watch;

pub use watch::{Patience, Trouble, Watch, troubles, watch};
