//! The port to the artist rows.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::error::PortError;
use crate::catalogue::{Artist, ArtistId, Mention};
use crate::term::{RunId, TermKey};

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
    /// Told artists that were known from earlier runs, and whom this run sees for the first time.
    pub returned: u32,
    /// The same of mentioned artists.
    pub returned_mentions: u32,
    /// Bare rows of this run that were completed.
    pub completed: u32,
    /// Rows that this run had seen before and that were written again for another reason: something changed.
    pub changed: u32,
    /// Rows that were left alone.
    pub unchanged: u32,
    /// Rows that are bare now.
    pub bare: u32,
    /// Artists whose first sighting in this run is this one, or an earlier one of the same term: if the work on it ended
    /// before it could be acted upon, it is reported again.
    pub sighted: BTreeSet<ArtistId>,
}

impl Upserted {
    /// Told artists whom this run sees for the first time, whether an earlier one has seen them or not.
    pub fn first_told(&self) -> u32 {
        self.new.saturating_add(self.returned)
    }

    /// Mentioned artists whom this run sees for the first time, whether an earlier one has seen them or not.
    pub fn first_mentioned(&self) -> u32 {
        self.new_mentions.saturating_add(self.returned_mentions)
    }

    /// Counts the row of a known artist that was written again.
    pub fn count_rewritten(&mut self, why: Rewritten) {
        let count = match why {
            Rewritten::Returned => &mut self.returned,
            Rewritten::ReturnedMention => &mut self.returned_mentions,
            Rewritten::Completed => &mut self.completed,
            Rewritten::Changed => &mut self.changed,
        };
        *count = count.saturating_add(1);
    }
}

/// Why the row of a known artist is written again. The first that holds is why, so that every row counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// The run sees the artist for the first time, and is told of it.
    Returned,
    /// The run sees the artist for the first time, by a mention.
    ReturnedMention,
    /// The run had seen no more than a mention, and is told of the artist now.
    Completed,
    /// Something changed.
    Changed,
}

impl Rewritten {
    /// Why a row is written again: by the first sighting in a run or not, which tells of the artist or only mentions it, and
    /// completes a row that was bare in this run or does not.
    pub fn by(first_in_run: bool, is_told: bool, completes: bool) -> Self {
        match (first_in_run, is_told) {
            (true, true) => Self::Returned,
            (true, false) => Self::ReturnedMention,
            (false, _) if completes => Self::Completed,
            (false, _) => Self::Changed,
        }
    }
}
