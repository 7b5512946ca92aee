//! What Fermata does, with no AWS and no HTTP in it.
//!
//! A *run* asks Spotify *terms* until nothing is left to ask. The way of a term:
//!
//! 1. [`schedule`] opens the run and puts its roots ([`alphabet`]) into the frontier, a table of terms.
//! 2. [`dispatch`] moves the most promising ready terms into the *window*, a short queue.
//! 3. [`batch`] takes messages from the queue; for each, [`work`] asks Spotify page after page ([`paging`]) under the
//!    [`pace`], writes the artists, and [`split`]s a term that is saturated into follow-up terms.
//! 4. [`schedule`] closes the run when nothing is ready or sent any more, with a report ([`run`]).
//!
//! What the collector needs from the world are the [`ports`]: it runs unchanged on AWS, on an emulator and in memory
//! ([`memory`]). Time comes in through [`ports::Clock`]; nothing here reads a clock, an environment or a random number.

pub mod alphabet;
pub mod artist;
mod ask;
pub mod batch;
pub mod capability;
pub mod dispatch;
pub mod forecast;
#[cfg(feature = "memory")]
pub mod memory;
pub mod pace;
pub mod paging;
pub mod ports;
pub mod refusal;
pub mod run;
pub mod schedule;
pub mod seen;
pub mod settings;
pub mod split;
pub mod term;
pub mod text;
pub mod work;
