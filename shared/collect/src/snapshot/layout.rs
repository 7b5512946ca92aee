//! Where the objects of a snapshot lie.
//!
//! ```text
//! latest.json                                               names the newest valid snapshot
//! artists/dt=2026-11-28/snapshot=2026-11-23/part-00000.parquet     and the same for every table
//! changes/artists/dt=.../snapshot=.../part-00000.parquet    new, changed, gone since the snapshot before
//! quarantine/artists/dt=.../snapshot=.../part-00000.jsonl   rows that broke an expectation, with the reason
//! jsonl/artists/dt=.../snapshot=.../part-00000.jsonl.gz     on request
//! csv/artists/dt=.../snapshot=.../part-00000.csv.gz         on request
//! snapshots/dt=.../snapshot=.../_manifest.json              with _report.json, _report.md and SHA256SUMS
//! work/2026-11-23/...                                       intermediate, deleted after some days
//! ```
//!
//! The manifest lies apart from the parts and begins with `_`: engines that read whatever is below a table's
//! location would take it for data.

use super::export::Export;
use super::table::TableName;

/// Names the newest valid snapshot.
pub const LATEST: &str = "latest.json";

/// Files beside the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The manifest itself.
    Manifest,
    /// SHA-256 sums of all files, in the form that `sha256sum --check` reads.
    Sums,
    /// What was checked, for programs.
    Report,
    /// The same for people.
    ReportText,
}

impl Beside {
    fn name(self) -> &'static str {
        match self {
            Self::Manifest => "_manifest.json",
            Self::Sums => "SHA256SUMS",
            Self::Report => "_report.json",
            Self::ReportText => "_report.md",
        }
    }
}

/// What a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Rows as Parquet.
    Rows,
    /// Rows as JSON Lines.
    JsonLines,
    /// Rows as CSV.
    Csv,
    /// Differences to the snapshot before.
    Changes,
    /// Rows that broke an expectation.
    Quarantine,
}

impl Role {
    fn before(self) -> &'static str {
        match self {
            Self::Rows => "",
            Self::JsonLines => "jsonl/",
            Self::Csv => "csv/",
            Self::Changes => "changes/",
            Self::Quarantine => "quarantine/",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Rows | Self::Changes => "parquet",
            Self::JsonLines => "jsonl.gz",
            Self::Csv => "csv.gz",
            Self::Quarantine => "jsonl",
        }
    }
}

impl Export {
    /// `dt=.../snapshot=...`, the partition of every table.
    pub fn partition(&self) -> String {
        format!("dt={}/snapshot={}", self.day, self.snapshot)
    }

    /// The folder of a table's parts, with a slash at its end.
    pub fn folder(&self, role: Role, table: TableName) -> String {
        format!("{}{table}/{}/", role.before(), self.partition())
    }

    /// The part of a range.
    pub fn part(&self, role: Role, table: TableName, range: u32) -> String {
        format!("{}part-{range:05}.{}", self.folder(role, table), role.suffix())
    }

    /// A file beside the manifest.
    pub fn beside(&self, file: Beside) -> String {
        format!("snapshots/{}/{}", self.partition(), file.name())
    }

    /// The folder of intermediate objects.
    pub fn work_folder(&self) -> String {
        format!("work/{}/", self.snapshot)
    }

    /// The run as it was when the export began.
    pub fn run_object(&self) -> String {
        format!("{}run.json", self.work_folder())
    }
}
