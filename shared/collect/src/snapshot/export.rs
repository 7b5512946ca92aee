//! One export: what is done, what is open, and what each result changes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expectations::Counts;
pub use super::id::{InvalidSnapshotId, SnapshotId};
use super::layout::Role;
pub use super::progress::{Cursor, File, LEASE, Merged, Progress, Range, Segment, Sorted, SortedRun, Task};
use super::table::{Layer, TableName};
use super::work_item::WorkItem;
use crate::run::RunState;
use crate::term::RunId;

/// Times in a row that an item may fail for a reason that no waiting mends, or be lost, before the export is
/// given up.
pub const MOST_ATTEMPTS: u32 = 8;

/// After this time an item that failed is tried again.
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
    /// Its rows by table; empty if it is there no more.
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
    /// Whether it may have any number of rows, however many the snapshot before has.
    #[serde(default)]
    pub accept_fewer: bool,
    /// The date in its paths, as `YYYY-MM-DD`.
    pub day: String,
    /// Its place in the sequence.
    pub sequence: u64,
    /// The snapshot before; none for the first.
    pub parent: Option<Parent>,
    /// The formats beside Parquet.
    pub formats: Formats,
    /// When it began. Rows that had expired by then are left out, and those that were seen for the first time
    /// since: while the tables are scanned, rows are written that refer to some which an earlier scan missed.
    pub started_at: Timestamp,
    /// Which tables it works on: the derived ones follow when all received ones are merged.
    #[serde(default)]
    pub layer: Layer,
    /// How far it is with these.
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
    /// Segments are scanned, or derived, into sorted runs.
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

impl Export {
    /// Gives a table so many segments, all of them due.
    pub(super) fn with_segments(mut self, segments: &BTreeMap<TableName, u32>) -> Self {
        let progress = |count: u32| Progress::of_segments(count as usize, self.started_at);
        self.tables = segments.iter().map(|(table, count)| (*table, progress(*count))).collect();
        self
    }

    /// The items of the stage, in order, each with its task.
    fn items(&mut self) -> Vec<(WorkItem, &mut Task)> {
        let layer = self.layer;
        match self.stage {
            Stage::Sorting => numbered(&mut self.tables, layer, |table, progress| {
                let segments = progress.segments.iter_mut().zip(0..);
                segments.map(|(of, segment)| (WorkItem::Sort { table, segment }, &mut of.task)).collect()
            }),
            Stage::Merging => numbered(&mut self.tables, layer, |table, progress| {
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

    /// Lets the leases of all open work run out, as waiting for them would. For tests.
    pub fn end_leases(&mut self, now: Timestamp) {
        for (_, task) in self.items().into_iter().filter(|(_, task)| !task.done) {
            *task = Task::due(now);
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
        segment.later += sorted.later;
        let begin = segment.scanned.map_or(sorted.scanned.0, |(begin, _)| begin);
        segment.scanned = Some((begin, sorted.scanned.1));
        self.plan_when_sorted(now);
        true
    }

    /// Takes in what was derived of a segment. Returns whether that was still open.
    pub fn take_in_derived(
        &mut self,
        (table, number): (TableName, u32),
        run: Option<SortedRun>,
        now: Timestamp,
    ) -> bool {
        let Some(segment) = self.segment_mut(table, number).filter(|segment| !segment.task.done) else {
            return false;
        };
        segment.task.advance(true, now);
        segment.runs.extend(run);
        self.plan_when_sorted(now);
        true
    }

    fn plan_when_sorted(&mut self, now: Timestamp) {
        if self.stage_is_done() {
            self.stage = Stage::Planning;
            self.step = Task::due(now);
        }
    }

    fn segment_mut(&mut self, table: TableName, number: u32) -> Option<&mut Segment> {
        let is_open = self.stage == Stage::Sorting && table.layer() == self.layer;
        let progress = self.tables.get_mut(&table).filter(|_| is_open)?;
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

    /// The tables of the layer that the export works on.
    pub fn current(&self) -> impl Iterator<Item = TableName> {
        self.tables.keys().copied().filter(|table| table.layer() == self.layer)
    }

    /// Takes in the keys at which the second and all further ranges of each table begin. Returns whether they
    /// were wanted: a planner that is late with the received tables must not plan the derived ones.
    pub fn take_in_plan(&mut self, bounds: &BTreeMap<TableName, Vec<String>>, now: Timestamp) -> bool {
        if self.stage != Stage::Planning || !self.current().eq(bounds.keys().copied()) {
            return false;
        }
        for (table, bounds) in bounds {
            let Some(progress) = self.tables.get_mut(table) else { continue };
            let range = |from| Range { task: Task::due(now), from, merged: None };
            progress.ranges =
                std::iter::once(None).chain(bounds.iter().cloned().map(Some)).map(range).collect();
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
        if self.stage_is_done() && !self.begin_derived(now) {
            self.stage = Stage::Publishing { since: now };
            self.step = Task::due(now);
        }
        true
    }

    /// Goes on with the tables that are built from the received ones. Returns false if there are none, or if
    /// they are done.
    fn begin_derived(&mut self, now: Timestamp) -> bool {
        if self.layer == Layer::Derived {
            return false;
        }
        let begin = |table: TableName| {
            let derived = table.table().derived.as_ref()?;
            let from = self.tables.get(&derived.from)?;
            let has_all = derived.with.iter().all(|with| self.tables.contains_key(with));
            has_all.then(|| (table, Progress::of_segments(from.ranges.len(), now)))
        };
        let derived: BTreeMap<_, _> = TableName::ALL.into_iter().filter_map(begin).collect();
        if derived.is_empty() {
            return false;
        }
        self.tables.extend(derived);
        self.layer = Layer::Derived;
        self.stage = Stage::Sorting;
        true
    }

    fn stage_is_done(&mut self) -> bool {
        self.items().iter().all(|(_, task)| task.done)
    }

    /// What was counted in a table.
    pub fn counts(&self, table: TableName) -> Counts {
        let mut sum = Counts::default();
        let progress = self.tables.get(&table);
        for segment in progress.into_iter().flat_map(|of| &of.segments) {
            sum.expired += segment.expired;
            sum.later += segment.later;
        }
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

    /// The parts of a table with its rows as Parquet, in the order of the keys.
    pub fn parts_of(&self, table: TableName) -> impl Iterator<Item = &File> {
        let folder = self.folder(Role::Rows, table);
        self.files(table).filter(move |file| file.path.starts_with(&folder))
    }

    /// From the first page asked for to the last page that came.
    pub fn scanned(&self) -> Option<(Timestamp, Timestamp)> {
        let segments = self.tables.values().flat_map(|of| &of.segments);
        segments
            .filter_map(|segment| segment.scanned)
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }
}

/// The items of all tables of a layer.
fn numbered<'a>(
    tables: &'a mut BTreeMap<TableName, Progress>,
    layer: Layer,
    of: impl Fn(TableName, &'a mut Progress) -> Vec<(WorkItem, &'a mut Task)>,
) -> Vec<(WorkItem, &'a mut Task)> {
    let of_layer = tables.iter_mut().filter(|(table, _)| table.layer() == layer);
    of_layer.flat_map(|(table, progress)| of(*table, progress)).collect()
}

#[cfg(test)]
mod tests;
