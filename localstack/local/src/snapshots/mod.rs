//! Snapshots: asks for them, waits for them, and [fetches](fetch) them into a folder.

pub mod fetch;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use cloud::export::ledgers;
use collect::{
    snapshot::{
        export::SnapshotId,
        layout::LATEST,
        ledger::{Ending, Finished, Ledger},
        table::TableName,
    },
    term::RunId,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time;

use crate::{
    aws::Clients,
    cli::program,
    deploy::Deployment,
    observe::Observer,
    stack::{Stack, invoke},
    state,
    terminal::words::counted,
    workspace::Workspace,
};

/// Within this time a local export has ended, or something is wrong with it.
const PATIENCE: Duration = Duration::from_mins(5);

/// Pause between two looks at an export.
const LOOK: Duration = Duration::from_millis(300);

/// A snapshot in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Folder of its artists.
    pub path: PathBuf,
    /// Its artists.
    pub rows: u64,
    /// Its manifest.
    pub manifest: PathBuf,
    /// Its tracks; none unless a run has asked for tracks.
    #[serde(skip)]
    pub tracks: u64,
}

impl Snapshot {
    /// What it is, and the one line that queries it.
    pub fn text(&self) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        let path = self.path.strip_prefix(here).unwrap_or(&self.path).display();
        let program = program();
        let artists = counted(self.rows, "artist");
        if self.tracks > 0 {
            let tracks = counted(self.tracks, "track");
            return format!(
                "Snapshot: {artists} and {tracks} as Parquet in {path}.\n  \
                 {program} query --file infra/queries/audio_profile.sql"
            );
        }
        let statement = "SELECT name, followers FROM artists ORDER BY followers DESC LIMIT 10";
        format!("Snapshot: {artists} as Parquet in {path}.\n  {program} query '{statement}'")
    }
}

/// The exporter of a deployed Fermata.
#[derive(Debug)]
pub struct Exporter<'a> {
    clients: &'a Clients,
    observer: Observer,
    function: &'a str,
}

impl<'a> Exporter<'a> {
    /// That of this deployment.
    ///
    /// # Errors
    /// When it has none.
    pub fn of(clients: &'a Clients, deployment: &'a Deployment) -> Result<Self> {
        let function = deployment.exporter.as_deref();
        let function = function.context("the stack has no exporter; deploy infra/template.yaml again")?;
        Ok(Self { clients, observer: Observer::new(clients.clone(), deployment.clone()), function })
    }

    /// What its schedule would send it now.
    pub async fn tick(&self) -> Result<Value> {
        invoke(self.clients, self.function, &json!({"job": "tick"})).await
    }

    /// Begins an export, unless one is active or the last run was exported. Returns the name of the snapshot.
    ///
    /// # Errors
    /// When there is no run to export.
    pub async fn begin(&self) -> Result<SnapshotId> {
        let answer = invoke(self.clients, self.function, &json!({"job": "export"})).await?;
        let snapshot: Option<SnapshotId> = serde_json::from_value(answer["snapshot"].clone())
            .with_context(|| format!("the exporter answered {answer}"))?;
        snapshot.context("there is nothing to export yet: no run has been opened")
    }

    /// What the exporter remembers.
    pub async fn ledger(&self) -> Result<Ledger> {
        let Some(item) = self.observer.control(ledgers::EXPORT).await? else { return Ok(Ledger::default()) };
        let read = ledgers::read(&item).map_err(anyhow::Error::msg);
        Ok(read.context("the exporter's ledger is in an unknown form")?.0)
    }

    /// Waits until the last export is over and fits.
    ///
    /// # Errors
    /// When it was refused or failed, or is not over in time.
    pub async fn wait(&self, fits: impl Fn(&Finished) -> bool, patience: Duration) -> Result<()> {
        let start = Instant::now();
        loop {
            let ledger = self.ledger().await?;
            let last = ledger.last.filter(|last| ledger.active.is_none() && fits(last));
            match last.map(|last| last.outcome) {
                Some(Ending::Published) => return Ok(()),
                Some(Ending::Refused(why)) => bail!("the snapshot was refused: {why}"),
                Some(Ending::Failed(why)) => bail!("the export failed: {why}"),
                None if start.elapsed() > patience => {
                    bail!("the export is not over after {} s", patience.as_secs());
                }
                None => time::sleep(LOOK).await,
            }
        }
    }
}

/// Plays the exporter's schedule, waits for the snapshot of a closed run, and fetches it into the folder that
/// `fermata query` reads.
///
/// # Errors
/// When the export is refused, fails, or is not over in time.
pub async fn of_run(stack: &Stack, workspace: &Workspace, run: &RunId) -> Result<Snapshot> {
    let step = stack.steps().begin("Exporting a snapshot", "a few seconds");
    let exporter = Exporter::of(stack.clients(), stack.deployment())?;
    exporter.tick().await?;
    exporter.wait(|last| last.run == *run, PATIENCE).await?;
    let folder = folder(workspace)?;
    // Another stack left these; this one numbers its snapshots from the beginning.
    let _ = fs::remove_dir_all(&folder);
    let bucket = fetch::Bucket::of(stack.clients(), stack.deployment())?;
    let fetched = bucket.fetch(&folder, None, |_, _| ()).await?;
    step.done("Exported a snapshot");
    let rows = |table| fetched.manifest.tables.get(&table).map_or(0, |table| table.rows);
    let artists = fetched.latest.tables.get(&TableName::Artists).map(String::as_str).unwrap_or_default();
    Ok(Snapshot {
        path: folder.join(artists),
        rows: rows(TableName::Artists),
        manifest: folder.join(&fetched.latest.manifest),
        tracks: rows(TableName::Tracks),
    })
}

/// Where the snapshots of the local stack lie.
///
/// # Errors
/// When the stack's name is wrong.
pub fn folder(workspace: &Workspace) -> Result<PathBuf> {
    Ok(workspace.home().join("snapshots").join(state::name()?))
}

/// Whether a folder holds a snapshot, or the changes of one.
pub fn is_in(folder: &Path) -> bool {
    let folders = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let days = folders(&folder.join("snapshots"));
    folder.join(LATEST).is_file()
        || days.flat_map(|day| folders(&day.path())).any(|it| it.path().join("_manifest.json").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_a_query_over_what_was_collected() {
        let artists =
            Snapshot { path: "music/artists".into(), rows: 2000, manifest: PathBuf::new(), tracks: 0 };
        let text = artists.text();
        assert!(text.contains("2,000 artists as") && text.contains("FROM artists"), "{text}");
        let text = Snapshot { tracks: 150, ..artists }.text();
        assert!(text.contains("2,000 artists and 150 tracks as") && text.contains("audio_profile"), "{text}");
    }
}
