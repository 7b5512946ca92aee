//! Rows of tracks, of their memberships in playlists, and of the playlists: what a first and a later sighting
//! make of them.
//!
//! This is the one rule for these rows, as [`ArtistRow`](super::ArtistRow) is for artists. The tables only
//! carry it out: they read what is known, ask here what becomes of it, and write that unless somebody else
//! has changed the row in between.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::row::{Sighting, expiry, whole_millis};
use crate::catalogue::{ArtistId, AudioFeatures, Genre, PlaylistId, Track, TrackId};
use crate::term::{PlaylistHeader, RunId};

/// Tracks on a page of a playlist that is read for a genre.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighted {
    /// The genre.
    pub genre: Genre,
    /// The playlist.
    pub playlist: PlaylistId,
    /// When this reading of the playlist began.
    pub began: Timestamp,
    /// The tracks; repeats included.
    pub tracks: Vec<Track>,
}

impl Sighted {
    /// The tracks, each once, and the memberships that they have here.
    pub fn distinct(&self) -> impl Iterator<Item = (&Track, Membership)> {
        let mut seen = std::collections::BTreeSet::new();
        let tracks = self.tracks.iter().filter(move |track| seen.insert(&track.id));
        tracks.map(|track| (track, self.membership(&track.id)))
    }

    fn membership(&self, track: &TrackId) -> Membership {
        Membership { track: track.clone(), genre: self.genre, playlist: self.playlist.clone() }
    }
}

/// A playlist that was read to its end for the tracks of a genre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The genre.
    pub genre: Genre,
    /// The playlist.
    pub playlist: PlaylistId,
    /// What it says of itself.
    pub header: PlaylistHeader,
}

/// When something was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// The term that found it first, as text: a row outlives the kinds of terms that there are. Tells the row
    /// of one fetcher from that of another that found the same at the same moment.
    pub found_by: String,
    /// The run that found it first.
    pub found_in: RunId,
    /// First sighting, in whole milliseconds.
    pub first_seen: Timestamp,
    /// The last sighting that was written, in whole milliseconds.
    pub last_seen: Timestamp,
    /// The run of that sighting.
    pub last_run: RunId,
    /// When the row expires, in whole seconds.
    pub expires_at: Timestamp,
    /// How often the row was written. Whoever writes it again says which version was read.
    pub revision: u32,
}

impl Times {
    fn first(sighting: &Sighting, retention: Duration) -> Self {
        let seen = whole_millis(sighting.at);
        Self {
            found_by: sighting.term.to_string(),
            found_in: sighting.run.clone(),
            first_seen: seen,
            last_seen: seen,
            last_run: sighting.run.clone(),
            expires_at: expiry(sighting.at, retention),
            revision: 1,
        }
    }

    /// Takes a later sighting in. Returns whether the row has to be written: the sighting is the first of its
    /// run, it `says_something` new, or the row would expire before long.
    fn again(&mut self, sighting: &Sighting, says_something: bool, retention: Duration) -> bool {
        let seen = whole_millis(sighting.at);
        let is_first_in_run = self.last_seen <= seen && self.last_run != sighting.run;
        let half = SignedDuration::try_from(retention / 2).unwrap_or(SignedDuration::MAX);
        let is_old = self.expires_at.duration_since(seen) < half;
        if !(is_first_in_run || says_something || is_old) {
            return false;
        }
        if is_first_in_run {
            self.last_run = sighting.run.clone();
        }
        self.last_seen = self.last_seen.max(seen);
        self.expires_at = self.expires_at.max(expiry(sighting.at, retention));
        self.revision = self.revision.saturating_add(1);
        true
    }
}

/// What is known of how a track sounds.
#[expect(clippy::large_enum_variant, reason = "most tracks have features, and a page has a hundred at most")]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Sound {
    /// It was never asked for.
    #[default]
    NotAsked,
    /// Spotify was asked and has no audio features of it.
    Nothing,
    /// These.
    Features(AudioFeatures),
}

/// The row of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackRow {
    /// What is known of the track.
    pub track: Track,
    /// How it sounds.
    pub sound: Sound,
    /// When it was seen.
    pub times: Times,
}

impl TrackRow {
    /// What a sighting makes of what is known: the row as it is then, and whether it has to be written.
    pub fn sighted(
        known: Option<Self>,
        track: &Track,
        sighting: &Sighting,
        retention: Duration,
    ) -> (Self, bool) {
        let Some(mut row) = known else {
            let times = Times::first(sighting, retention);
            return (Self { track: track.clone(), sound: Sound::NotAsked, times }, true);
        };
        let is_late = row.times.last_seen > whole_millis(sighting.at);
        let merged = if is_late { track.merged(&row.track) } else { row.track.merged(track) };
        let write = row.times.again(sighting, merged != row.track, retention);
        row.track = merged;
        (row, write)
    }

    /// The row with its audio features, or with the note that it has none. Nothing if they are known: what
    /// was answered first stays.
    #[must_use]
    pub fn described(&self, features: Option<AudioFeatures>) -> Option<Self> {
        if self.sound != Sound::NotAsked {
            return None;
        }
        let mut row = self.clone();
        row.sound = features.map_or(Sound::Nothing, Sound::Features);
        row.times.revision = row.times.revision.saturating_add(1);
        Some(row)
    }

    /// The row without an artist who was erased. Nothing if it does not name the artist.
    #[must_use]
    pub fn uncredited(&self, artist: &ArtistId) -> Option<Self> {
        let mut row = self.clone();
        row.track.artists.retain(|credit| credit.id != *artist);
        if row.track.artists.len() == self.track.artists.len() {
            return None;
        }
        row.times.revision = row.times.revision.saturating_add(1);
        Some(row)
    }
}

/// That a track belongs to a genre because it is on a playlist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The track.
    pub track: TrackId,
    /// The genre.
    pub genre: Genre,
    /// The playlist.
    pub playlist: PlaylistId,
}

/// The row of a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipRow {
    /// The membership.
    pub membership: Membership,
    /// When it was seen.
    pub times: Times,
}

impl MembershipRow {
    /// What a sighting makes of what is known, in a reading of the playlist that `began` then: the row as it
    /// is afterwards, and whether it has to be written. If the reading has begun again since the last
    /// sighting, it must be, since [`PlaylistRow`] counts what was seen before as taken off the playlist.
    pub fn sighted(
        known: Option<Self>,
        membership: &Membership,
        began: Timestamp,
        sighting: &Sighting,
        retention: Duration,
    ) -> (Self, bool) {
        let Some(mut row) = known else {
            let times = Times::first(sighting, retention);
            return (Self { membership: membership.clone(), times }, true);
        };
        let seems_gone = row.times.last_seen < whole_millis(began);
        let write = row.times.again(sighting, seems_gone, retention);
        (row, write)
    }
}

/// The row of a playlist that was read to its end for the tracks of a genre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaylistRow {
    /// What was read. A track was on the playlist then if its membership was seen since `header.began`.
    pub reading: Reading,
    /// When it was seen.
    pub times: Times,
}

impl PlaylistRow {
    /// What a reading makes of what is known: the row as it is then, and whether it has to be written. An
    /// older reading than the known one changes nothing.
    pub fn read(
        known: Option<Self>,
        reading: &Reading,
        sighting: &Sighting,
        retention: Duration,
    ) -> (Self, bool) {
        let mut reading = reading.clone();
        reading.header.began = whole_millis(reading.header.began);
        let Some(mut row) = known else {
            return (Self { reading, times: Times::first(sighting, retention) }, true);
        };
        if row.reading.header.began > reading.header.began {
            return (row, false);
        }
        let write = row.times.again(sighting, row.reading != reading, retention);
        row.reading = reading;
        (row, write)
    }

    /// The version that need not be read again: for half as long as rows are kept, since those of the tracks
    /// must be seen again before they expire.
    pub fn version(&self, now: Timestamp, retention: Duration) -> Option<&str> {
        let is_current = expiry(self.times.last_seen, retention / 2) > now;
        self.reading.header.version.as_deref().filter(|_| is_current)
    }
}

/// What became of the tracks of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Tracks that were not known.
    pub tracks: u32,
    /// Memberships that were not known.
    pub memberships: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::TermKey;

    const DAY: Duration = Duration::from_hours(24);
    const RETENTION: Duration = Duration::from_hours(90 * 24);

    fn day(day: u32) -> Timestamp {
        Timestamp::UNIX_EPOCH + DAY * day
    }

    fn sighting(run: &str, at: u32) -> Sighting {
        let term = TermKey::parse("genre-search:1").unwrap();
        Sighting { run: RunId::new(run).unwrap(), term, at: day(at) }
    }

    fn track(popularity: Option<u8>) -> Track {
        let id = TrackId::new("0".repeat(22)).unwrap();
        Track { id, name: "Song".to_owned(), artists: vec![], album: None, popularity, isrc: None }
    }

    fn seen(known: Option<TrackRow>, popularity: Option<u8>, run: &str, at: u32) -> (TrackRow, bool) {
        TrackRow::sighted(known, &track(popularity), &sighting(run, at), RETENTION)
    }

    #[test]
    fn a_track_is_written_once_a_run_unless_it_changes() {
        let (first, write) = seen(None, Some(5), "1", 0);
        assert!(write && first.times.expires_at == day(90));
        let (same, write) = seen(Some(first.clone()), None, "1", 1);
        assert_eq!((same, write), (first.clone(), false), "what is missing says nothing");
        let (changed, write) = seen(Some(first.clone()), Some(6), "1", 1);
        assert!(write && changed.track.popularity == Some(6) && changed.times.last_seen == day(1));
        let (returned, write) = seen(Some(changed), Some(6), "2", 7);
        assert!(write && returned.times.last_run.as_str() == "2" && returned.times.first_seen == day(0));
        let (late, write) = seen(Some(returned.clone()), Some(1), "1", 3);
        assert_eq!((late, write), (returned, false), "an older sighting fills gaps only");
    }

    #[test]
    fn a_row_is_renewed_before_it_expires_in_a_long_run() {
        let (first, _) = seen(None, None, "1", 0);
        assert!(!seen(Some(first.clone()), None, "1", 45).1);
        let (renewed, write) = seen(Some(first), None, "1", 46);
        assert!(write && renewed.times.expires_at == day(136));
    }

    #[test]
    fn audio_features_are_kept_as_they_were_answered_first() {
        let (row, _) = seen(None, None, "1", 0);
        let features = AudioFeatures { tempo: Some(120.037), ..AudioFeatures::default() };
        let described = row.described(Some(features)).unwrap();
        assert_eq!((described.sound, described.times.revision), (Sound::Features(features), 2));
        assert_eq!(described.described(None), None);
        let (again, _) = seen(Some(described), Some(3), "2", 1);
        assert_eq!(again.sound, Sound::Features(features), "a sighting keeps them");
        assert_eq!(row.described(None).unwrap().sound, Sound::Nothing);
    }

    #[test]
    fn a_membership_is_written_again_when_its_reading_begins_again() {
        let playlist = PlaylistId::new("1".repeat(22)).unwrap();
        let membership = Membership { track: track(None).id, genre: Genre::Pop, playlist };
        let seen = |known, began, at| {
            MembershipRow::sighted(known, &membership, day(began), &sighting("1", at), RETENTION)
        };
        let (first, write) = seen(None, 0, 1);
        assert!(write);
        assert_eq!(seen(Some(first.clone()), 0, 2), (first.clone(), false), "the same reading");
        let (again, write) = seen(Some(first), 2, 3);
        assert!(write && again.times.last_seen == day(3), "the reading began after the last sighting");
    }

    /// Of one playlist, in one version, begun on a day.
    fn reading(version: &str, began: u32) -> Reading {
        let header = PlaylistHeader {
            name: None,
            owner: None,
            version: Some(version.to_owned()),
            tracks: None,
            began: day(began),
        };
        Reading { genre: Genre::Pop, playlist: PlaylistId::new("0".repeat(22)).unwrap(), header }
    }

    #[test]
    fn a_version_need_not_be_read_again_for_half_the_retention() {
        let (row, _) = PlaylistRow::read(None, &reading("a", 1), &sighting("1", 1), RETENTION);
        assert_eq!(row.version(day(45), RETENTION), Some("a"));
        assert_eq!(row.version(day(46), RETENTION), None);
        let (newer, write) =
            PlaylistRow::read(Some(row.clone()), &reading("b", 8), &sighting("2", 8), RETENTION);
        assert!(write && newer.version(day(9), RETENTION) == Some("b"));
        let older = PlaylistRow::read(Some(newer.clone()), &reading("a", 1), &sighting("1", 9), RETENTION);
        assert_eq!(older, (newer, false));
    }

    #[test]
    fn a_version_that_was_read_again_is_current_for_as_long_once_more() {
        let (row, _) = PlaylistRow::read(None, &reading("a", 1), &sighting("1", 1), RETENTION);
        let (again, write) = PlaylistRow::read(Some(row), &reading("a", 50), &sighting("2", 50), RETENTION);
        assert!(write);
        assert_eq!(again.version(day(94), RETENTION), Some("a"));
        assert_eq!(again.version(day(95), RETENTION), None);
    }
}
