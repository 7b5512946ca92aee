//! The ports of whoever erases an artist.

use super::error::PortError;
use crate::plan::Tombstone;
use crate::term::{RunId, TermKey};

/// Erases the rows of artists.
#[trait_variant::make(Send)]
pub trait Erasure {
    /// Puts the tombstone in the place of the artist's row, whatever that holds; one that stands there
    /// already stays. Returns whether there was a row.
    async fn forget(&self, tombstone: &Tombstone) -> Result<bool, PortError>;
}

/// Erases terms.
#[trait_variant::make(Send)]
pub trait TermErasure {
    /// Deletes a term unless it is `sent`, since whoever has its message would miss it. `Some(true)` if it
    /// was deleted, `Some(false)` if it is `sent`, `None` if there is none.
    async fn erase(&self, run: &RunId, key: &TermKey) -> Result<Option<bool>, PortError>;
}
