//! Artist rows in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;

use super::lock;
use crate::artist::Artist;
use crate::id::ArtistId;
use crate::ports::{Artists, PortError, Sighting, Upserted};
use crate::run::RunId;
use crate::term::TermKey;

/// An artist as the table keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is known.
    pub artist: Artist,
    /// The term that found it first.
    pub found_by: TermKey,
    /// First sighting.
    pub first_seen: Timestamp,
    /// The last sighting that was written.
    pub last_seen: Timestamp,
    /// The run of that sighting.
    pub last_run: RunId,
}

/// Artist rows in memory.
#[derive(Debug, Default)]
pub struct MemoryArtists(Mutex<BTreeMap<ArtistId, Row>>);

impl MemoryArtists {
    /// All rows.
    pub fn rows(&self) -> BTreeMap<ArtistId, Row> {
        lock(&self.0).clone()
    }
}

impl Artists for MemoryArtists {
    async fn upsert(&self, artists: &[Artist], sighting: &Sighting) -> Result<Upserted, PortError> {
        let mut rows = lock(&self.0);
        let mut upserted = Upserted::default();
        for artist in artists {
            let Some(row) = rows.get_mut(&artist.id) else {
                rows.insert(artist.id.clone(), Row::first(artist, sighting));
                upserted.new += 1;
                continue;
            };
            let merged = row.artist.merged(artist);
            if row.last_seen > sighting.at || (merged == row.artist && row.last_run == sighting.run) {
                upserted.unchanged += 1;
            } else {
                row.artist = merged;
                row.last_seen = sighting.at;
                row.last_run = sighting.run.clone();
                upserted.changed += 1;
            }
        }
        Ok(upserted)
    }
}

impl Row {
    fn first(artist: &Artist, sighting: &Sighting) -> Self {
        Self {
            artist: artist.clone(),
            found_by: sighting.term.clone(),
            first_seen: sighting.at,
            last_seen: sighting.at,
            last_run: sighting.run.clone(),
        }
    }
}
