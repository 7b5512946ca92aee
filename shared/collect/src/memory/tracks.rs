//! Rows of tracks in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use super::lock;
use crate::catalogue::{ArtistId, AudioFeatures, Genre, PlaylistId, TrackId};
use crate::plan::{
    Membership, MembershipRow, PlaylistRow, Reading, Recorded, Sighted, Sighting, Sound, TrackRow,
};
use crate::ports::{PortError, TrackErasure, TrackRows, Tracks};
use crate::settings::Settings;

#[derive(Debug, Default)]
struct Rows {
    tracks: BTreeMap<TrackId, TrackRow>,
    memberships: BTreeMap<Membership, MembershipRow>,
    playlists: BTreeMap<(Genre, PlaylistId), PlaylistRow>,
}

/// Rows of tracks in memory.
#[derive(Debug)]
pub struct MemoryTracks {
    rows: Mutex<Rows>,
    retention: Duration,
}

impl MemoryTracks {
    /// A table without rows; each expires `retention` after it was last seen.
    pub fn new(retention: Duration) -> Self {
        Self { rows: Mutex::default(), retention }
    }

    /// All rows of tracks.
    pub fn tracks(&self) -> BTreeMap<TrackId, TrackRow> {
        lock(&self.rows).tracks.clone()
    }

    /// All memberships.
    pub fn memberships(&self) -> BTreeMap<Membership, MembershipRow> {
        lock(&self.rows).memberships.clone()
    }

    /// All playlists that were read to their end.
    pub fn playlists(&self) -> Vec<PlaylistRow> {
        lock(&self.rows).playlists.values().cloned().collect()
    }
}

impl Default for MemoryTracks {
    fn default() -> Self {
        Self::new(Settings::default().retention)
    }
}

impl TrackRows for MemoryTracks {
    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<TrackRow>, PortError> {
        let rows = lock(&self.rows);
        let distinct: BTreeSet<&TrackId> = ids.iter().collect();
        Ok(distinct.into_iter().filter_map(|id| rows.tracks.get(id).cloned()).collect())
    }
}

impl Tracks for MemoryTracks {
    async fn sight(&self, sighted: &Sighted, sighting: &Sighting) -> Result<Recorded, PortError> {
        let rows = &mut *lock(&self.rows);
        let mut recorded = Recorded::default();
        for (track, membership) in sighted.distinct() {
            let known = rows.tracks.get(&track.id).cloned();
            recorded.tracks += u32::from(known.is_none());
            let (row, _) = TrackRow::sighted(known, track, sighting, self.retention);
            rows.tracks.insert(track.id.clone(), row);
            let known = rows.memberships.get(&membership).cloned();
            recorded.memberships += u32::from(known.is_none());
            let (row, _) =
                MembershipRow::sighted(known, &membership, sighted.began, sighting, self.retention);
            rows.memberships.insert(membership, row);
        }
        Ok(recorded)
    }

    async fn keep(&self, reading: &Reading, sighting: &Sighting) -> Result<(), PortError> {
        let playlists = &mut lock(&self.rows).playlists;
        let key = (reading.genre, reading.playlist.clone());
        let (row, _) = PlaylistRow::read(playlists.get(&key).cloned(), reading, sighting, self.retention);
        playlists.insert(key, row);
        Ok(())
    }

    async fn versions(
        &self,
        genre: Genre,
        playlists: &[PlaylistId],
        now: Timestamp,
    ) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        let rows = lock(&self.rows);
        let version = |id: &PlaylistId| {
            let row = rows.playlists.get(&(genre, id.clone()))?;
            Some((id.clone(), row.version(now, self.retention)?.to_owned()))
        };
        Ok(playlists.iter().filter_map(version).collect())
    }

    async fn featureless(&self, limit: usize) -> Result<Vec<TrackId>, PortError> {
        let rows = lock(&self.rows);
        let unknown = rows.tracks.iter().filter(|(_, row)| row.sound == Sound::NotAsked);
        Ok(unknown.take(limit).map(|(id, _)| id.clone()).collect())
    }

    async fn describe(&self, features: &[(TrackId, Option<AudioFeatures>)]) -> Result<(), PortError> {
        let tracks = &mut lock(&self.rows).tracks;
        for (id, features) in features {
            if let Some(described) = tracks.get(id).and_then(|row| row.described(*features)) {
                tracks.insert(id.clone(), described);
            }
        }
        Ok(())
    }
}

impl TrackErasure for MemoryTracks {
    async fn uncredit(&self, artist: &ArtistId) -> Result<u64, PortError> {
        let mut changed = 0;
        for row in lock(&self.rows).tracks.values_mut() {
            if let Some(uncredited) = row.uncredited(artist) {
                *row = uncredited;
                changed += 1;
            }
        }
        Ok(changed)
    }
}
