//! One export: what is done, what is open, and what each result changes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expectations::Counts;
pub use super::id::{InvalidSnapshotId, SnapshotId};
use super::table::TableName;
use super::work_item::WorkItem;
use crate::run::RunState;
use crate::term::RunId;

/// A worker that has not reported on its item for this long is dead: no function lives longer.
pub const LEASE: Duration = Duration::from_mins(6);

/// Times in a row that an item may fail for a reason that no waiting mends, or be lost, before the export is
/// given up.
pub const MOST_ATTEMPTS: u32 = 8;

/// After which an item is tried again that failed.
const RETRY: Duration = Duration::from_mins(1);

/// Rows that a part holds about. Bounds the memory of a merge.
const ROWS_PER_PART: u64 = 100_000;

/// Most parts of a table: the ledger has to stay well below the 400 KB of an item.
const MOST_PARTS: u64 = 256;

/// The formats beside Parquet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Formats {
    /// JSON Lines, compressed with gzip.
    pub jsonl: bool,
    /// CSV, compressed with gzip; lists as JSON text.
    pub csv: bool,
}

/// The snapshot before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its name.
    pub snapshot: SnapshotId,
    /// Its place in the sequence.
    pub sequence: u64,
    /// Key of its manifest.
    pub manifest: String,
    /// Its rows by table.
    pub rows: BTreeMap<TableName, u64>,
}

/// An export that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// Its name.
    pub snapshot: SnapshotId,
    /// The run it is a snapshot of.
    pub run: RunId,
    /// How the run stood when the export began.
    pub run_state: RunState,
    /// When the run was opened.
    pub run_opened_at: Timestamp,
    /// Whether the run asked for tracks alone: that it saw no artist says nothing.
    #[serde(default)]
    pub tracks_alone: bool,
    /// The date in its paths, as `YYYY-MM-DD`.
    pub day: String,
    /// Its place in the sequence.
    pub sequence: u64,
    /// The snapshot before; none for the first.
    pub parent: Option<Parent>,
    /// The formats beside Parquet.
    pub formats: Formats,
    /// When it began. Rows that had expired by then are left out.
    pub started_at: Timestamp,
    /// How far it is.
    pub stage: Stage,
    /// The item of a stage that has only one: to plan, to publish.
    pub step: Task,
    /// Its tables.
    pub tables: BTreeMap<TableName, Progress>,
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "stage")]
pub enum Stage {
    /// Segments are scanned into sorted runs.
    Sorting,
    /// The ranges are being computed.
    Planning,
    /// Ranges are merged into parts.
    Merging,
    /// All parts are there, since this moment.
    Publishing {
        /// When the last part was done.
        since: Timestamp,
    },
}

/// How far a table is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Its segments.
    pub segments: Vec<Segment>,
    /// Its ranges, once they are planned.
    pub ranges: Vec<Range>,
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
    fn due(at: Timestamp) -> Self {
        Self { done: false, due_at: at, attempts: 0, error: None }
    }

    /// Something was achieved: whoever works on it has another lease.
    fn advance(&mut self, done: bool, now: Timestamp) {
        *self = Self { done, due_at: now + LEASE, attempts: 0, error: None };
    }
}

/// A segment of a table's scan.
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
    /// When its first page was asked for, and its last page came.
    pub scanned: Option<(Timestamp, Timestamp)>,
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
    /// The sorted run; none if the piece held no row that has not expired.
    pub run: Option<SortedRun>,
    /// Rows left out because they had expired.
    pub expired: u64,
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

impl Export {
    /// Gives a table so many segments, all of them due.
    pub(super) fn with_segments(mut self, segments: &BTreeMap<TableName, u32>) -> Self {
        let due = || Task::due(self.started_at);
        let segment = |_| Segment { task: due(), cursor: None, runs: Vec::new(), expired: 0, scanned: None };
        let progress =
            |count: u32| Progress { segments: (0..count.max(1)).map(segment).collect(), ranges: vec![] };
        self.tables = segments.iter().map(|(table, count)| (*table, progress(*count))).collect();
        self
    }

    /// The items of the stage, in order, each with its task.
    fn items(&mut self) -> Vec<(WorkItem, &mut Task)> {
        match self.stage {
            Stage::Sorting => numbered(&mut self.tables, |table, progress| {
                let segments = progress.segments.iter_mut().zip(0..);
                segments.map(|(of, segment)| (WorkItem::Sort { table, segment }, &mut of.task)).collect()
            }),
            Stage::Merging => numbered(&mut self.tables, |table, progress| {
                let ranges = progress.ranges.iter_mut().zip(0..);
                ranges.map(|(of, range)| (WorkItem::Merge { table, range }, &mut of.task)).collect()
            }),
            Stage::Planning => vec![(WorkItem::Plan, &mut self.step)],
            Stage::Publishing { .. } => vec![(WorkItem::Publish, &mut self.step)],
        }
    }

    /// Takes the items that are due: whoever calls sends them. An item that was sent before counts as lost.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<WorkItem> {
        let due = self.items().into_iter().filter(|(_, task)| !task.done && task.due_at <= now);
        let sent = due.map(|(work, task)| {
            task.attempts += 1;
            task.due_at = now + LEASE;
            work
        });
        sent.collect()
    }

    /// Notes why an item failed, and tries it again soon. A failure that may pass is no attempt, however long
    /// it lasts.
    pub fn fail(&mut self, work: WorkItem, why: &str, may_pass: bool, now: Timestamp) {
        if let Some((_, task)) = self.items().into_iter().find(|(item, task)| *item == work && !task.done) {
            task.error = Some(why.chars().take(500).collect());
            task.due_at = now + RETRY;
            if may_pass {
                task.attempts = task.attempts.saturating_sub(1);
            }
        }
    }

    /// The item that has failed too often, with its last error. Publishing is tried for ever: its parts are
    /// there.
    pub fn given_up(&mut self, now: Timestamp) -> Option<String> {
        if matches!(self.stage, Stage::Publishing { .. }) {
            return None;
        }
        let over = |task: &Task| !task.done && task.attempts >= MOST_ATTEMPTS && task.due_at <= now;
        let (work, task) = self.items().into_iter().find(|(_, task)| over(task))?;
        let why = task.error.as_deref().unwrap_or("its worker never reported back");
        Some(format!("could not {work} in {MOST_ATTEMPTS} attempts: {why}"))
    }

    /// Whether this is an item of the stage that is not done.
    pub fn wants(&mut self, work: WorkItem) -> bool {
        self.items().into_iter().any(|(item, task)| item == work && !task.done)
    }

    /// Takes in a piece of a segment, if the segment still stands where the piece began. Returns whether it
    /// did.
    pub fn take_in_sorted(
        &mut self,
        (table, number): (TableName, u32),
        from: Option<&Cursor>,
        sorted: Sorted,
        now: Timestamp,
    ) -> bool {
        let Some(segment) = self.segment_mut(table, number) else { return false };
        if segment.task.done || segment.cursor.as_ref() != from {
            return false;
        }
        segment.task.advance(sorted.next.is_none(), now);
        segment.cursor = sorted.next;
        segment.runs.extend(sorted.run);
        segment.expired += sorted.expired;
        let begin = segment.scanned.map_or(sorted.scanned.0, |(begin, _)| begin);
        segment.scanned = Some((begin, sorted.scanned.1));
        if self.stage_is_done() {
            self.stage = Stage::Planning;
            self.step = Task::due(now);
        }
        true
    }

    fn segment_mut(&mut self, table: TableName, number: u32) -> Option<&mut Segment> {
        let progress = self.tables.get_mut(&table).filter(|_| self.stage == Stage::Sorting)?;
        progress.segments.get_mut(usize::try_from(number).ok()?)
    }

    /// A segment of the stage.
    pub fn segment(&self, table: TableName, number: u32) -> Option<&Segment> {
        self.tables.get(&table)?.segments.get(usize::try_from(number).ok()?)
    }

    /// A range, with the key at which the next one begins.
    pub fn range(&self, table: TableName, number: u32) -> Option<(&Range, Option<&String>)> {
        let ranges = &self.tables.get(&table)?.ranges;
        let number = usize::try_from(number).ok()?;
        Some((ranges.get(number)?, ranges.get(number + 1).and_then(|next| next.from.as_ref())))
    }

    /// The sorted runs of a table.
    pub fn runs(&self, table: TableName) -> impl Iterator<Item = &SortedRun> {
        self.tables
            .get(&table)
            .into_iter()
            .flat_map(|of| of.segments.iter().flat_map(|segment| &segment.runs))
    }

    /// Into how many ranges a table is divided.
    pub fn parts(&self, table: TableName) -> u64 {
        let rows: u64 = self.runs(table).map(|run| run.rows).sum();
        rows.div_ceil(ROWS_PER_PART).clamp(1, MOST_PARTS)
    }

    /// Takes in the keys at which the second and all further ranges of each table begin. Returns whether they
    /// were wanted.
    pub fn take_in_plan(&mut self, bounds: &BTreeMap<TableName, Vec<String>>, now: Timestamp) -> bool {
        if self.stage != Stage::Planning {
            return false;
        }
        for (table, progress) in &mut self.tables {
            let further = bounds.get(table).into_iter().flatten().cloned().map(Some);
            let range = |from| Range { task: Task::due(now), from, merged: None };
            progress.ranges = std::iter::once(None).chain(further).map(range).collect();
        }
        self.stage = Stage::Merging;
        true
    }

    /// Takes in what came of a range. Returns whether that was still open.
    pub fn take_in_merged(&mut self, table: TableName, number: u32, merged: Merged, now: Timestamp) -> bool {
        if !self.wants(WorkItem::Merge { table, range: number }) {
            return false;
        }
        let ranges = self.tables.get_mut(&table).map(|of| &mut of.ranges);
        let Some(range) = ranges.and_then(|of| of.get_mut(usize::try_from(number).unwrap_or(usize::MAX)))
        else {
            return false;
        };
        range.merged = Some(merged);
        range.task.advance(true, now);
        if self.stage_is_done() {
            self.stage = Stage::Publishing { since: now };
            self.step = Task::due(now);
        }
        true
    }

    fn stage_is_done(&mut self) -> bool {
        self.items().iter().all(|(_, task)| task.done)
    }

    /// What was counted in a table.
    pub fn counts(&self, table: TableName) -> Counts {
        let mut sum = Counts::default();
        let progress = self.tables.get(&table);
        sum.expired = progress.into_iter().flat_map(|of| &of.segments).map(|segment| segment.expired).sum();
        for merged in progress.into_iter().flat_map(|of| &of.ranges).filter_map(|range| range.merged.as_ref())
        {
            sum.add(&merged.counts);
        }
        sum
    }

    /// The files of a table, in the order of their ranges.
    pub fn files(&self, table: TableName) -> impl Iterator<Item = &File> {
        let ranges = self.tables.get(&table).into_iter().flat_map(|of| &of.ranges);
        ranges.filter_map(|range| range.merged.as_ref()).flat_map(|merged| &merged.files)
    }

    /// From the first page asked for to the last page that came.
    pub fn scanned(&self) -> Option<(Timestamp, Timestamp)> {
        let segments = self.tables.values().flat_map(|of| &of.segments);
        segments
            .filter_map(|segment| segment.scanned)
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }
}

/// The items of all tables.
fn numbered<'a>(
    tables: &'a mut BTreeMap<TableName, Progress>,
    of: impl Fn(TableName, &'a mut Progress) -> Vec<(WorkItem, &'a mut Task)>,
) -> Vec<(WorkItem, &'a mut Task)> {
    tables.iter_mut().flat_map(|(table, progress)| of(*table, progress)).collect()
}
