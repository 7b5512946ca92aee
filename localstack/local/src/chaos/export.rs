//! Exports the disturbed run while the exporter is killed again and again.

use std::{fs, time::Duration};

use anyhow::{Context, Result};
use cloud::export::ledgers::DynamoLedgers;
use collect::{ports::export::Ledgers, snapshot::table::TableName, term::RunId};
use jiff::Timestamp;
use rand::{Rng, rngs::SmallRng};
use tokio::time::sleep;

use crate::{
    snapshots::{Exporter, fetch::Bucket},
    stack::Stack,
    workspace::Workspace,
};

/// How often the exporter is killed at most. An export that is over before has seen fewer.
const KILLS: usize = 12;

/// How long the export may take after the last kill.
const PATIENCE: Duration = Duration::from_mins(3);

/// What became of the export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Processes that were killed meanwhile.
    pub killed: usize,
    /// Artists in the snapshot. Every file of it has the sum that its manifest says.
    pub artists: u64,
    /// Snapshots that were published: one.
    pub snapshots: usize,
}

/// Exports the run, kills the exporter at random moments, and fetches what it has published.
///
/// # Errors
/// When the export does not end, is refused, or a file of the snapshot is damaged.
pub(super) async fn disturbed(
    workspace: &Workspace,
    stack: &Stack,
    run: &RunId,
    random: &mut SmallRng,
) -> Result<Exported> {
    let exporter = Exporter::of(stack.clients(), stack.deployment())?;
    let mut killed = 0;
    for _ in 0..KILLS {
        if exporter.ledger().await?.last.is_some() {
            break;
        }
        let lived = Duration::from_millis(random.random_range(20..600));
        // An invocation whose process dies fails, or is started anew by the emulator.
        tokio::select! {
            _ = exporter.tick() => {}
            () = sleep(lived) => killed += stack.kill_functions().await?,
        }
        end_leases(stack).await?;
    }
    exporter.tick().await?;
    exporter.wait(|last| last.run == *run, PATIENCE).await?;
    let folder = workspace.home().join(format!("chaos-{}", std::process::id()));
    let bucket = Bucket::of(stack.clients(), stack.deployment())?;
    let fetched = bucket.fetch(&folder, None, |_, _| ()).await;
    // What cannot be removed lies below `target/`.
    let _ = fs::remove_dir_all(&folder);
    let manifest = fetched?.manifest;
    let artists = manifest.tables.get(&TableName::Artists).map_or(0, |table| table.rows);
    Ok(Exported { killed, artists, snapshots: manifests(stack).await? })
}

/// Lets the leases of all work run out, as six minutes of waiting would: what a killed exporter worked on is
/// sent again by the next tick.
async fn end_leases(stack: &Stack) -> Result<()> {
    let ledgers = DynamoLedgers::new(stack.clients().dynamodb.clone(), &stack.deployment().control);
    let (mut ledger, version) = ledgers.load().await?;
    let Some(export) = &mut ledger.active else { return Ok(()) };
    export.end_leases(Timestamp::now());
    // If somebody has replaced it meanwhile, an exporter is alive.
    ledgers.save(&ledger, version).await?;
    Ok(())
}

/// How many manifests there are.
async fn manifests(stack: &Stack) -> Result<usize> {
    let bucket = stack.deployment().bucket.as_deref().context("the stack has no bucket")?;
    let list = stack.clients().s3.list_objects_v2().bucket(bucket).prefix("snapshots/");
    let mut pages = list.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.try_next().await? {
        let keys = page.contents().iter().filter_map(|object| object.key());
        count += keys.filter(|key| key.ends_with("/_manifest.json")).count();
    }
    Ok(count)
}
