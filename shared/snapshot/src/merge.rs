//! Merges a range of the sorted runs into its files.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, BooleanArray, Int64Array, PrimitiveArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use arrow_select::interleave::interleave_record_batch;
use collect::ports::PortError;
use collect::ports::export::{MergeTask, Objects};
use collect::snapshot::expectations::Counts;
use collect::snapshot::export::{File, Merged};
use collect::snapshot::layout::Role;
use collect::snapshot::table::Table;
use jiff::Timestamp;
use serde_json::json;

use crate::changes::{Before, Differences};
use crate::check::{References, problems};
use crate::error::OrPortError;
use crate::output::{FileWriter, object};
use crate::run_file::{keys, slices};
use crate::sort::prefix;
use crate::{references, schema};

/// Rows that go through checks and writers together.
const CHUNK: usize = 8192;

pub(crate) async fn merge<O: Objects + Sync>(objects: &O, task: &MergeTask<'_>) -> Result<Merged, PortError> {
    let table = task.table.table();
    let what = format!("range {} of {}", task.range, task.table);
    let range = (task.from, task.to);
    let batches = slices(objects, task.export.runs(task.table), range).await?;
    let order =
        if table.derived.is_some() { newest_of_each(&batches, table) } else { order(&batches, table) };
    let references = references::known(objects, task.export, table, &batches).await?;
    let mut range = Range::begin(objects, task, table, references).await?;
    let all: Vec<&RecordBatch> = batches.iter().collect();
    for chunk in order.chunks(CHUNK) {
        let chunk = interleave_record_batch(&all, chunk).port_error(&what)?;
        range.take_in(&chunk).await?;
    }
    range.finish().await
}

/// All rows by key: the number of their batch, and their number in it. Of a derived table, rows with equal
/// keys are in the order of their last sighting, the newest first; otherwise they stay in the order of the
/// batches.
pub(crate) fn order(batches: &[RecordBatch], table: &Table) -> Vec<(usize, usize)> {
    let rows = batches.iter().enumerate().flat_map(|(batch, of)| {
        let keys = keys(of);
        (0..of.num_rows()).map(move |row| (prefix(keys.value(row)), batch, row))
    });
    let mut order: Vec<(u64, usize, usize)> = rows.collect();
    let key = |batch: usize, row: usize| keys(&batches[batch]).value(row);
    let seen: Vec<_> =
        batches.iter().map(|batch| table.derived.and_then(|_| times(batch, "last_seen"))).collect();
    let seen = |batch: usize, row: usize| seen[batch].map(|times| times.value(row));
    order.sort_by(|one, other| {
        let whole = || key(one.1, one.2).cmp(key(other.1, other.2));
        one.0.cmp(&other.0).then_with(whole).then_with(|| seen(other.1, other.2).cmp(&seen(one.1, one.2)))
    });
    order.into_iter().map(|(_, batch, row)| (batch, row)).collect()
}

/// The same, each key once.
pub(crate) fn newest_of_each(batches: &[RecordBatch], table: &Table) -> Vec<(usize, usize)> {
    let key = |(batch, row): (usize, usize)| keys(&batches[batch]).value(row);
    let mut order = order(batches, table);
    order.dedup_by(|later, newest| key(*later) == key(*newest));
    order
}

/// A range that is being written.
struct Range<'a, O: Objects> {
    task: &'a MergeTask<'a>,
    table: &'static Table,
    references: References,
    objects: &'a O,
    rows: FileWriter<'a, O>,
    others: Vec<FileWriter<'a, O>>,
    quarantine: Option<FileWriter<'a, O>>,
    changes: Option<(Differences<'a, O>, FileWriter<'a, O>)>,
    counts: Counts,
    /// The key of the row that was looked at last, good or bad.
    previous: Option<String>,
    /// The first and the last key that were written.
    written: Option<(String, String)>,
}

impl<'a, O: Objects + Sync> Range<'a, O> {
    async fn begin(
        objects: &'a O,
        task: &'a MergeTask<'a>,
        table: &'static Table,
        references: References,
    ) -> Result<Self, PortError> {
        let MergeTask { export, range, before, .. } = task;
        let path = |role: Role| export.part(role, table.name, *range);
        let (part, key) = (schema::part(table), table.key().name);
        let mut others = Vec::new();
        if export.formats.jsonl {
            others.push(FileWriter::json_lines(objects, path(Role::JsonLines)).await?);
        }
        if export.formats.csv {
            others.push(FileWriter::csv(objects, path(Role::Csv), &part).await?);
        }
        let changes = match before {
            Some(files) => {
                let before = Before::new(objects, table, files.clone(), (task.from, task.to));
                let schema = schema::changes(table);
                let file = FileWriter::parquet(objects, path(Role::Changes), export, schema, key).await?;
                Some((Differences::new(before), file))
            }
            None => None,
        };
        let rows = FileWriter::parquet(objects, path(Role::Rows), export, part, key).await?;
        let (quarantine, counts, previous, written) = (None, Counts::default(), None, None);
        Ok(Self {
            task,
            table,
            references,
            objects,
            rows,
            others,
            quarantine,
            changes,
            counts,
            previous,
            written,
        })
    }

    /// Checks rows in key order and writes them.
    async fn take_in(&mut self, chunk: &RecordBatch) -> Result<(), PortError> {
        let chunk = &self.numbered(chunk)?;
        let mut problems = problems(self.table, chunk, &self.references);
        self.find_repeated(chunk, &mut problems);
        let good: BooleanArray = problems.iter().map(|problem| Some(problem.is_none())).collect();
        if good.true_count() < chunk.num_rows() {
            self.set_aside(chunk, &problems).await?;
        }
        let what = self.table.name.as_str();
        let rows = if good.true_count() < chunk.num_rows() {
            filter_record_batch(chunk, &good).port_error(what)?
        } else {
            chunk.clone()
        };
        let columns = rows.columns()[..self.table.columns.len()].to_vec();
        let rows = RecordBatch::try_new(schema::part(self.table), columns).port_error(what)?;
        self.write(&rows).await
    }

    /// The rows with the number of the snapshot, which no item has.
    fn numbered(&self, chunk: &RecordBatch) -> Result<RecordBatch, PortError> {
        let sequence = i64::try_from(self.task.export.sequence).unwrap_or(i64::MAX);
        let mut columns = chunk.columns().to_vec();
        columns[self.table.columns.len() - 1] = Arc::new(Int64Array::from_value(sequence, chunk.num_rows()));
        RecordBatch::try_new(chunk.schema(), columns).port_error(self.table.name.as_str())
    }

    /// A row whose key was there before is bad.
    fn find_repeated(&mut self, chunk: &RecordBatch, problems: &mut [Option<String>]) {
        let keys = keys(chunk);
        for (row, problem) in problems.iter_mut().enumerate().filter(|(_, problem)| problem.is_none()) {
            let before = if row > 0 { Some(keys.value(row - 1)) } else { self.previous.as_deref() };
            if before == Some(keys.value(row)) {
                *problem = Some(format!("{} is there twice", self.table.key().name));
            }
        }
        if let Some(last) = chunk.num_rows().checked_sub(1).filter(|last| keys.is_valid(*last)) {
            self.previous = Some(keys.value(last).to_owned());
        }
    }

    async fn set_aside(&mut self, chunk: &RecordBatch, problems: &[Option<String>]) -> Result<(), PortError> {
        let path = || self.task.export.part(Role::Quarantine, self.table.name, self.task.range);
        let mut file = match self.quarantine.take() {
            Some(file) => file,
            None => FileWriter::plain_json_lines(self.objects, path()).await?,
        };
        for (row, problem) in problems.iter().enumerate() {
            let Some(problem) = problem else { continue };
            self.counts.bad += 1;
            *self.counts.broken.entry(problem.clone()).or_default() += 1;
            file.line(&json!({"reason": problem, "row": object(chunk, row)})).await?;
        }
        self.quarantine = Some(file);
        Ok(())
    }

    async fn write(&mut self, rows: &RecordBatch) -> Result<(), PortError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        self.counts.rows += rows.num_rows() as u64;
        let (first, last) = (keys(rows).value(0), keys(rows).value(rows.num_rows() - 1));
        let first = self.written.take().map_or_else(|| first.to_owned(), |(first, _)| first);
        self.written = Some((first, last.to_owned()));
        self.counts.newest = self.counts.newest.max(self.table.fresh.and_then(|fresh| newest(rows, fresh)));
        self.rows.write(rows).await?;
        for file in &mut self.others {
            file.write(rows).await?;
        }
        if let Some((differences, file)) = &mut self.changes {
            file.write(&differences.up_to(rows).await?).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Merged, PortError> {
        let mut files: Vec<File> = vec![self.rows.finish(self.written).await?];
        for file in self.others {
            files.push(file.finish(None).await?);
        }
        if let Some((mut differences, mut file)) = self.changes {
            file.write(&differences.rest().await?).await?;
            self.counts.changes = Some(differences.counts);
            files.push(file.finish(None).await?);
        }
        if let Some(file) = self.quarantine {
            files.push(file.finish(None).await?);
        }
        Ok(Merged { files, counts: self.counts })
    }
}

/// The newest value of a time column.
fn newest(rows: &RecordBatch, column: &str) -> Option<Timestamp> {
    times(rows, column)?.iter().flatten().max().and_then(|newest| Timestamp::from_microsecond(newest).ok())
}

fn times<'a>(rows: &'a RecordBatch, column: &str) -> Option<&'a PrimitiveArray<TimestampMicrosecondType>> {
    rows.column_by_name(column)?.as_primitive_opt()
}
