//! Sorting and merging, of rows that are lines of JSON.

use std::collections::BTreeMap;

use collect::ports::PortError;
use collect::ports::export::{Created, DeriveTask, MergeTask, Objects, SortTask, Upload, Workshop};
use collect::snapshot::expectations::{ChangeCounts, Counts};
use collect::snapshot::export::{Cursor, File, Merged, Sorted, SortedRun};
use collect::snapshot::layout::Role;
use collect::snapshot::table::{Layer, TableName};
use serde_json::json;

use super::hand::Hand;
use super::mutants::Mutant;
use super::world::{Row, State};

/// Rows on a page of a scan, and pages in a sorted run.
const PAGE: usize = 3;
const PAGES: usize = 2;

/// Into how many ranges the artists are divided.
const RANGES: usize = 3;

const SORTED_RUN: &str = ".rows";

pub(super) fn is_sorted_run(key: &str) -> bool {
    key.ends_with(SORTED_RUN)
}

/// Any function of bytes that differs where they do.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn lines(rows: &[Row]) -> Vec<u8> {
    rows.iter().map(|row| json!(row).to_string() + "\n").collect::<String>().into_bytes()
}

pub(super) fn rows(bytes: &[u8]) -> Vec<Row> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// What is derived of rows: one for each value, with the greatest number that a key of it has.
pub(super) fn derived(rows: &[Row]) -> Vec<Row> {
    let derived = |row: &Row| {
        let number = row.key.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse();
        Row { key: format!("v{}", row.value), value: number.unwrap_or_default(), bad: false, ..row.clone() }
    };
    let mut rows: Vec<Row> = rows.iter().map(derived).collect();
    rows.sort_unstable();
    last_of_each(rows)
}

/// Of the rows with each key, the last.
fn last_of_each(rows: Vec<Row>) -> Vec<Row> {
    let by_key: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
    by_key.into_values().collect()
}

/// The rows of a segment in the order of the scan, after a cursor: each key is in one segment, by its last
/// digit.
fn page(state: &State, task: &SortTask, after: Option<&Cursor>) -> (Vec<Row>, Option<Cursor>) {
    let of_segment = |key: &str| u32::from(key.as_bytes().last().copied().unwrap_or(0)) % task.from.of;
    let rows = state.rows.get(&task.from.table).into_iter().flatten();
    let rows = rows.filter(|(key, _)| of_segment(key) == task.from.segment);
    let mut rows =
        rows.filter(|(key, _)| after.is_none_or(|after| *key > &after.0)).map(|(_, row)| row.clone());
    let page: Vec<Row> = rows.by_ref().take(PAGE).collect();
    let next = if rows.next().is_some() { page.last().map(|row| Cursor(row.key.clone())) } else { None };
    (page, next)
}

impl Workshop for Hand {
    async fn sort(&self, task: &SortTask) -> Result<Sorted, PortError> {
        let (mut kept, mut expired, mut next) = (Vec::new(), 0, task.after.clone());
        let begin = collect::ports::Clock::now(self);
        for _ in 0..PAGES {
            let (page, after) = self.call("reads a page", |state| page(state, task, next.as_ref())).await?;
            let keep_all = self.world.state().is(Mutant::ExpiredKept);
            let (stay, go): (Vec<_>, Vec<_>) =
                page.into_iter().partition(|row| keep_all || row.expires_at > task.started_at);
            kept.extend(stay);
            expired += go.len() as u64;
            next = after;
            if next.is_none() || collect::ports::Clock::now(self) >= task.until {
                break;
            }
        }
        kept.sort_unstable();
        let bytes = lines(&kept);
        let by_number = self.world.state().is(Mutant::RunsNamedByNumber);
        let from = task.after.as_ref().map_or("", |after| after.0.as_str());
        let name = if by_number { format!("{}-{from}", task.from.segment) } else { digest(&bytes) };
        let object = format!("{}{name}{SORTED_RUN}", task.folder);
        if !kept.is_empty() {
            self.create(&object, &bytes).await?;
        }
        let mutant = self.world.state().mutant;
        let forgets_tracks =
            mutant == Some(Mutant::TrackCursorForgotten) && task.from.table == TableName::Tracks;
        if mutant == Some(Mutant::CursorForgotten) || forgets_tracks {
            next = None;
        }
        let run = (!kept.is_empty()).then_some(SortedRun { object, rows: kept.len() as u64 });
        Ok(Sorted { run, expired, later: 0, next, scanned: (begin, collect::ports::Clock::now(self)) })
    }

    async fn derive(&self, task: &DeriveTask<'_>) -> Result<Option<SortedRun>, PortError> {
        let of = task.table.table().derived.map(|derived| derived.from);
        let part = of.and_then(|of| task.export.parts_of(of).nth(task.segment as usize));
        let Some(part) = part else {
            let why = "it is derived from a part that is not there".to_owned();
            return Err(PortError::Corrupt { what: task.table.to_string(), why });
        };
        let object = self.get(&part.path).await?;
        let derived = derived(&rows(&object.map(|object| object.bytes).unwrap_or_default()));
        let forgets = self.world.state().is(Mutant::DerivedSegmentForgotten) && task.segment > 0;
        if derived.is_empty() || forgets {
            return Ok(None);
        }
        let bytes = lines(&derived);
        let object = format!("{}{}{SORTED_RUN}", task.folder, digest(&bytes));
        self.create(&object, &bytes).await?;
        Ok(Some(SortedRun { object, rows: derived.len() as u64 }))
    }

    async fn bounds(&self, runs: &[&SortedRun], _: u64) -> Result<Vec<String>, PortError> {
        let mut keys = Vec::new();
        for run in runs {
            let object = self.get(&run.object).await?;
            keys.extend(
                rows(&object.map(|object| object.bytes).unwrap_or_default()).into_iter().map(|row| row.key),
            );
        }
        keys.sort_unstable();
        keys.dedup();
        let mut bounds: Vec<String> =
            (1..RANGES).filter_map(|part| keys.get(keys.len() * part / RANGES).cloned()).collect();
        bounds.dedup();
        Ok(bounds)
    }

    async fn merge(&self, task: &MergeTask<'_>) -> Result<Merged, PortError> {
        let overlap = self.world.state().is(Mutant::RangesOverlap);
        let before_end = |key: &str| task.to.is_none_or(|to| key < to || overlap && key == to);
        let in_range =
            |row: &Row| task.from.is_none_or(|from| row.key.as_str() >= from) && before_end(&row.key);
        let mut found = Vec::new();
        for run in task.export.runs(task.table) {
            let object = self.get(&run.object).await?;
            found.extend(
                rows(&object.map(|object| object.bytes).unwrap_or_default()).into_iter().filter(in_range),
            );
        }
        found.sort_unstable();
        if task.table.layer() == Layer::Derived && !self.world.state().is(Mutant::RepeatsKept) {
            found = last_of_each(found);
        }
        let keeps_bad = self.world.state().is(Mutant::BadKept);
        let (good, bad): (Vec<Row>, Vec<Row>) = found.into_iter().partition(|row| !row.bad || keeps_bad);
        let mut counts = Counts { rows: good.len() as u64, bad: bad.len() as u64, ..Counts::default() };
        counts.newest = Some(task.export.run_opened_at);
        if self.world.state().is(Mutant::BadNotCounted) {
            counts.bad = 0;
        }
        let mut files = vec![self.write(task, Role::Rows, lines(&good), &good).await?];
        if let Some(before) = &task.before {
            let mut old = Vec::new();
            for file in before {
                let object = self.get(&file.path).await?;
                let of_file = rows(&object.map(|object| object.bytes).unwrap_or_default());
                old.extend(of_file.into_iter().filter(in_range));
            }
            let (changes, lines) = self.differences(&old, &good);
            counts.changes = Some(changes);
            files.push(self.write(task, Role::Changes, lines.concat().into_bytes(), &[]).await?);
        }
        Ok(Merged { files, counts })
    }
}

impl Hand {
    fn differences(&self, old: &[Row], new: &[Row]) -> (ChangeCounts, Vec<String>) {
        let by_key =
            |rows: &[Row]| rows.iter().map(|row| (row.key.clone(), row.value)).collect::<BTreeMap<_, _>>();
        let (old, new) = (by_key(old), by_key(new));
        let (mut counts, mut lines) = (ChangeCounts::default(), Vec::new());
        for (key, value) in &new {
            match old.get(key) {
                None => {
                    counts.new += 1;
                    lines.push(format!("new {key} {value}\n"));
                }
                Some(before) if before != value => {
                    counts.changed += 1;
                    lines.push(format!("changed {key} {value}\n"));
                }
                Some(_) => {}
            }
        }
        let forgets = self.world.state().is(Mutant::GoneForgotten);
        for key in old.keys().filter(|key| !forgets && !new.contains_key(*key)) {
            counts.gone += 1;
            lines.push(format!("gone {key}\n"));
        }
        (counts, lines)
    }

    /// Writes a file in two pieces. One that is there must be the same.
    async fn write(
        &self,
        task: &MergeTask<'_>,
        role: Role,
        bytes: Vec<u8>,
        rows: &[Row],
    ) -> Result<File, PortError> {
        let path = task.export.part(role, task.table, task.range);
        let mut bytes = bytes;
        let mutant = self.world.state().mutant;
        if matches!(mutant, Some(Mutant::PartDependsOnWriter | Mutant::PartReplaced)) {
            bytes.extend(format!("written by {}\n", self.task).bytes());
        }
        let mut upload = self.upload(&path).await?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        upload.push(first.to_vec()).await?;
        upload.push(second.to_vec()).await?;
        if upload.finish().await? == Created::Exists {
            let there = self.get(&path).await?.map(|object| object.bytes);
            if there.as_ref() != Some(&bytes) {
                return Err(PortError::Corrupt { what: path, why: "it says something else".to_owned() });
            }
        }
        let keys = rows.first().zip(rows.last()).map(|(first, last)| (first.key.clone(), last.key.clone()));
        Ok(File { path, rows: rows.len() as u64, bytes: bytes.len() as u64, sha256: digest(&bytes), keys })
    }
}
