//! The port of those who only read snapshots.

use super::error::PortError;

/// The files of all snapshots.
#[trait_variant::make(Send)]
pub trait SnapshotFiles {
    /// The content of a file; none if there is none of this key.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, PortError>;
}
