//! Carries out work items one after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::publish::publish;
use super::tick::{Write, change, send_due};
use crate::ports::export::{
    DeriveTask, Exporting, Inbox, Ledgers, MergeTask, Objects, Received, SegmentOf, SortTask, WorkQueue,
    Workshop,
};
use crate::ports::{Clock, PortError};
use crate::snapshot::export::{Export, File, Merged, SnapshotId};
use crate::snapshot::ledger::{Ending, Ledger};
use crate::snapshot::manifest::Manifest;
use crate::snapshot::table::{Layer, TableName};
use crate::snapshot::work_item::{WorkItem, WorkMessage};

/// Kept off the end of an invocation, for the last page and the writes after it.
const MARGIN: Duration = Duration::from_secs(30);

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The item is finished, or goes on in another invocation.
    Done,
    /// The item was finished already, or belongs to no active export.
    Stale,
    /// The item failed and is tried again later.
    Failed(String),
    /// The export is over.
    Over(Ending),
}

/// Works the messages of the queue until none is visible or `deadline` is near, and passes `tell` what became
/// of each. One that is no work item stays, until the queue sets it aside.
///
/// # Errors
/// When the queue could not be used, or not even the ledger: the message comes again.
pub async fn drain<P: Exporting<Queue: Inbox>>(
    ports: &P,
    deadline: Timestamp,
    tell: impl Fn(Result<(&WorkMessage, &Outcome), &Received>) + Send,
) -> Result<(), PortError> {
    while ports.clock().now() + MARGIN * 2 < deadline {
        let Some(received) = ports.queue().receive().await? else { break };
        let Ok(message) = serde_json::from_str::<WorkMessage>(&received.body) else {
            tell(Err(&received));
            continue;
        };
        let outcome = work(ports, &message, deadline).await?;
        tell(Ok((&message, &outcome)));
        ports.queue().remove(&received).await?;
    }
    Ok(())
}

/// Carries out the work item of a message and the items that it makes possible, until none is left or
/// `deadline` is near.
///
/// # Errors
/// When the failure could not be written to the ledger either: the message must come again.
pub async fn work<P: Exporting>(
    ports: &P,
    message: &WorkMessage,
    deadline: Timestamp,
) -> Result<Outcome, PortError> {
    let WorkMessage { snapshot, work } = message;
    match one(ports, snapshot, *work, deadline - MARGIN).await {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            let why = error.to_string();
            let now = ports.clock().now();
            change(ports, async |ledger: &mut Ledger| {
                let Some(export) = ledger.export_mut(snapshot) else { return Ok(((), Write::No)) };
                export.fail(*work, &why, error.may_pass(), now);
                Ok(((), Write::Yes))
            })
            .await?;
            Ok(Outcome::Failed(why))
        }
    }
}

async fn one<P: Exporting>(
    ports: &P,
    snapshot: &SnapshotId,
    work: WorkItem,
    until: Timestamp,
) -> Result<Outcome, PortError> {
    let (mut ledger, _) = ports.ledgers().load().await?;
    let Some(export) = ledger.export_mut(snapshot) else { return Ok(Outcome::Stale) };
    if !export.wants(work) {
        return Ok(Outcome::Stale);
    }
    match work {
        WorkItem::Sort { table, segment } if table.layer() == Layer::Derived => {
            derive(ports, export, table, segment).await?;
        }
        WorkItem::Sort { table, segment } => sort(ports, export, table, segment, until).await?,
        WorkItem::Plan => plan(ports, export).await?,
        WorkItem::Merge { table, range } => {
            let merged = merge(ports, export, table, range).await?;
            let now = ports.clock().now();
            change_export(ports, snapshot, |export| export.take_in_merged(table, range, merged.clone(), now))
                .await?;
        }
        WorkItem::Publish => {
            let ending = publish(ports, export).await?;
            let now = ports.clock().now();
            let over = change(ports, async |ledger: &mut Ledger| {
                let over = ledger.finish(snapshot, ending.clone(), now);
                Ok((over, if over { Write::Yes } else { Write::No }))
            })
            .await?;
            return Ok(if over { Outcome::Over(ending) } else { Outcome::Stale });
        }
    }
    // What the next stage begins with is due now; what this one still waits for is not.
    send_due(ports).await?;
    Ok(Outcome::Done)
}

/// Scans a segment on from where it stands, piece by piece.
async fn sort<P: Exporting>(
    ports: &P,
    export: &Export,
    table: TableName,
    segment: u32,
    until: Timestamp,
) -> Result<(), PortError> {
    let count = export.tables.get(&table).map_or(0, |of| of.segments.len());
    let from =
        SegmentOf { table, segment, of: u32::try_from(count).unwrap_or(u32::MAX), run: export.run.clone() };
    let mut after = export.segment(table, segment).and_then(|segment| segment.cursor.clone());
    loop {
        let task = SortTask {
            folder: format!("{}{table}/", export.work_folder()),
            from: from.clone(),
            after: after.clone(),
            started_at: export.started_at,
            until,
        };
        let sorted = ports.workshop().sort(&task).await?;
        let (next, now) = (sorted.next.clone(), ports.clock().now());
        let taken = change_export(ports, &export.snapshot, |export| {
            export.take_in_sorted((table, segment), after.as_ref(), sorted.clone(), now)
        });
        if !taken.await? || next.is_none() {
            // At the end, or somebody else works on it.
            return Ok(());
        }
        after = next;
        if ports.clock().now() >= until {
            let work = WorkItem::Sort { table, segment };
            return ports.queue().send(&[WorkMessage { snapshot: export.snapshot.clone(), work }]).await;
        }
    }
}

/// Derives a segment from the part it belongs to.
async fn derive<P: Exporting>(
    ports: &P,
    export: &Export,
    table: TableName,
    segment: u32,
) -> Result<(), PortError> {
    let folder = format!("{}{table}/", export.work_folder());
    let run = ports.workshop().derive(&DeriveTask { export, table, segment, folder }).await?;
    let now = ports.clock().now();
    let taken = change_export(ports, &export.snapshot, |export| {
        export.take_in_derived((table, segment), run.clone(), now)
    });
    taken.await.map(drop)
}

async fn plan<P: Exporting>(ports: &P, export: &Export) -> Result<(), PortError> {
    let mut bounds = BTreeMap::new();
    for table in export.current() {
        let runs: Vec<_> = export.runs(table).collect();
        bounds.insert(table, ports.workshop().bounds(&runs, export.parts(table)).await?);
    }
    let now = ports.clock().now();
    change_export(ports, &export.snapshot, |export| export.take_in_plan(&bounds, now)).await.map(drop)
}

async fn merge<P: Exporting>(
    ports: &P,
    export: &Export,
    table: TableName,
    number: u32,
) -> Result<Merged, PortError> {
    let Some((range, to)) = export.range(table, number) else {
        let what = format!("range {number} of {table} in {}", export.snapshot);
        return Err(PortError::Corrupt { what, why: "there is no such range".to_owned() });
    };
    let (from, to) = (range.from.as_deref(), to.map(String::as_str));
    let before =
        if table.table().changes { files_before(ports, export, table, from, to).await? } else { None };
    let task = MergeTask { export, table, range: number, from, to, before };
    ports.workshop().merge(&task).await
}

/// The parts of the snapshot before that may hold keys of a range; none if there is no such snapshot any
/// more.
async fn files_before<P: Exporting>(
    ports: &P,
    export: &Export,
    table: TableName,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Option<Vec<File>>, PortError> {
    let Some(parent) = &export.parent else { return Ok(None) };
    let Some(object) = ports.objects().get(&parent.manifest).await? else { return Ok(None) };
    let manifest: Manifest = serde_json::from_slice(&object.bytes)
        .map_err(|error| PortError::Corrupt { what: parent.manifest.clone(), why: error.to_string() })?;
    let files = manifest.tables.get(&table).map(|of| of.files.clone()).unwrap_or_default();
    let overlaps = |file: &File| {
        let Some((first, last)) = &file.keys else { return false };
        from.is_none_or(|from| last.as_str() >= from) && to.is_none_or(|to| first.as_str() < to)
    };
    Ok(Some(files.into_iter().filter(overlaps).collect()))
}

/// Changes the active export, if it is this one. Returns whether `apply` did something.
async fn change_export<P: Exporting>(
    ports: &P,
    snapshot: &SnapshotId,
    apply: impl Fn(&mut Export) -> bool,
) -> Result<bool, PortError> {
    change(ports, async |ledger: &mut Ledger| {
        let applied = ledger.export_mut(snapshot).is_some_and(&apply);
        Ok((applied, if applied { Write::Yes } else { Write::No }))
    })
    .await
}
