//! Scans a piece of a segment into a sorted run.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, PrimitiveArray, RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use collect::ports::PortError;
use collect::ports::export::{Objects, Scans, SortTask};
use collect::snapshot::export::{Sorted, SortedRun};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::error::OrPortError;
use crate::output::hex;
use crate::page::Reader;
use crate::run_file::{self, BLOCK, keys};

/// Rows of a sorted run, about: bounds the memory of sorting.
const ROWS: usize = 100_000;

/// Rows that a page may hold beyond that.
const PAGE: usize = 4_000;

/// Bytes that a row takes in a sorted run, about.
const ROW_BYTES: usize = 200;

pub(crate) async fn sort(
    scans: &(impl Scans + Sync),
    objects: &(impl Objects + Sync),
    task: &SortTask,
) -> Result<Sorted, PortError> {
    let table = task.from.table.table();
    let what = || format!("a page of {}, segment {}", task.from.table, task.from.segment);
    let begin = Timestamp::now();
    let mut reader = Reader::new(table, 0);
    let mut next = task.after.clone();
    loop {
        let page = scans.page(&task.from, next.as_ref()).await?;
        next = reader.read(&page).port_error(&what())?;
        if next.is_none() || reader.rows.len() + PAGE > ROWS || Timestamp::now() >= task.until {
            break;
        }
    }
    let scanned = (begin, Timestamp::now());
    let rows = reader.rows.finish().port_error(&what())?;
    let left_out = LeftOut::of(&rows, task.started_at);
    let order = order(&rows, &left_out);
    let (expired, later) = (count(&left_out.expired), count(&left_out.later));
    let run = store(objects, &task.folder, &what(), rows, order).await?;
    Ok(Sorted { run, expired, later, next, scanned })
}

/// Stores rows in this order as one sorted run; none if there are none.
pub(crate) async fn store(
    objects: &(impl Objects + Sync),
    folder: &str,
    what: &str,
    rows: RecordBatch,
    order: Vec<u32>,
) -> Result<Option<SortedRun>, PortError> {
    if order.is_empty() {
        return Ok(None);
    }
    let mut writer = run_file::Writer::with_capacity(order.len() * ROW_BYTES);
    for block in order.chunks(BLOCK) {
        let block = take_record_batch(&rows, &UInt32Array::from(block.to_vec())).port_error(what)?;
        writer.push(&block).port_error(what)?;
    }
    let count = order.len() as u64;
    drop((rows, order));
    let bytes = writer.finish().port_error(what)?;
    let object = format!("{folder}{}.run", hex(&Sha256::digest(&bytes)));
    // If it is there already, it has the same content.
    objects.create(&object, &bytes).await?;
    Ok(Some(SortedRun { object, rows: count }))
}

/// The rows that are not exported, each for one reason.
struct LeftOut {
    /// Had expired when the export began.
    expired: Vec<bool>,
    /// Were seen for the first time after that.
    later: Vec<bool>,
}

impl LeftOut {
    fn of(rows: &RecordBatch, began: Timestamp) -> Self {
        let times = |name| rows.column_by_name(name).map(AsArray::as_primitive::<TimestampMicrosecondType>);
        let (expiry, first_seen) = (times("expires_at"), times("first_seen"));
        let (mut expired, mut later) = (Vec::new(), Vec::new());
        for row in 0..rows.num_rows() {
            let value = |of: Option<&PrimitiveArray<TimestampMicrosecondType>>| {
                of.filter(|of| of.is_valid(row)).map(|of| of.value(row))
            };
            let is_expired = value(expiry).is_some_and(|at| at <= began.as_microsecond());
            expired.push(is_expired);
            later.push(!is_expired && value(first_seen).is_some_and(|at| at > began.as_microsecond()));
        }
        Self { expired, later }
    }
}

fn count(rows: &[bool]) -> u64 {
    rows.iter().filter(|is| **is).count() as u64
}

/// The rows that stay, by key. Rows of one key stay in the order of the scan.
fn order(rows: &RecordBatch, left_out: &LeftOut) -> Vec<u32> {
    let stays = |row: usize| !left_out.expired[row] && !left_out.later[row];
    let keys = Arc::new(keys(rows));
    let rows = (0..rows.num_rows()).filter(|row| stays(*row));
    let mut order: Vec<(u64, u32)> =
        rows.map(|row| (prefix(keys.value(row)), u32::try_from(row).unwrap_or(u32::MAX))).collect();
    order.sort_unstable_by(|(one, row), (other, further)| {
        let whole = || keys.value(*row as usize).cmp(keys.value(*further as usize));
        one.cmp(other).then_with(whole).then(row.cmp(further))
    });
    order.into_iter().map(|(_, row)| row).collect()
}

/// The first bytes of a key as a number: comparing it is comparing them.
pub(crate) fn prefix(key: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}
