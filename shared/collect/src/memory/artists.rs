//! Artist rows in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use super::lock;
use crate::catalogue::{Artist, ArtistId, Mention};
use crate::plan::index::{Stretch, entries};
use crate::plan::{ArtistRow, EdgeRow, Entry, Sighting, Tombstone, Upserted, sight};
use crate::ports::{ArtistIndex, ArtistRows, Artists, Erasure, PortError, Tombstones};
use crate::settings::Settings;
use crate::term::RunId;

/// Artist rows in memory.
#[derive(Debug)]
pub struct MemoryArtists {
    rows: Mutex<BTreeMap<ArtistId, ArtistRow>>,
    forgotten: Mutex<BTreeMap<ArtistId, Tombstone>>,
    pub(super) edges: Mutex<BTreeMap<String, EdgeRow>>,
    pub(super) retention: Duration,
    is_indexed: bool,
}

impl MemoryArtists {
    /// A table without rows; each expires `retention` after its artist was last seen.
    pub fn new(retention: Duration) -> Self {
        let (rows, forgotten, edges) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { rows, forgotten, edges, retention, is_indexed: true }
    }

    /// The same without an index.
    #[must_use]
    pub fn without_index(self) -> Self {
        Self { is_indexed: false, ..self }
    }

    /// What stands under an id.
    fn standing(&self, rows: &BTreeMap<ArtistId, ArtistRow>, id: &ArtistId) -> Option<Entry> {
        let forgotten = lock(&self.forgotten).get(id).cloned().map(Entry::Forgotten);
        forgotten.or_else(|| rows.get(id).cloned().map(|row| Entry::Row(Box::new(row))))
    }

    /// All rows.
    pub fn rows(&self) -> BTreeMap<ArtistId, ArtistRow> {
        lock(&self.rows).clone()
    }

    /// Deletes the rows that expire at `now` or before, and returns them.
    pub fn delete_expired(&self, now: Timestamp) -> Vec<ArtistRow> {
        let mut rows = lock(&self.rows);
        rows.extract_if(.., |_, row| row.expires_at <= now).map(|(_, row)| row).collect()
    }
}

impl Default for MemoryArtists {
    fn default() -> Self {
        Self::new(Settings::default().retention)
    }
}

impl Artists for MemoryArtists {
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        let mut rows = lock(&self.rows);
        let mut upserted = Upserted::default();
        for (artist, stub) in Artist::full_and_mentioned(artists, mentions) {
            let known = self.standing(&rows, &artist.id);
            if let Some((row, wrote)) = sight(known, &artist, stub, sighting, self.retention) {
                upserted.count(&row, wrote, sighting);
                rows.insert(artist.id.clone(), row);
            } else {
                upserted.forgotten.insert(artist.id);
            }
        }
        Ok(upserted)
    }

    async fn stubs(&self, limit: usize, share: u32) -> Result<Vec<ArtistId>, PortError> {
        let rows = lock(&self.rows);
        let mut stubs: Vec<(u8, &ArtistId)> =
            rows.iter().filter_map(|(id, row)| Some((row.stub?, id))).collect();
        stubs.sort_by_key(|(prominence, id)| (std::cmp::Reverse(*prominence), *id));
        let of_share = |(_, id): &&(u8, &ArtistId)| id.share() == share % ArtistId::SHARES;
        if stubs.iter().filter(of_share).count() >= limit {
            stubs.retain(|stub| of_share(&stub));
        }
        Ok(stubs.into_iter().take(limit).map(|(_, id)| id.clone()).collect())
    }

    async fn stale(
        &self,
        before: Timestamp,
        run: &RunId,
        limit: usize,
        _within: Duration,
    ) -> Result<Vec<ArtistId>, PortError> {
        let rows = lock(&self.rows);
        let mut stale: Vec<_> = rows.iter().filter(|(_, row)| row.is_stale(before, run)).collect();
        stale.sort_by_key(|(id, row)| (row.last_seen, *id));
        Ok(stale.into_iter().take(limit).map(|(id, _)| id.clone()).collect())
    }

    async fn withdraw(&self, artists: &[ArtistId], _sighting: &Sighting) -> Result<(), PortError> {
        let mut rows = lock(&self.rows);
        for id in artists {
            rows.entry(id.clone()).and_modify(|row| row.stub = None);
        }
        Ok(())
    }
}

impl Erasure for MemoryArtists {
    async fn forget(&self, tombstone: &Tombstone) -> Result<bool, PortError> {
        let was_there = lock(&self.rows).remove(&tombstone.id).is_some();
        lock(&self.forgotten).entry(tombstone.id.clone()).or_insert_with(|| tombstone.clone());
        Ok(was_there)
    }
}

impl ArtistRows for MemoryArtists {
    async fn entry(&self, id: &ArtistId) -> Result<Option<Entry>, PortError> {
        Ok(self.standing(&lock(&self.rows), id))
    }

    async fn artist(&self, id: &ArtistId) -> Result<Option<ArtistRow>, PortError> {
        Ok(lock(&self.rows).get(id).cloned())
    }
}

impl Tombstones for MemoryArtists {
    async fn erased(&self, artists: &BTreeSet<ArtistId>) -> Result<BTreeSet<ArtistId>, PortError> {
        let forgotten = lock(&self.forgotten);
        Ok(artists.iter().filter(|id| forgotten.contains_key(*id)).cloned().collect())
    }
}

/// An index that is always up to date.
impl ArtistIndex for MemoryArtists {
    fn is_kept(&self) -> bool {
        self.is_indexed
    }

    async fn places(
        &self,
        stretch: &Stretch,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, PortError> {
        let is_wanted = |place: &str| {
            (stretch.from.as_str()..=stretch.to.as_str()).contains(&place)
                && after.is_none_or(|after| place > after)
        };
        let rows = lock(&self.rows);
        let entries = rows.values().flat_map(entries).filter(|entry| entry.shelf == stretch.shelf);
        let mut places: Vec<String> = entries.map(|entry| entry.place).collect();
        places.retain(|place| is_wanted(place));
        places.sort();
        places.truncate(limit);
        Ok(places)
    }

    async fn rows(&self, ids: &[ArtistId]) -> Result<Vec<ArtistRow>, PortError> {
        let rows = lock(&self.rows);
        Ok(ids.iter().filter_map(|id| rows.get(id)).cloned().collect())
    }
}
