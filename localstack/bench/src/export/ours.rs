//! The exporter over recorded pages: sorts, derives, plans and merges as the function does, into a folder.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use collect::ports::export::{DeriveTask, MergeTask, SegmentOf, SortTask, Workshop};
use collect::run::{Report, Run};
use collect::snapshot::export::{Export, Stage};
use collect::snapshot::ledger::{Ledger, Wish};
use collect::snapshot::table::{Layer, TableName};
use collect::term::RunId;
use jiff::Timestamp;
use snapshot::Press;
use snapshot::folder::Folder;

use super::pages::Recorded;

/// An export of recorded pages.
struct Work {
    press: Press<Recorded, Folder>,
    export: Export,
    now: Timestamp,
}

/// Exports the pages into `target`, with all that is derived from them. Returns how many of the recorded rows
/// are in the files.
pub(super) async fn export(pages: &Path, target: &Path) -> Result<u64> {
    let recorded = Recorded::open(pages)?;
    let segments: BTreeMap<TableName, u32> = recorded.tables().map(|table| (table, 1)).collect();
    let now: Timestamp = "2026-11-28T10:00:00Z".parse()?;
    let run =
        Run::open(RunId::new("2026-11-23")?, "2026-11-23T00:00:00Z".parse()?).closed(Report::default(), now);
    let mut ledger = Ledger::default();
    ledger.begin(&Wish { segments: segments.clone(), ..Wish::default() }, &run, now);
    let export = ledger.active.context("no export was begun")?;
    let mut work = Work { press: Press::new(recorded, Folder::new(target)), export, now };
    while !matches!(work.export.stage, Stage::Publishing { .. }) {
        let tables: Vec<TableName> = work.export.current().collect();
        ensure!(!tables.is_empty(), "the export is not complete");
        for table in &tables {
            match table.layer() {
                Layer::Received => work.sort(*table, &run.id).await?,
                Layer::Derived => work.derive(*table).await?,
            }
        }
        work.plan(&tables).await?;
        for table in tables {
            work.merge(table).await?;
        }
    }
    Ok(segments.into_keys().map(|table| work.export.counts(table).rows).sum())
}

impl Work {
    async fn sort(&mut self, table: TableName, run: &RunId) -> Result<()> {
        let mut after = None;
        loop {
            let task = SortTask {
                folder: format!("{}{table}/", self.export.work_folder()),
                from: SegmentOf { table, segment: 0, of: 1, run: run.clone() },
                after: after.clone(),
                started_at: self.now,
                until: Timestamp::MAX,
            };
            let sorted = self.press.sort(&task).await?;
            let next = sorted.next.clone();
            self.export.take_in_sorted((table, 0), after.as_ref(), sorted, self.now);
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    async fn derive(&mut self, table: TableName) -> Result<()> {
        for segment in 0..u32::try_from(self.export.tables[&table].segments.len())? {
            let folder = format!("{}{table}/", self.export.work_folder());
            let task = DeriveTask { export: &self.export, table, segment, folder };
            let run = self.press.derive(&task).await?;
            self.export.take_in_derived((table, segment), run, self.now);
        }
        Ok(())
    }

    async fn plan(&mut self, tables: &[TableName]) -> Result<()> {
        let mut bounds = BTreeMap::new();
        for table in tables {
            let runs: Vec<_> = self.export.runs(*table).collect();
            bounds.insert(*table, self.press.bounds(&runs, self.export.parts(*table)).await?);
        }
        self.export.take_in_plan(&bounds, self.now);
        Ok(())
    }

    async fn merge(&mut self, table: TableName) -> Result<()> {
        for range in 0..u32::try_from(self.export.tables[&table].ranges.len())? {
            let (of, to) = self.export.range(table, range).context("no such range")?;
            let (from, to) = (of.from.as_deref(), to.map(String::as_str));
            let task = MergeTask { export: &self.export, table, range, from, to, before: None };
            let merged = self.press.merge(&task).await?;
            self.export.take_in_merged(table, range, merged, self.now);
        }
        Ok(())
    }
}
