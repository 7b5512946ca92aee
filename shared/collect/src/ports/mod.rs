//! The ports: small traits for what the collector needs from the world, owned here and implemented elsewhere.
//!
//! | port | what it is to the collector | in the cloud |
//! |---|---|---|
//! | [`Clock`] | the time, and waiting | the system clock |
//! | [`Spotify`] | the Web API | `spotify::Client` |
//! | [`Artists`] | the rows that are collected | table `artists` |
//! | [`Frontier`] | the terms of a run | table `terms` |
//! | [`Control`] | the run, the pace, the app's capabilities | table `control` |
//! | [`Window`] | the terms that are in the queue right now | SQS |
//! | [`DeadLetters`], [`Revival`] | what was given up, for the operator | SQS, table `terms` |
//!
//! No port decides anything: each does one storage operation, says whether its condition held, and errs only when it
//! could not be carried out.

mod artists;
mod clock;
mod control;
mod dead_letters;
pub mod export;
mod frontier;
mod spotify;
mod window;

pub use artists::{Artists, Rewritten, Sighting, Upserted};
pub use clock::Clock;
pub use control::{Control, Opening, Overview};
pub use dead_letters::{DeadLetters, ReceivedLetter, Revival};
pub use frontier::{Claim, Finish, Frontier, Kept, Ranked, TermPage};
pub use spotify::Spotify;
pub use window::{DeadLetter, Delivery, Handle, TermMessage, Window};

/// A storage operation that could not be carried out. A condition that did not hold is not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// It may work later: throttled, timed out, no connection.
    #[error("{what} could not be reached: {why}")]
    Unavailable {
        /// The operation and the table or queue it was for.
        what: String,
        /// What went wrong.
        why: String,
    },
    /// It will not work until somebody changes something: no such table, not allowed.
    #[error("{what} refused: {why}")]
    Misconfigured {
        /// The operation and the table, queue or secret it was for.
        what: String,
        /// What went wrong.
        why: String,
    },
    /// What is stored cannot be read.
    #[error("{what} holds something unreadable: {why}")]
    Corrupt {
        /// The table and key.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The ports that opening, dispatching and closing need.
pub trait Scheduling: Sync {
    /// See [`Clock`].
    type Clock: Clock + Sync;
    /// See [`Control`].
    type Control: Control + Sync;
    /// See [`Frontier`].
    type Frontier: Frontier + Sync;
    /// See [`Window`].
    type Window: Window + Sync;

    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// The control table.
    fn control(&self) -> &Self::Control;
    /// The terms.
    fn frontier(&self) -> &Self::Frontier;
    /// The queue.
    fn window(&self) -> &Self::Window;
}

/// The ports that working terms needs beside those.
pub trait Fetching: Scheduling {
    /// See [`Artists`].
    type Artists: Artists + Sync;
    /// See [`Spotify`].
    type Spotify: Spotify + Sync;

    /// The artist rows.
    fn artists(&self) -> &Self::Artists;
    /// The Web API.
    fn spotify(&self) -> &Self::Spotify;
}
