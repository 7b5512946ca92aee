//! The port to the artist rows.

use jiff::Timestamp;

use super::PortError;
use crate::artist::Artist;
use crate::run::RunId;
use crate::term::TermKey;

/// The artists collected so far.
#[trait_variant::make(Send)]
pub trait Artists {
    /// Writes what is new or changed, after reading what is known. A row observed later is never overwritten by one
    /// observed earlier, and a field that an answer did not carry never erases one that is known. Putting the same
    /// sightings again changes nothing.
    async fn upsert(&self, artists: &[Artist], sighting: &Sighting) -> Result<Upserted, PortError>;
}

/// How artists were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The run that found them.
    pub run: RunId,
    /// The term that found them.
    pub term: TermKey,
    /// When Spotify answered.
    pub at: Timestamp,
}

/// What became of the artists of one answer. Repeats within the answer count once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upserted {
    /// Rows that did not exist.
    pub new: u32,
    /// Rows that existed and were written: something changed, or the first sighting in this run.
    pub changed: u32,
    /// Rows that were left alone.
    pub unchanged: u32,
}
