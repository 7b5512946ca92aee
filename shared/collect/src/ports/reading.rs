//! The ports of those who only look: closed runs, single artists, and the counts that services keep.

use std::collections::BTreeSet;

use serde::Serialize;

use super::error::PortError;
use crate::catalogue::ArtistId;
use crate::plan::{ArtistRow, Entry};
use crate::run::Run;
use crate::term::RunId;

/// The records of closed runs.
#[trait_variant::make(Send)]
pub trait Records {
    /// The closed run of that id; `None` if there is none, or if it is still open.
    async fn closed_run(&self, run: &RunId) -> Result<Option<Run>, PortError>;
}

/// The rows of single artists.
#[trait_variant::make(Send)]
pub trait ArtistRows {
    /// What the table holds under this id, even if it has expired and is not deleted yet (a consistent read).
    async fn entry(&self, id: &ArtistId) -> Result<Option<Entry>, PortError>;

    /// The artist's row; `None` also if the artist was erased.
    async fn artist(&self, id: &ArtistId) -> Result<Option<ArtistRow>, PortError>;
}

/// Which artists were erased.
#[trait_variant::make(Send)]
pub trait Tombstones {
    /// Those of these artists that were erased.
    async fn erased(&self, artists: &BTreeSet<ArtistId>) -> Result<BTreeSet<ArtistId>, PortError>;
}

/// Counts that the services keep themselves. All are approximate.
#[trait_variant::make(Send)]
pub trait Gauges {
    /// Rows of the artists table. AWS counts them about every six hours.
    async fn artists(&self) -> Result<u64, PortError>;

    /// Messages in the window.
    async fn window(&self) -> Result<Messages, PortError>;

    /// Dead letters, including those that somebody reads at the moment.
    async fn dead_letters(&self) -> Result<u64, PortError>;
}

/// Messages in a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    /// Ready to be received.
    pub visible: u64,
    /// Received but not yet deleted, or deferred.
    pub hidden: u64,
}
