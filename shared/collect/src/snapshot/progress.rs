//! How far each piece of an export is, and what it has brought.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expectations::Counts;

/// A worker that has not reported on its item for this long is dead: no function lives longer.
pub const LEASE: Duration = Duration::from_mins(6);

/// How far a table is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Its segments; of a derived table, one for each range of the table it is built from.
    pub segments: Vec<Segment>,
    /// Its ranges, once they are planned.
    pub ranges: Vec<Range>,
}

impl Progress {
    /// Nothing but so many segments, at least one, all of them due.
    pub(super) fn of_segments(count: usize, at: Timestamp) -> Self {
        Self { segments: vec![Segment::due(at); count.max(1)], ranges: Vec::new() }
    }
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Whether it is finished.
    pub done: bool,
    /// From when on it is sent (again).
    pub due_at: Timestamp,
    /// Times in a row that it has failed or was lost.
    pub attempts: u32,
    /// Why it failed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Task {
    pub(super) fn due(at: Timestamp) -> Self {
        Self { done: false, due_at: at, attempts: 0, error: None }
    }

    /// Something was achieved: whoever works on it has another lease.
    pub(super) fn advance(&mut self, done: bool, now: Timestamp) {
        *self = Self { done, due_at: now + LEASE, attempts: 0, error: None };
    }
}

/// A segment of a table's scan, or of its derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it stands.
    pub task: Task,
    /// Where the scan goes on; none at the beginning.
    pub cursor: Option<Cursor>,
    /// Its sorted runs so far.
    pub runs: Vec<SortedRun>,
    /// Rows left out because they had expired.
    pub expired: u64,
    /// Rows left out because they were seen for the first time after the export had begun.
    #[serde(default)]
    pub later: u64,
    /// When its first page was asked for, and its last page came.
    pub scanned: Option<(Timestamp, Timestamp)>,
}

impl Segment {
    /// One that begins at this moment.
    pub(super) fn due(at: Timestamp) -> Self {
        Self { task: Task::due(at), cursor: None, runs: Vec::new(), expired: 0, later: 0, scanned: None }
    }
}

/// Where a scan goes on, in the words of whoever scans.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor(pub String);

/// An intermediate object: rows sorted by key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SortedRun {
    /// Its key.
    pub object: String,
    /// Its rows.
    pub rows: u64,
}

/// A range of keys of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Where it stands.
    pub task: Task,
    /// The first key that belongs to it; the first range has none and begins with everything.
    pub from: Option<String>,
    /// What came of it.
    pub merged: Option<Merged>,
}

/// What scanning a piece of a segment has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted {
    /// The sorted run; none if the piece held no row that stays.
    pub run: Option<SortedRun>,
    /// Rows left out because they had expired.
    pub expired: u64,
    /// Rows left out because they were seen for the first time after the export had begun.
    pub later: u64,
    /// Where the scan goes on; none at the end of the segment.
    pub next: Option<Cursor>,
    /// When its first page was asked for, and its last page came.
    pub scanned: (Timestamp, Timestamp),
}

/// What merging a range has brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// Its files.
    pub files: Vec<File>,
    /// What was counted.
    pub counts: Counts,
}

/// A file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its key.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 sum, in hexadecimal digits.
    pub sha256: String,
    /// The first and the last key in it, of a part with rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<(String, String)>,
}
