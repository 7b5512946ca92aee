//! Edges in memory.

use super::MemoryArtists;
use super::lock;
use crate::catalogue::{ArtistId, Edge};
use crate::plan::{EdgeRow, Sighting};
use crate::ports::{EdgeErasure, Edges, PortError};

impl MemoryArtists {
    /// All edges, by their keys.
    pub fn edges(&self) -> Vec<EdgeRow> {
        lock(&self.edges).values().cloned().collect()
    }
}

impl Edges for MemoryArtists {
    async fn keep(&self, edges: &[Edge], sighting: &Sighting) -> Result<(), PortError> {
        let mut rows = lock(&self.edges);
        for edge in edges {
            let key = edge.to_string();
            if let Some(row) = EdgeRow::see(rows.get(&key), edge, sighting, self.retention) {
                rows.insert(key, row);
            }
        }
        Ok(())
    }
}

impl EdgeErasure for MemoryArtists {
    async fn erase_edges(&self, artist: &ArtistId) -> Result<u64, PortError> {
        let mut rows = lock(&self.edges);
        let before = rows.len();
        rows.retain(|_, row| row.edge.artist() != artist && row.edge.other() != artist.as_str());
        Ok(u64::try_from(before - rows.len()).unwrap_or(u64::MAX))
    }
}
