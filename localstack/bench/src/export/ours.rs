//! The exporter over recorded pages: sorts, plans and merges as the function does, into a folder.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use collect::ports::export::{MergeTask, SegmentOf, SortTask, Workshop};
use collect::run::{Report, Run};
use collect::snapshot::export::{Export, Stage};
use collect::snapshot::ledger::{Ledger, Wish};
use collect::snapshot::table::TableName;
use collect::term::RunId;
use jiff::Timestamp;
use snapshot::Press;
use snapshot::folder::Folder;

use super::pages::Recorded;

const ARTISTS: TableName = TableName::Artists;

/// Exports the pages into `target`; the number of rows.
pub(super) async fn export(pages: &Path, target: &Path) -> Result<u64> {
    let press = Press::new(Recorded::open(pages)?, Folder::new(target));
    let now: Timestamp = "2026-11-28T10:00:00Z".parse()?;
    let run =
        Run::open(RunId::new("2026-11-23")?, "2026-11-23T00:00:00Z".parse()?).closed(Report::default(), now);
    let mut ledger = Ledger::default();
    ledger.begin(&Wish { segments: [(ARTISTS, 1)].into(), ..Wish::default() }, &run, now);
    let mut export = ledger.active.context("no export was begun")?;
    sort(&press, &mut export, &run.id, now).await?;
    let runs: Vec<_> = export.runs(ARTISTS).collect();
    let bounds = press.bounds(&runs, export.parts(ARTISTS)).await?;
    export.take_in_plan(&[(ARTISTS, bounds)].into(), now);
    let count = u32::try_from(export.tables[&ARTISTS].ranges.len())?;
    for range in 0..count {
        let (of, to) = export.range(ARTISTS, range).context("no such range")?;
        let (from, to) = (of.from.as_deref(), to.map(String::as_str));
        let task = MergeTask { export: &export, table: ARTISTS, range, from, to, before: None };
        let merged = press.merge(&task).await?;
        export.take_in_merged(ARTISTS, range, merged, now);
    }
    ensure!(matches!(export.stage, Stage::Publishing { .. }), "the export is not complete");
    Ok(export.counts(ARTISTS).rows)
}

async fn sort(
    press: &Press<Recorded, Folder>,
    export: &mut Export,
    run: &RunId,
    now: Timestamp,
) -> Result<()> {
    let mut after = None;
    loop {
        let task = SortTask {
            folder: format!("{}artists/", export.work_folder()),
            from: SegmentOf { table: ARTISTS, segment: 0, of: 1, run: run.clone() },
            after: after.clone(),
            started_at: now,
            until: Timestamp::MAX,
        };
        let sorted = press.sort(&task).await?;
        let next = sorted.next.clone();
        export.take_in_sorted((ARTISTS, 0), after.as_ref(), sorted, now);
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}
