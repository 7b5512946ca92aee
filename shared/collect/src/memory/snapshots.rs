//! The files of snapshots in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::lock;
use crate::ports::{PortError, SnapshotFiles};

/// Files by their keys.
#[derive(Debug, Default)]
pub struct MemorySnapshots(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemorySnapshots {
    /// Keeps a file.
    pub fn put(&self, key: &str, content: impl Into<Vec<u8>>) {
        lock(&self.0).insert(key.to_owned(), content.into());
    }
}

impl SnapshotFiles for MemorySnapshots {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        Ok(lock(&self.0).get(key).cloned())
    }
}
