//! An artist's row: what a first and a later sighting make of it, and how both are counted.
//!
//! This is the one rule for rows. The tables only carry it out: they read what is known, ask here what
//! becomes of it, and write that unless somebody else has changed the row in between.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::catalogue::{Artist, ArtistId};
use crate::plan::Field;
use crate::term::{RunId, TermKey};

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

/// A row of the artists table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtistRow {
    /// What is known of the artist.
    pub artist: Artist,
    /// Key of the term that found it first. A text, because a row outlives the kinds of terms that there are.
    pub found_by: String,
    /// The run that found it first.
    pub found_in: RunId,
    /// First sighting, in whole milliseconds.
    pub first_seen: Timestamp,
    /// The last sighting that was written, in whole milliseconds.
    pub last_seen: Timestamp,
    /// The run of that sighting.
    pub last_run: RunId,
    /// Key of the term that saw it first in that run.
    pub sighted_by: String,
    /// On a stub, of which only id and name are known: how much completing it is worth, which is the
    /// popularity of the most popular track or album that named it in the answer that found it. Later answers
    /// do not raise it.
    pub stub: Option<u8>,
    /// When the row expires, in whole seconds.
    pub expires_at: Timestamp,
}

impl ArtistRow {
    /// The row that a first sighting makes; from a mention it is a `stub` of that prominence. It expires
    /// `retention` later.
    pub fn first(artist: &Artist, stub: Option<u8>, sighting: &Sighting, retention: Duration) -> Self {
        let seen = whole_millis(sighting.at);
        Self {
            artist: artist.clone(),
            found_by: sighting.term.to_string(),
            found_in: sighting.run.clone(),
            first_seen: seen,
            last_seen: seen,
            last_run: sighting.run.clone(),
            sighted_by: sighting.term.to_string(),
            stub,
            expires_at: expiry(sighting.at, retention),
        }
    }

    /// Takes a later sighting in. Returns why the row has to be written again, or nothing where the sighting
    /// says nothing new.
    ///
    /// A sighting that is older than the last one fills gaps and changes nothing else.
    pub fn see(
        &mut self,
        artist: &Artist,
        stub: Option<u8>,
        sighting: &Sighting,
        retention: Duration,
    ) -> Option<Rewritten> {
        let seen = whole_millis(sighting.at);
        let is_late = self.last_seen > seen;
        let merged = if is_late { artist.merged(&self.artist) } else { self.artist.merged(artist) };
        let is_object = stub.is_none();
        let is_completed = self.is_stub() && is_object;
        let of_run = self.last_run == sighting.run;
        let is_first_in_run = !is_late && !of_run;
        let says_something = merged != self.artist || is_completed || is_first_in_run;
        if !says_something && !self.needs_renewal(seen, retention) {
            return None;
        }
        if is_first_in_run {
            self.sighted_by = sighting.term.to_string();
            self.last_run = sighting.run.clone();
        }
        self.artist = merged;
        self.stub = self.stub.filter(|_| !is_completed);
        self.last_seen = self.last_seen.max(seen);
        self.expires_at = self.expires_at.max(expiry(sighting.at, retention));
        Some(match (is_first_in_run, is_object) {
            (true, true) => Rewritten::Returned,
            (true, false) => Rewritten::ReturnedMention,
            (false, _) if is_completed && of_run => Rewritten::Completed,
            (false, _) if says_something => Rewritten::Changed,
            (false, _) => Rewritten::Renewed,
        })
    }

    /// Whether only id and name are known, and the rest is still to be asked for.
    pub fn is_stub(&self) -> bool {
        self.stub.is_some()
    }

    /// Whether the artist was last seen before `before` and not in `run`. A stub is never stale: completing
    /// it is a sighting.
    pub fn is_stale(&self, before: Timestamp, run: &RunId) -> bool {
        !self.is_stub() && self.last_seen < whole_millis(before) && self.last_run != *run
    }

    /// The fields that no answer so far has provided: missing, which is not zero.
    pub fn not_provided(&self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| !field.is_in(&self.artist)).collect()
    }

    /// Whether this sighting is the first of its run, or an earlier one of the same term was.
    fn is_sighted_by(&self, sighting: &Sighting) -> bool {
        self.last_run == sighting.run && self.sighted_by == sighting.term.as_str()
    }

    /// Whether less than half of its life is left though the artist is seen: a run may last longer than that,
    /// and the row must not expire `retention` after its first sighting.
    fn needs_renewal(&self, seen: Timestamp, retention: Duration) -> bool {
        let half = SignedDuration::try_from(retention / 2).unwrap_or(SignedDuration::MAX);
        self.expires_at.duration_since(seen) < half && self.expires_at < expiry(seen, retention)
    }
}

/// When a row expires that is seen at `at`.
pub(super) fn expiry(at: Timestamp, retention: Duration) -> Timestamp {
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    at.checked_add(retention).unwrap_or(Timestamp::MAX)
}

/// A time as precisely as the table keeps it.
pub(super) fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Why the row of a known artist is written again. The first reason that holds counts, so that every row
/// counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// The run sees the artist for the first time, as an object.
    Returned,
    /// The run sees the artist for the first time, as a mention.
    ReturnedMention,
    /// The run had seen no more than a mention, and has the object now.
    Completed,
    /// Something changed.
    Changed,
    /// Nothing changed, but the row would have expired before long.
    Renewed,
}

/// What became of the row of one artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// It did not exist.
    New,
    /// It was known and written again.
    Again(Rewritten),
    /// It was known and left alone.
    Nothing,
}

/// What became of the artists of one answer. Repeats within the answer count once, and an artist that comes
/// as an object and as a mention counts as an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upserted {
    /// Rows of objects that did not exist.
    pub new: u32,
    /// Rows of mentions that did not exist.
    pub new_mentions: u32,
    /// Objects that were known from earlier runs, and whom this run sees for the first time.
    pub returned: u32,
    /// The same of mentions.
    pub returned_mentions: u32,
    /// Stubs of this run that were completed.
    pub completed: u32,
    /// Rows that this run had seen before and that were written again for another reason: something changed.
    pub changed: u32,
    /// Rows that say what they said before.
    pub unchanged: u32,
    /// Rows that are stubs now.
    pub stubs: u32,
    /// Artists whose first sighting in this run is this one, or an earlier one of the same term: if the work
    /// on it ended before it could be acted upon, it is reported again.
    pub sighted: BTreeSet<ArtistId>,
    /// Artists of the answer that were erased.
    pub forgotten: BTreeSet<ArtistId>,
}

impl Upserted {
    /// Counts what became of one artist: the row as it is now, and what was written of it.
    pub fn count(&mut self, row: &ArtistRow, wrote: Wrote, sighting: &Sighting) {
        let count = match wrote {
            Wrote::New if row.is_stub() => &mut self.new_mentions,
            Wrote::New => &mut self.new,
            Wrote::Again(Rewritten::Returned) => &mut self.returned,
            Wrote::Again(Rewritten::ReturnedMention) => &mut self.returned_mentions,
            Wrote::Again(Rewritten::Completed) => &mut self.completed,
            Wrote::Again(Rewritten::Changed) => &mut self.changed,
            Wrote::Again(Rewritten::Renewed) | Wrote::Nothing => &mut self.unchanged,
        };
        *count = count.saturating_add(1);
        self.stubs = self.stubs.saturating_add(u32::from(row.is_stub()));
        if row.is_sighted_by(sighting) {
            self.sighted.insert(row.artist.id.clone());
        }
    }

    /// Full artists that this run sees for the first time, whether or not an earlier run saw them.
    pub fn first_full(&self) -> u32 {
        self.new.saturating_add(self.returned)
    }

    /// Mentions that this run sees for the first time, whether an earlier one has seen them or not.
    pub fn first_mentioned(&self) -> u32 {
        self.new_mentions.saturating_add(self.returned_mentions)
    }
}

#[cfg(test)]
mod tests;
