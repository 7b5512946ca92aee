//! The differences between a range of the snapshot before and the same range now: a merge of two streams in
//! key order.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt32Array, new_null_array};
use arrow_schema::ArrowError;
use arrow_select::take::take;
use collect::ports::PortError;
use collect::ports::export::Objects;
use collect::snapshot::expectations::ChangeCounts;
use collect::snapshot::export::File;
use collect::snapshot::table::Table;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use crate::error::OrPortError;
use crate::run_file::keys;
use crate::{part_file, schema};

/// The rows of the snapshot before in a range, one after the other.
pub(crate) struct Before<'a, O> {
    objects: &'a O,
    table: &'static Table,
    files: std::vec::IntoIter<File>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    reader: Option<(String, ParquetRecordBatchReader)>,
    batch: Option<RecordBatch>,
    row: usize,
}

impl<'a, O: Objects + Sync> Before<'a, O> {
    pub(crate) fn new(
        objects: &'a O,
        table: &'static Table,
        files: Vec<File>,
        (from, to): (Option<&'a str>, Option<&'a str>),
    ) -> Self {
        let files = files.into_iter();
        Self { objects, table, files, from, to, reader: None, batch: None, row: 0 }
    }

    /// The row that the stream stands at: a batch of the key and the compared columns, and the row's number
    /// in it.
    async fn peek(&mut self) -> Result<Option<(&RecordBatch, usize)>, PortError> {
        loop {
            let ended = self.batch.as_ref().is_none_or(|batch| self.row >= batch.num_rows());
            if ended && !self.next_batch().await? {
                return Ok(None);
            }
            let Some(key) = self.batch.as_ref().filter(|batch| self.row < batch.num_rows()).map(keys) else {
                continue;
            };
            let key = key.value(self.row);
            if self.to.is_some_and(|to| key >= to) {
                return Ok(None);
            }
            if self.from.is_none_or(|from| key >= from) {
                break;
            }
            self.row += 1;
        }
        Ok(self.batch.as_ref().map(|batch| (batch, self.row)))
    }

    async fn next_batch(&mut self) -> Result<bool, PortError> {
        loop {
            if let Some((path, reader)) = &mut self.reader
                && let Some(batch) = reader.next()
            {
                self.batch = Some(batch.port_error(path)?);
                self.row = 0;
                return Ok(true);
            }
            let Some(file) = self.files.next() else { return Ok(false) };
            self.reader = Some((file.path.clone(), open(self.objects, self.table, &file.path).await?));
        }
    }
}

/// A part of the snapshot before, with its key and the compared columns. One that lacks a column has an older
/// schema: its rows are then compared by the others.
async fn open(
    objects: &(impl Objects + Sync),
    table: &Table,
    path: &str,
) -> Result<ParquetRecordBatchReader, PortError> {
    let wanted = std::iter::once(table.key().name).chain(table.compared().map(|(_, column)| column.name));
    let wanted: Vec<&str> = wanted.collect();
    part_file::open(objects, path, Some(&wanted)).await
}

/// The differences of a batch, and the rows that say so.
pub(crate) struct Differences<'a, O> {
    before: Before<'a, O>,
    table: &'static Table,
    pub(crate) counts: ChangeCounts,
}

/// What has become of one row.
enum Change {
    New { row: u32 },
    Changed { row: u32, fields: Vec<&'static str> },
    Gone { key: String },
}

impl<'a, O: Objects + Sync> Differences<'a, O> {
    pub(crate) fn new(before: Before<'a, O>) -> Self {
        let table = before.table;
        Self { before, table, counts: ChangeCounts::default() }
    }

    /// The differences up to the last row of `now`, which has the columns of a part.
    pub(crate) async fn up_to(&mut self, now: &RecordBatch) -> Result<RecordBatch, PortError> {
        let mut changes = Vec::new();
        for row in 0..now.num_rows() {
            let key = keys(now).value(row);
            let number = u32::try_from(row).unwrap_or(u32::MAX);
            self.gone_before(Some(key), &mut changes).await?;
            match self.before.peek().await? {
                Some((batch, old)) if keys(batch).value(old) == key => {
                    let fields = differing(self.table, batch, old, now, row);
                    if !fields.is_empty() {
                        self.counts.changed += 1;
                        changes.push(Change::Changed { row: number, fields });
                    }
                    self.before.row += 1;
                }
                _ => {
                    self.counts.new += 1;
                    changes.push(Change::New { row: number });
                }
            }
        }
        rows_of(self.table, now, &changes).port_error("changes")
    }

    /// The differences after the last row.
    pub(crate) async fn rest(&mut self) -> Result<RecordBatch, PortError> {
        let mut changes = Vec::new();
        self.gone_before(None, &mut changes).await?;
        rows_of(self.table, &RecordBatch::new_empty(schema::part(self.table)), &changes).port_error("changes")
    }

    async fn gone_before(&mut self, key: Option<&str>, changes: &mut Vec<Change>) -> Result<(), PortError> {
        while let Some((batch, row)) = self.before.peek().await? {
            let old = keys(batch).value(row);
            if key.is_some_and(|key| old >= key) {
                break;
            }
            let key = old.to_owned();
            self.counts.gone += 1;
            changes.push(Change::Gone { key });
            self.before.row += 1;
        }
        Ok(())
    }
}

/// The compared columns in which two rows differ.
fn differing(
    table: &Table,
    before: &RecordBatch,
    old: usize,
    now: &RecordBatch,
    row: usize,
) -> Vec<&'static str> {
    let differs = |name: &str, column: &ArrayRef| {
        // What an older schema lacks cannot have changed.
        before.column_by_name(name).is_some_and(|before| before.slice(old, 1) != column.slice(row, 1))
    };
    let compared = table.compared().filter(|(number, column)| differs(column.name, now.column(*number)));
    compared.map(|(_, column)| column.name).collect()
}

/// Changes as rows: those of `now`, or only a key.
fn rows_of(table: &Table, now: &RecordBatch, changes: &[Change]) -> Result<RecordBatch, ArrowError> {
    let kinds: StringArray = changes.iter().map(|change| Some(kind(change))).collect();
    let mut fields = ListBuilder::new(StringBuilder::new());
    let mut rows: Vec<Option<u32>> = Vec::with_capacity(changes.len());
    let mut of_key = StringBuilder::new();
    let known = now.column(0).as_string::<i32>();
    for change in changes {
        match change {
            Change::New { row } | Change::Changed { row, .. } => {
                rows.push(Some(*row));
                of_key.append_value(known.value(*row as usize));
            }
            Change::Gone { key } => {
                rows.push(None);
                of_key.append_value(key);
            }
        }
        if let Change::Changed { fields: names, .. } = change {
            for name in names {
                fields.values().append_value(name);
            }
            fields.append(true);
        } else {
            fields.append(false);
        }
    }
    let rows = UInt32Array::from(rows);
    let taken = |column: &ArrayRef| {
        if now.num_rows() == 0 {
            Ok(new_null_array(column.data_type(), changes.len()))
        } else {
            take(column, &rows, None)
        }
    };
    let others = now.columns().iter().skip(1).map(taken).collect::<Result<Vec<_>, _>>()?;
    let first: [ArrayRef; 3] = [Arc::new(kinds), Arc::new(fields.finish()), Arc::new(of_key.finish())];
    RecordBatch::try_new(schema::changes(table), first.into_iter().chain(others).collect())
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::New { .. } => "new",
        Change::Changed { .. } => "changed",
        Change::Gone { .. } => "gone",
    }
}
