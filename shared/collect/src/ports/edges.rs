//! The port to the edges.

use super::error::PortError;
use crate::catalogue::{ArtistId, Edge};
use crate::plan::Sighting;

/// Which artists appear together.
#[trait_variant::make(Send)]
pub trait Edges {
    /// Keeps distinct edges by the rule of [`EdgeRow`](crate::plan::EdgeRow). Keeping the same sightings
    /// again changes nothing.
    async fn keep(&self, edges: &[Edge], sighting: &Sighting) -> Result<(), PortError>;
}

/// Erases edges.
#[trait_variant::make(Send)]
pub trait EdgeErasure {
    /// Deletes all edges of an artist, at either end; how many there were. Reads the whole table.
    async fn erase_edges(&self, artist: &ArtistId) -> Result<u64, PortError>;
}
