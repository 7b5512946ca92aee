//! The snapshots that are kept, newest first: from `latest.json` each manifest leads to the one before.

use super::search::Part;
use crate::ports::{PortError, SnapshotFiles};
use crate::snapshot::layout::LATEST;
use crate::snapshot::manifest::{Latest, Manifest, TableManifest};

/// Most files in a part that has more than one snapshot: some three megabytes of JSON, half of what Lambda
/// lets a function answer.
const MOST_FILES: usize = 10_000;

/// A snapshot, with the key of its manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Where its manifest lies.
    pub key: String,
    /// Its manifest.
    pub manifest: Manifest,
}

/// Up to `limit` snapshots from the one with the manifest `from`, or from the latest; fewer if they have too
/// many files. `next` is the key of the manifest after them. A manifest that has expired ends the list, since
/// all before it are older.
///
/// # Errors
/// When a file cannot be read.
pub async fn list<F: SnapshotFiles>(
    files: &F,
    from: Option<String>,
    limit: usize,
) -> Result<Part<Listed>, PortError> {
    let mut next = match from {
        Some(from) => Some(from),
        None => latest(files).await?.map(|latest| latest.manifest),
    };
    let (mut found, mut files_found) = (Vec::new(), 0);
    while let Some(key) = next.take() {
        let Some(manifest) = read::<_, Manifest>(files, &key).await? else { break };
        files_found += manifest.tables.values().map(files_of).sum::<usize>();
        let is_full = found.len() == limit || files_found > MOST_FILES;
        if is_full && !found.is_empty() {
            next = Some(key);
            break;
        }
        next = manifest.parent.as_ref().map(|parent| parent.manifest.clone());
        found.push(Listed { key, manifest });
    }
    Ok(Part { found, next })
}

fn files_of(table: &TableManifest) -> usize {
    table.files.len() + table.changes.as_ref().map_or(0, |changes| changes.files.len())
}

/// The newest snapshot; none before the first.
///
/// # Errors
/// When a file cannot be read.
pub async fn latest<F: SnapshotFiles>(files: &F) -> Result<Option<Latest>, PortError> {
    read(files, LATEST).await
}

/// The manifest of the newest snapshot; none before the first.
///
/// # Errors
/// When a file cannot be read.
pub async fn newest<F: SnapshotFiles>(files: &F) -> Result<Option<Manifest>, PortError> {
    let Some(latest) = latest(files).await? else { return Ok(None) };
    read(files, &latest.manifest).await
}

async fn read<F: SnapshotFiles, T: serde::de::DeserializeOwned>(
    files: &F,
    key: &str,
) -> Result<Option<T>, PortError> {
    let Some(bytes) = files.read(key).await? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|error| PortError::Corrupt { what: key.to_owned(), why: error.to_string() })
}
