//! What a snapshot says of itself: the manifest, the sums, and `latest.json`.
//!
//! All of it follows from the ledger and the run, so whoever publishes writes the same bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::expectations::{ChangeCounts, Counts, Verdict};
use super::export::{Export, File, SnapshotId};
use super::layout::{Beside, Role};
use super::table::TableName;
use crate::run::{Run, RunState};
use crate::term::RunId;

/// Version of the columns' meaning; in the manifest and in the metadata of every file.
pub const SCHEMA_VERSION: u32 = 1;

/// What must travel with the data.
pub const TERMS_NOTICE: &str = "Content of the Spotify Web API, under Spotify's Developer Terms \
    (https://developer.spotify.com/terms): keep it no longer than your app needs it, attribute it and link back, offer it as \
    no product of its own, train no machine learning on it. A full mirror needs Spotify's written consent.";

/// The manifest of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the columns' meaning.
    pub schema_version: u32,
    /// Name of the snapshot.
    pub snapshot: SnapshotId,
    /// Its place in the sequence, from 1 without gaps.
    pub sequence: u64,
    /// The snapshot before, which the changes are against.
    pub parent: Option<ParentRef>,
    /// When its last part was done.
    pub created_at: Timestamp,
    /// The scan of the tables: a snapshot of an open run mixes moments between these two, but has no row that
    /// was seen for the first time after the first.
    pub scan: Option<Scan>,
    /// The run.
    pub run: RunRef,
    /// What Spotify wants said beside its content.
    pub terms: String,
    /// The tables.
    pub tables: BTreeMap<TableName, TableManifest>,
}

/// The snapshot before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentRef {
    /// Its name.
    pub snapshot: SnapshotId,
    /// Its place in the sequence.
    pub sequence: u64,
    /// Key of its manifest.
    pub manifest: String,
}

/// From the first page to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// When the first page was asked for.
    pub started_at: Timestamp,
    /// When the last page came.
    pub ended_at: Timestamp,
}

/// The run of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRef {
    /// Its id.
    pub id: RunId,
    /// How it stood when the export began.
    pub state: RunState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Its report, with coverage and its interval under `estimate`; null while it was open.
    pub report: Value,
}

/// A table of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableManifest {
    /// What a row is.
    pub about: String,
    /// Its columns.
    pub columns: Vec<ColumnManifest>,
    /// Its rows.
    pub rows: u64,
    /// Rows in quarantine.
    pub bad: u64,
    /// Rows left out because they had expired.
    pub expired: u64,
    /// Rows left out because they were seen for the first time after the export had begun.
    #[serde(default)]
    pub later: u64,
    /// Its parts as Parquet, in the order of the keys.
    pub files: Vec<File>,
    /// The same rows in other formats, where they were wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_formats: Vec<File>,
    /// Rows in quarantine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<File>,
    /// Differences to the snapshot before; none where there is none, or the table's are not exported.
    pub changes: Option<Changes>,
}

/// A column, as a reader wants to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnManifest {
    /// Its name.
    pub name: String,
    /// Its type in SQL.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether null occurs: the value was not provided.
    pub nullable: bool,
    /// What it means.
    pub about: String,
}

/// The differences of a table to the snapshot before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// How many there are.
    #[serde(flatten)]
    pub counts: ChangeCounts,
    /// Their parts.
    pub files: Vec<File>,
}

impl Manifest {
    /// The manifest of an export all of whose parts are there and accepted.
    pub fn of(export: &Export, run: &Run, created_at: Timestamp) -> Self {
        let parent = export.parent.as_ref().map(|parent| ParentRef {
            snapshot: parent.snapshot.clone(),
            sequence: parent.sequence,
            manifest: parent.manifest.clone(),
        });
        Self {
            schema_version: SCHEMA_VERSION,
            snapshot: export.snapshot.clone(),
            sequence: export.sequence,
            parent,
            created_at,
            scan: export.scanned().map(|(started_at, ended_at)| Scan { started_at, ended_at }),
            run: RunRef {
                id: run.id.clone(),
                state: run.state,
                opened_at: run.opened_at,
                closed_at: run.closed_at,
                report: serde_json::to_value(&run.report).unwrap_or_default(),
            },
            terms: TERMS_NOTICE.to_owned(),
            tables: export.tables.keys().map(|name| (*name, TableManifest::of(export, *name))).collect(),
        }
    }

    /// All files of the snapshot.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.tables.values().flat_map(|table| {
            let changes = table.changes.iter().flat_map(|changes| &changes.files);
            table.files.iter().chain(&table.other_formats).chain(&table.quarantine).chain(changes)
        })
    }

    /// The sums of all files, as `sha256sum --check` reads them below the root of the snapshots.
    pub fn sums(&self) -> String {
        let lines: Vec<String> = self.files().map(|file| format!("{}  {}", file.sha256, file.path)).collect();
        lines.join("\n") + "\n"
    }

    /// As it is written.
    pub fn to_json(&self) -> String {
        pretty(self)
    }
}

impl TableManifest {
    fn of(export: &Export, name: TableName) -> Self {
        let table = name.table();
        let Counts { rows, bad, expired, later, changes, .. } = export.counts(name);
        let files = |role: Role| {
            let folder = export.folder(role, name);
            export.files(name).filter(|file| file.path.starts_with(&folder)).cloned().collect::<Vec<_>>()
        };
        let columns = table.columns.iter().map(|column| ColumnManifest {
            name: column.name.to_owned(),
            kind: column.kind.sql().to_owned(),
            nullable: !column.required,
            about: column.about.to_owned(),
        });
        Self {
            about: table.about.to_owned(),
            columns: columns.collect(),
            rows,
            bad,
            expired,
            later,
            files: export.parts_of(name).cloned().collect(),
            other_formats: [files(Role::JsonLines), files(Role::Csv)].concat(),
            quarantine: files(Role::Quarantine),
            changes: changes.map(|counts| Changes { counts, files: files(Role::Changes) }),
        }
    }
}

/// `latest.json`: the newest valid snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// Its name.
    pub snapshot: SnapshotId,
    /// Its place in the sequence.
    pub sequence: u64,
    /// Key of its manifest.
    pub manifest: String,
    /// Key of its sums.
    pub sums: String,
    /// Folder of each table's parts.
    pub tables: BTreeMap<TableName, String>,
}

impl Latest {
    /// The entry of an export.
    pub fn of(export: &Export) -> Self {
        Self {
            snapshot: export.snapshot.clone(),
            sequence: export.sequence,
            manifest: export.beside(Beside::Manifest),
            sums: export.beside(Beside::Sums),
            tables: export.tables.keys().map(|name| (*name, export.folder(Role::Rows, *name))).collect(),
        }
    }

    /// As it is written.
    pub fn to_json(&self) -> String {
        pretty(self)
    }
}

/// The report on a snapshot, accepted or refused.
pub(crate) fn report(export: &Export, verdict: &Verdict) -> String {
    pretty(&serde_json::json!({
        "snapshot": export.snapshot,
        "sequence": export.sequence,
        "run": export.run,
        "accepted": verdict.accepted,
        "refusal": (!verdict.accepted).then(|| verdict.refusal()),
        "checks": verdict.checks,
        "counts": verdict.counts,
    }))
}

fn pretty(value: &impl Serialize) -> String {
    // Cannot fail: keys are text and there is no number that JSON lacks.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
