//! Sorted runs: intermediate objects of which a slice of keys can be read.
//!
//! Blocks of some thousand rows, each an Arrow IPC stream of its own, then an index with the first key of
//! each block, its length and its rows, as JSON, then the length of the index in 4 bytes (little endian) and
//! the mark `FRUN`.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::ops::{self, Bound};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray, UInt32Array};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use arrow_select::take::take_record_batch;
use collect::ports::PortError;
use collect::ports::export::{Objects, Span};
use collect::snapshot::export::SortedRun;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::error::OrPortError;

/// Rows of a block. Bounds what is read beside a slice.
pub(crate) const BLOCK: usize = 2048;

/// Blocks that are read at a time when keys are looked for, in each of [`READS`] runs.
const BLOCKS: usize = 4;

const MARK: &[u8; 4] = b"FRUN";

/// Bytes at the end of a run in which its index is looked for first.
const TAIL: u64 = 16 * 1024;

/// Runs that are read at a time.
pub(crate) const READS: usize = 8;

/// A block of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Block {
    first: String,
    bytes: u64,
    rows: u64,
}

/// A run that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    index: Vec<Block>,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), index: Vec::new() }
    }

    /// Appends a block; its keys follow those of the one before.
    pub(crate) fn push(&mut self, block: &RecordBatch) -> Result<(), ArrowError> {
        let begin = self.bytes.len();
        let mut writer = StreamWriter::try_new(&mut self.bytes, &block.schema())?;
        writer.write(block)?;
        writer.finish()?;
        drop(writer);
        let bytes = (self.bytes.len() - begin) as u64;
        let first = keys(block).value(0).to_owned();
        self.index.push(Block { first, bytes, rows: block.num_rows() as u64 });
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>, serde_json::Error> {
        let index = serde_json::to_vec(&self.index)?;
        self.bytes.extend_from_slice(&index);
        self.bytes.extend_from_slice(&u32::try_from(index.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.bytes.extend_from_slice(MARK);
        Ok(self.bytes)
    }
}

/// The keys of a batch: its first column.
pub(crate) fn keys(batch: &RecordBatch) -> &StringArray {
    batch.column(0).as_string()
}

/// The index of a run, and where its blocks end.
async fn index(objects: &(impl Objects + Sync), object: &str) -> Result<Vec<Block>, PortError> {
    let (mut tail, size) = objects.span(object, Span::Last(TAIL)).await?;
    let broken = |why: &str| PortError::Corrupt { what: object.to_owned(), why: why.to_owned() };
    let Some((rest, mark)) = tail.split_last_chunk::<4>() else { return Err(broken("it is too short")) };
    let Some((_, length)) = rest.split_last_chunk::<4>() else { return Err(broken("it is too short")) };
    let length = u64::from(u32::from_le_bytes(*length));
    if mark != MARK || length + 8 > size {
        return Err(broken("it is no sorted run"));
    }
    if length + 8 > tail.len() as u64 {
        (tail, _) = objects.span(object, Span::Last(length + 8)).await?;
    }
    let end = tail.len() - 8;
    let begin = usize::try_from(length).ok().and_then(|length| end.checked_sub(length));
    let begin = begin.ok_or_else(|| broken("its index is cut"))?;
    serde_json::from_slice(&tail[begin..end]).port_error(object)
}

/// The rows of a run from `from` to before `to`.
pub(crate) async fn slice(
    objects: &(impl Objects + Sync),
    object: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Vec<RecordBatch>, PortError> {
    let index = index(objects, object).await?;
    // The last block that begins at or before the first key may hold it, as may all up to the end.
    let begin =
        from.map_or(0, |from| index.partition_point(|block| block.first.as_str() < from).saturating_sub(1));
    let end = to.map_or(index.len(), |to| index.partition_point(|block| block.first.as_str() < to));
    if begin >= end {
        return Ok(Vec::new());
    }
    let batches = read(objects, object, &index, begin..end, None).await?;
    let mut rows = Vec::with_capacity(batches.len());
    for batch in batches {
        let span = span(&batch, from, to);
        if span.len() == batch.num_rows() {
            rows.push(batch);
        } else if !span.is_empty() {
            // Copied, because a slice would keep the whole block: with many runs, more than the range needs.
            let wanted = UInt32Array::from_iter_values(span);
            rows.push(take_record_batch(&batch, &wanted).port_error(object)?);
        }
    }
    Ok(rows)
}

/// The batches of some blocks of a run, with the first `columns` columns or all of them.
async fn read(
    objects: &(impl Objects + Sync),
    object: &str,
    index: &[Block],
    blocks: ops::Range<usize>,
    columns: Option<usize>,
) -> Result<Vec<RecordBatch>, PortError> {
    let length = |blocks: &[Block]| blocks.iter().map(|block| block.bytes).sum::<u64>();
    let start = length(&index[..blocks.start]);
    let span = Span::Of(start..start + length(&index[blocks.clone()]));
    let (bytes, _) = objects.span(object, span).await?;
    let mut batches = Vec::with_capacity(blocks.len());
    let mut rest = bytes.as_slice();
    for block in &index[blocks] {
        let size = usize::try_from(block.bytes).unwrap_or(usize::MAX).min(rest.len());
        let (this, further) = rest.split_at(size);
        rest = further;
        let projection = columns.map(|columns| (0..columns).collect());
        for batch in StreamReader::try_new(Cursor::new(this), projection).port_error(object)? {
            batches.push(batch.port_error(object)?);
        }
    }
    Ok(batches)
}

/// The keys among `wanted` that a run has. Only blocks that may hold one are read, some at a time.
pub(crate) async fn find(
    objects: &(impl Objects + Sync),
    object: &str,
    wanted: &BTreeSet<&str>,
) -> Result<Vec<String>, PortError> {
    let index = index(objects, object).await?;
    let may_hold = |block: usize| {
        let end = index.get(block + 1).map_or(Bound::Unbounded, |next| Bound::Included(next.first.as_str()));
        wanted.range::<str, _>((Bound::Included(index[block].first.as_str()), end)).next().is_some()
    };
    let mut found = Vec::new();
    let mut begin = 0;
    while begin < index.len() {
        let near = index.len().min(begin + BLOCKS);
        let end = (begin..near).find(|block| !may_hold(*block)).unwrap_or(near);
        if begin < end {
            for batch in read(objects, object, &index, begin..end, Some(1)).await? {
                found.extend(
                    keys(&batch).iter().flatten().filter(|key| wanted.contains(key)).map(str::to_owned),
                );
            }
        }
        begin = end.max(begin + 1);
    }
    Ok(found)
}

/// Which rows of a sorted block are from `from` to before `to`.
fn span(batch: &RecordBatch, from: Option<&str>, to: Option<&str>) -> ops::Range<u32> {
    let begin = from.map_or(0, |from| first_at_or_after(keys(batch), from));
    let end = to.map_or(batch.num_rows(), |to| first_at_or_after(keys(batch), to));
    let row = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
    row(begin)..row(end.max(begin))
}

fn first_at_or_after(keys: &StringArray, key: &str) -> usize {
    let (mut low, mut high) = (0, keys.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if keys.value(middle) < key { low = middle + 1 } else { high = middle }
    }
    low
}

/// The rows of all runs in a range.
pub(crate) async fn slices<'a>(
    objects: &(impl Objects + Sync),
    runs: impl Iterator<Item = &'a SortedRun>,
    (from, to): (Option<&str>, Option<&str>),
) -> Result<Vec<RecordBatch>, PortError> {
    let reads: Vec<_> = runs.map(|run| slice(objects, &run.object, from, to)).collect();
    let slices: Vec<Vec<RecordBatch>> = stream::iter(reads).buffered(READS).try_collect().await?;
    Ok(slices.into_iter().flatten().collect())
}

/// The keys at which the second to the last of `parts` ranges of about equal size begin.
pub(crate) async fn bounds(
    objects: &(impl Objects + Sync),
    runs: &[&SortedRun],
    parts: u64,
) -> Result<Vec<String>, PortError> {
    if parts < 2 {
        return Ok(Vec::new());
    }
    let reads: Vec<_> = runs.iter().map(|run| index(objects, &run.object)).collect();
    let indexes: Vec<Vec<Block>> = stream::iter(reads).buffered(READS).try_collect().await?;
    let all: u64 = indexes.iter().flatten().map(|block| block.rows).sum();
    // Where a block begins, the one before it in the same run is over; of the other runs' blocks half is, on
    // average.
    let mut so_far: u64 = indexes.iter().filter_map(|index| index.first()).map(|block| block.rows / 2).sum();
    let ends = indexes.iter().flat_map(|index| index.windows(2)).map(|pair| (&pair[1].first, pair[0].rows));
    let mut ends: Vec<(&String, u64)> = ends.collect();
    ends.sort_unstable();
    let mut bounds = Vec::<String>::new();
    for (key, rows) in ends {
        so_far += rows;
        let wanted = all * (bounds.len() as u64 + 1) / parts;
        if so_far >= wanted && bounds.last().is_none_or(|last| last < key) {
            bounds.push(key.clone());
        }
    }
    bounds.truncate(usize::try_from(parts - 1).unwrap_or(usize::MAX));
    Ok(bounds)
}
