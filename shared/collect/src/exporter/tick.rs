//! Begins exports and sees to it that none stands still.

use super::publish::read;
use crate::ports::export::{Exporting, Ledgers, Objects, Runs, WorkQueue};
use crate::ports::{Clock, PortError, Records};
use crate::run::Run;
use crate::snapshot::export::{Formats, Parent, SnapshotId};
use crate::snapshot::layout::{Beside, LATEST};
use crate::snapshot::ledger::{Begun, Ending, Finished, Ledger, Wish};
use crate::snapshot::manifest::{Latest, Manifest};
use crate::snapshot::work_item::{WorkItem, WorkMessage};

/// What a tick did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tick {
    /// No export is active and none is due.
    Nothing,
    /// The same, but the last export came to nothing: readers have an older snapshot until somebody begins
    /// one.
    NothingSince(Finished),
    /// An export was begun.
    Begun(SnapshotId),
    /// The work items of the active export that were due were sent; empty if all are in progress.
    Sent {
        /// The export.
        snapshot: SnapshotId,
        /// The items.
        work: Vec<WorkItem>,
    },
    /// The active export was given up.
    GivenUp {
        /// The export.
        snapshot: SnapshotId,
        /// Why.
        why: String,
    },
}

/// Every few minutes: begins the export of a closed run that has none yet, sends what is due again, and gives
/// up what has failed too often. It looks only at the state of both, so it cannot miss a run that closes.
pub async fn tick<P: Exporting>(ports: &P, formats: Formats) -> Result<Tick, PortError> {
    let (ledger, _) = ports.ledgers().load().await?;
    if ledger.active.is_none() {
        let wish = Wish { formats, segments: ports.segments(), ..Wish::default() };
        return Ok(match begin(ports, &wish).await? {
            Begun::Started(snapshot) => Tick::Begun(snapshot),
            Begun::Active(_) | Begun::Exported(_) | Begun::NothingDue => {
                let last = ledger.last.filter(|last| last.outcome != Ending::Published);
                last.map_or(Tick::Nothing, Tick::NothingSince)
            }
        });
    }
    send_due(ports).await
}

/// Begins an export. The run is kept beside it first, so that the manifest tells of the run as it was.
pub async fn begin<P: Exporting>(ports: &P, wish: &Wish) -> Result<Begun, PortError> {
    let Some(run) = run_of(ports.runs(), wish).await? else { return Ok(Begun::NothingDue) };
    let begun = change(ports, async |ledger: &mut Ledger| {
        let begun = ledger.begin(wish, &run, ports.clock().now());
        let Some(export) = ledger.active.as_ref().filter(|_| matches!(begun, Begun::Started(_))) else {
            return Ok((begun, Write::No));
        };
        if ports.objects().get(&export.beside(Beside::Manifest)).await?.is_some() {
            // The ledger has forgotten it; from now on it knows again that there is nothing to do.
            let snapshot = export.snapshot.clone();
            ledger.active = None;
            return Ok((Begun::Exported(snapshot), Write::Yes));
        }
        let kept = serde_json::to_vec(&run).map_err(|error| PortError::Corrupt {
            what: format!("run {}", run.id),
            why: error.to_string(),
        })?;
        ports.objects().create(&export.run_object(), &kept).await?;
        let parent = parent(ports.objects(), export.parent.clone()).await?;
        ledger.follow(parent);
        Ok((begun, Write::Yes))
    })
    .await?;
    if let Begun::Started(_) = begun {
        send_due(ports).await?;
    }
    Ok(begun)
}

/// The run to export: the current one, or that before it.
async fn run_of(runs: &(impl Runs + Records + Sync), wish: &Wish) -> Result<Option<Run>, PortError> {
    let Some(run) = runs.current().await? else { return Ok(None) };
    match wish.looks_back_from(&run) {
        Some(before) => Ok(Some(runs.closed_run(before).await?.unwrap_or(run))),
        None => Ok(Some(run)),
    }
}

/// The snapshot that an export follows: the one that the ledger knows, unless readers have a later one, as
/// they do after the ledger was lost or restored. Where its manifest is gone, nobody can compare with it.
async fn parent(objects: &(impl Objects + Sync), known: Option<Parent>) -> Result<Option<Parent>, PortError> {
    if let Some(latest) = read::<Latest>(objects, LATEST).await?
        && known.as_ref().is_none_or(|known| known.sequence < latest.sequence)
    {
        let manifest = read::<Manifest>(objects, &latest.manifest).await?;
        let tables = manifest.map(|manifest| manifest.tables).unwrap_or_default();
        let rows = tables.into_iter().map(|(table, of)| (table, of.rows)).collect();
        let Latest { snapshot, sequence, manifest, .. } = latest;
        return Ok(Some(Parent { snapshot, sequence, manifest, rows }));
    }
    let Some(mut known) = known else { return Ok(None) };
    if objects.get(&known.manifest).await?.is_none() {
        known.rows.clear();
    }
    Ok(Some(known))
}

/// Sends the items of the active export that are due, or gives it up.
pub async fn send_due<P: Exporting>(ports: &P) -> Result<Tick, PortError> {
    let now = ports.clock().now();
    let tick = change(ports, async |ledger: &mut Ledger| {
        let Some(export) = ledger.active.as_mut() else { return Ok((Tick::Nothing, Write::No)) };
        let snapshot = export.snapshot.clone();
        if let Some(why) = export.given_up(now) {
            ledger.finish(&snapshot, Ending::Failed(why.clone()), now);
            return Ok((Tick::GivenUp { snapshot, why }, Write::Yes));
        }
        let work = export.take_due(now);
        let write = if work.is_empty() { Write::No } else { Write::Yes };
        Ok((Tick::Sent { snapshot, work }, write))
    })
    .await?;
    if let Tick::Sent { snapshot, work } = &tick {
        let message = |work: &WorkItem| WorkMessage { snapshot: snapshot.clone(), work: *work };
        ports.queue().send(&work.iter().map(message).collect::<Vec<_>>()).await?;
    }
    Ok(tick)
}

/// Whether a change of the ledger is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// It is.
    Yes,
    /// Nothing changed.
    No,
}

/// Changes the ledger: `change` is applied to what stands there until nobody has replaced it meanwhile.
pub(super) async fn change<P: Exporting, T>(
    ports: &P,
    change: impl AsyncFn(&mut Ledger) -> Result<(T, Write), PortError>,
) -> Result<T, PortError> {
    loop {
        let (mut ledger, version) = ports.ledgers().load().await?;
        let (answer, write) = change(&mut ledger).await?;
        if write == Write::No || ports.ledgers().save(&ledger, version).await? {
            return Ok(answer);
        }
    }
}
