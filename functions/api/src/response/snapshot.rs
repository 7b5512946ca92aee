//! Snapshots.

use std::collections::BTreeMap;

use collect::operator::snapshots::Listed;
use collect::snapshot::export::File;
use collect::snapshot::manifest::TableManifest;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::RunState;

/// A page of snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Snapshots {
    /// The snapshots of this page.
    pub snapshots: Vec<Snapshot>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// A snapshot that is kept. Paths are keys in the bucket of the stack's output `SnapshotBucket`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Snapshot {
    /// Its name.
    pub id: String,
    /// Its place in the sequence, from 1 without gaps.
    pub sequence: u64,
    /// The snapshot before, which its changes are against.
    pub parent: Option<String>,
    /// When its last part was done.
    pub created_at: Timestamp,
    /// The run.
    pub run: String,
    /// How the run stood when the export began.
    pub run_state: RunState,
    /// Version of the columns' meaning.
    pub schema_version: u32,
    /// Where its manifest lies, which explains every column.
    pub manifest: String,
    /// The tables by name.
    pub tables: BTreeMap<String, SnapshotTable>,
}

/// A table of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SnapshotTable {
    /// Its rows.
    pub rows: u64,
    /// Rows that broke an expectation and were left out.
    pub bad: u64,
    /// Rows that had expired and were left out.
    pub expired: u64,
    /// Its Parquet files, in the order of the keys.
    pub files: Vec<SnapshotFile>,
    /// What is new, changed or gone since the parent, as Parquet; empty where there is none.
    pub changes: Vec<SnapshotFile>,
}

/// A file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SnapshotFile {
    /// Its key.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 sum, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
}

impl From<Listed> for Snapshot {
    fn from(Listed { key, manifest }: Listed) -> Self {
        let tables = manifest.tables.iter().map(|(name, of)| (name.to_string(), of.into()));
        Self {
            id: manifest.snapshot.to_string(),
            sequence: manifest.sequence,
            parent: manifest.parent.as_ref().map(|parent| parent.snapshot.to_string()),
            created_at: manifest.created_at,
            run: manifest.run.id.to_string(),
            run_state: manifest.run.state.into(),
            schema_version: manifest.schema_version,
            manifest: key,
            tables: tables.collect(),
        }
    }
}

impl From<&TableManifest> for SnapshotTable {
    fn from(table: &TableManifest) -> Self {
        let files = |files: &[File]| files.iter().map(SnapshotFile::from).collect();
        Self {
            rows: table.rows,
            bad: table.bad,
            expired: table.expired,
            files: files(&table.files),
            changes: table.changes.as_ref().map(|changes| files(&changes.files)).unwrap_or_default(),
        }
    }
}

impl From<&File> for SnapshotFile {
    fn from(file: &File) -> Self {
        let File { path, rows, bytes, sha256, .. } = file.clone();
        Self { path, rows, bytes, sha256 }
    }
}
