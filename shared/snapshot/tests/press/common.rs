//! A table in memory that is scanned page by page, and an export over it.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use bytes::Bytes;
use collect::ports::PortError;
use collect::ports::export::{MergeTask, Objects, Scans, SegmentOf, SortTask, Workshop};
use collect::run::{Report, Run};
use collect::snapshot::export::{Cursor, Export, File, Formats, Merged};
use collect::snapshot::layout::Role;
use collect::snapshot::ledger::{Ledger, Wish};
use collect::snapshot::table::TableName;
use collect::term::RunId;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use snapshot::Press;
use snapshot::folder::Folder;

pub(crate) const NOW: &str = "2026-11-28T10:00:00Z";

/// Items by table, scanned in pages of this many.
pub(crate) struct Items {
    pub(crate) of: BTreeMap<TableName, Vec<Value>>,
    pub(crate) page: usize,
}

impl Scans for Items {
    async fn page(&self, from: &SegmentOf, after: Option<&Cursor>) -> Result<Vec<u8>, PortError> {
        let items = self.of.get(&from.table).map(Vec::as_slice).unwrap_or_default();
        let (first, step) = (from.segment as usize, from.of as usize);
        let begin: usize = after.map_or(0, |after| serde_json::from_str(&after.0).unwrap());
        let page: Vec<&Value> =
            (begin..begin + self.page).map_while(|row| items.get(first + row * step)).collect();
        let end = begin + page.len();
        let mut answer = json!({"Count": page.len(), "Items": page, "ScannedCount": page.len()});
        if items.len() > first + end * step {
            answer["LastEvaluatedKey"] = json!(end);
        }
        Ok(answer.to_string().into_bytes())
    }
}

/// The id of a number.
pub(crate) fn id(number: u64) -> String {
    format!("{}{number:021}", number * 7919 % 8)
}

/// An artist as it is stored.
pub(crate) fn artist(number: u64) -> Value {
    json!({
        "id": {"S": id(number)},
        "name": {"S": format!("Näme \"{number}\"")},
        "popularity": {"N": (number % 101).to_string()},
        "followers": {"N": "33920"},
        "genres": {"L": [{"S": "deep house"}, {"S": "pop"}]},
        "found_by": {"S": "search:na"},
        "found_in": {"S": "2026-11-23"},
        "first_seen": {"S": "2026-11-23T03:00:00.123Z"},
        "last_seen": {"S": "2026-11-28T09:30:00.000Z"},
        "last_run": {"S": "2026-11-23"},
        "sighted_by": {"S": "search:na"},
        "expires_at": {"N": "1800000000"},
    })
}

/// An export of these tables, in one segment each.
pub(crate) fn export(tables: &[TableName], formats: Formats) -> Export {
    let now: Timestamp = NOW.parse().unwrap();
    let run = Run::open(RunId::new("2026-11-23").unwrap(), "2026-11-23T03:00:00Z".parse().unwrap());
    let run = run.closed(Report::default(), now);
    let mut ledger = Ledger::default();
    let segments = tables.iter().map(|table| (*table, 2)).collect();
    ledger.begin(&Wish { segments, formats, ..Wish::default() }, &run, now);
    ledger.active.unwrap()
}

/// Sorts all segments of all tables.
pub(crate) async fn sorted(press: &Press<Items, Folder>, mut export: Export) -> Export {
    for table in export.tables.keys().copied().collect::<Vec<_>>() {
        for segment in 0..2 {
            let mut after = None;
            loop {
                let task = sort_task(table, segment, after.clone());
                let sorted = press.sort(&task).await.unwrap();
                let next = sorted.next.clone();
                assert!(export.take_in_sorted(
                    (table, segment),
                    after.as_ref(),
                    sorted,
                    NOW.parse().unwrap()
                ));
                if next.is_none() {
                    break;
                }
                after = next;
            }
        }
    }
    export
}

pub(crate) fn sort_task(table: TableName, segment: u32, after: Option<Cursor>) -> SortTask {
    SortTask {
        folder: format!("work/test/{table}/"),
        from: SegmentOf { table, segment, of: 2, run: RunId::new("2026-11-23").unwrap() },
        after,
        started_at: NOW.parse().unwrap(),
        until: Timestamp::MAX,
    }
}

/// Merges a whole table in one range.
pub(crate) async fn merged(
    press: &Press<Items, Folder>,
    export: &Export,
    table: TableName,
    before: Option<Vec<File>>,
) -> Merged {
    let task = MergeTask { export, table, range: 0, from: None, to: None, before };
    press.merge(&task).await.unwrap()
}

/// A press over these items and this folder.
pub(crate) fn press(folder: &std::path::Path, of: &[(TableName, Vec<Value>)]) -> Press<Items, Folder> {
    Press::new(Items { of: of.iter().cloned().collect(), page: 700 }, Folder::new(folder))
}

/// The file of a role.
pub(crate) fn file<'a>(merged: &'a Merged, export: &Export, role: Role, table: TableName) -> &'a File {
    let folder = export.folder(role, table);
    merged.files.iter().find(|file| file.path.starts_with(&folder)).unwrap()
}

pub(crate) async fn bytes(folder: &std::path::Path, path: &str) -> Vec<u8> {
    Folder::new(folder).get(path).await.unwrap().unwrap().bytes
}

/// The rows of a Parquet file, each as JSON.
pub(crate) async fn rows(folder: &std::path::Path, path: &str) -> Vec<Value> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes(folder, path).await)).unwrap();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    batches
        .iter()
        .flat_map(|batch| {
            (0..batch.num_rows()).map(|row| snapshot::output::object(batch, row)).collect::<Vec<_>>()
        })
        .collect()
}
