//! The port to the artist rows.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::PortError;
use super::spotify::Mention;
use crate::artist::Artist;
use crate::id::ArtistId;
use crate::run::RunId;
use crate::term::TermKey;

/// The artists collected so far.
#[trait_variant::make(Send)]
pub trait Artists {
    /// Writes what is new or changed, after reading what is known. A row observed later is never overwritten by one
    /// observed earlier, and a field that an answer did not carry never erases one that is known. Putting the same
    /// sightings again changes nothing.
    ///
    /// An artist that is only mentioned, and of whom no more is known, is kept as *bare*: id and name, and wanted.
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError>;

    /// Up to `limit` bare artists, the most wanted first: those that the most popular tracks name. Never one that was
    /// completed or given up before the call.
    async fn wanted(&self, limit: usize) -> Result<Vec<ArtistId>, PortError>;

    /// Up to `limit` artists that are not bare, were last seen before `before` and not in `run`: those first that were not
    /// seen for longest.
    async fn stale(&self, before: Timestamp, run: &RunId, limit: usize) -> Result<Vec<ArtistId>, PortError>;

    /// Gives up completing these: Spotify has nothing to say of them. They stay as they are.
    async fn forgo(&self, artists: &[ArtistId], sighting: &Sighting) -> Result<(), PortError>;
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

/// What became of the artists of one answer. Repeats within the answer count once, and an artist that is told and mentioned
/// counts as told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upserted {
    /// Rows of told artists that did not exist.
    pub new: u32,
    /// Rows of mentioned artists that did not exist.
    pub new_mentions: u32,
    /// Rows that existed and were written: something changed, or the first sighting in this run.
    pub changed: u32,
    /// Bare rows of this run that were completed.
    pub completed: u32,
    /// Rows that were left alone.
    pub unchanged: u32,
    /// Rows that are bare now.
    pub bare: u32,
    /// Artists whose first sighting in this run is this one, or an earlier one of the same term: if the work on it ended
    /// before it could be acted upon, it is reported again.
    pub sighted: BTreeSet<ArtistId>,
}
