//! The ports: small traits for what the collector needs from the world, owned here and implemented elsewhere.
//!
//! | port | what it is to the collector | in the cloud |
//! |---|---|---|
//! | [`Clock`] | the time, and waiting | the system clock |
//! | [`Spotify`] | the Web API | `spotify::Client` |
//! | [`Artists`] | the rows that are collected | table `artists` |
//! | [`Tracks`], [`TrackRows`], [`TrackErasure`] | tracks of genres, their audio features and playlists | table `tracks` |
//! | [`Edges`], [`EdgeErasure`] | who appears with whom | table `edges` |
//! | [`Frontier`] | the terms of a run | table `terms` |
//! | [`Control`] | the run, the pace, the app's capabilities | table `control` |
//! | [`Window`] | the terms that are in the queue right now | SQS |
//! | [`DeadLetters`], [`Revival`] | what was given up, for the operator | SQS, table `terms` |
//! | [`Erasure`], [`TermErasure`] | erasing an artist, for the operator | tables `artists` and `terms` |
//! | [`Series`] | figures of past minutes | table `control` |
//! | [`SnapshotFiles`] | the snapshots, for those who only read them | S3 |
//! | [`Users`] | profiles, and the lists recommended to them | table `users` |
//! | [`ArtistIndex`] | finding artists by name or genre | table `search` |
//! | [`Records`], [`ArtistRows`], [`Tombstones`], [`Gauges`] | closed runs, single artists, which were erased, counts; for those who only look | all tables and queues |
//!
//! No port decides anything: each does one storage operation, says whether its condition held, and errs only
//! when it could not be carried out.

mod artists;
mod bundle;
mod clock;
mod control;
mod dead_letters;
mod edges;
mod erasure;
mod error;
pub mod export;
mod frontier;
mod index;
mod reading;
pub mod series;
mod snapshots;
mod spotify;
mod tracks;
mod users;
mod window;

pub use artists::Artists;
pub use bundle::{Fetching, Ports, Scheduling};
pub use clock::Clock;
pub use control::{Control, Opening, Overview};
pub use dead_letters::{DeadLetters, ReceivedDeadLetter, Revival};
pub use edges::{EdgeErasure, Edges};
pub use erasure::{Erasure, TermErasure};
pub use error::PortError;
pub use frontier::{Claim, Finish, Frontier, Kept, Ranked, TermPage};
pub use index::ArtistIndex;
pub use reading::{ArtistRows, Gauges, Messages, Records, Tombstones};
pub use series::{Minute, Series};
pub use snapshots::SnapshotFiles;
pub use spotify::Spotify;
pub use tracks::{TrackErasure, TrackRows, Tracks};
pub use users::Users;
pub use window::{DeadLetter, Delivery, Handle, TermMessage, Unread, Window};

pub use crate::plan::{Sighting, Upserted};
