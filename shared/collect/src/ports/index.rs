//! The port to the index by which artists are found.

use super::error::PortError;
use crate::catalogue::ArtistId;
use crate::plan::ArtistRow;
use crate::plan::index::Stretch;

/// The index of the artists, and the rows that its entries are about.
#[trait_variant::make(Send)]
pub trait ArtistIndex {
    /// Whether an index is kept. Without one, the other methods must not be called.
    fn is_kept(&self) -> bool;

    /// The first `limit` places of a part of a shelf, or the first after `after`, in their order. May lag
    /// behind the writes.
    async fn places(
        &self,
        stretch: &Stretch,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, PortError>;

    /// The rows of these artists, as far as there are any, in no particular order.
    async fn rows(&self, ids: &[ArtistId]) -> Result<Vec<ArtistRow>, PortError>;
}
