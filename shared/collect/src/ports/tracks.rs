//! The port to the rows of tracks.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::PortError;
use crate::catalogue::{ArtistId, AudioFeatures, Genre, PlaylistId, TrackId};
use crate::plan::{Reading, Recorded, Sighted, Sighting, TrackRow};

/// The tracks collected so far, with their audio features, their memberships and the playlists that were
/// read.
#[trait_variant::make(Send)]
pub trait Tracks {
    /// Records the tracks of a page and that they are on its playlist, by the rules of
    /// [`TrackRow`](crate::plan::TrackRow) and [`MembershipRow`](crate::plan::MembershipRow). Recording the
    /// same again changes nothing.
    async fn sight(&self, sighted: &Sighted, sighting: &Sighting) -> Result<Recorded, PortError>;

    /// Remembers that a playlist was read to its end, by the rule of
    /// [`PlaylistRow`](crate::plan::PlaylistRow).
    async fn keep(&self, reading: &Reading, sighting: &Sighting) -> Result<(), PortError>;

    /// The versions of those of these playlists that need not be read again for a genre at `now`.
    async fn versions(
        &self,
        genre: Genre,
        playlists: &[PlaylistId],
        now: Timestamp,
    ) -> Result<BTreeMap<PlaylistId, String>, PortError>;

    /// Up to `limit` tracks whose audio features were never asked for. May lag behind the writes: it may
    /// leave out tracks that were recorded just now, and contains none that was described before the call.
    async fn featureless(&self, limit: usize) -> Result<Vec<TrackId>, PortError>;

    /// Records the audio features of tracks; nothing of those that have none. Tracks that are gone, or whose
    /// features are known, stay as they are.
    async fn describe(&self, features: &[(TrackId, Option<AudioFeatures>)]) -> Result<(), PortError>;
}

/// Reads tracks for whoever asks about them.
#[trait_variant::make(Send)]
pub trait TrackRows {
    /// The rows of these tracks, in no particular order; expired ones may be among them, missing ones are
    /// left out.
    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<TrackRow>, PortError>;
}

/// Erases artists from tracks.
#[trait_variant::make(Send)]
pub trait TrackErasure {
    /// Takes an artist out of the credits of every track; how many named the artist. Reads the whole table.
    async fn uncredit(&self, artist: &ArtistId) -> Result<u64, PortError>;
}

/// Where no tracks are collected, nobody is credited.
impl TrackErasure for () {
    async fn uncredit(&self, _: &ArtistId) -> Result<u64, PortError> {
        Ok(0)
    }
}

/// Where no tracks are collected, there is nothing to keep and nothing to find.
impl Tracks for () {
    async fn sight(&self, _: &Sighted, _: &Sighting) -> Result<Recorded, PortError> {
        Ok(Recorded::default())
    }

    async fn keep(&self, _: &Reading, _: &Sighting) -> Result<(), PortError> {
        Ok(())
    }

    async fn versions(
        &self,
        _: Genre,
        _: &[PlaylistId],
        _: Timestamp,
    ) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        Ok(BTreeMap::new())
    }

    async fn featureless(&self, _: usize) -> Result<Vec<TrackId>, PortError> {
        Ok(Vec::new())
    }

    async fn describe(&self, _: &[(TrackId, Option<AudioFeatures>)]) -> Result<(), PortError> {
        Ok(())
    }
}
