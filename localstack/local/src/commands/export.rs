//! `fermata export`: a snapshot now, or the latest in a folder.

use std::{path::Path, time::Duration};

use anyhow::Result;
use serde_json::json;

use crate::{
    cli::{ExportArgs, program},
    place::Place,
    snapshots::{Exporter, fetch::Bucket},
    terminal::{
        print, print_json,
        steps::Steps,
        words::{counted, number},
    },
};

/// The export of the whole catalogue takes a quarter of this.
const PATIENCE: Duration = Duration::from_hours(2);

pub(super) async fn execute(args: &ExportArgs, steps: &Steps) -> Result<()> {
    let place = Place::find(&args.place).await?;
    match &args.to {
        Some(folder) => fetch(&place, folder, args, steps).await,
        None => make(&place, args.json, steps).await,
    }
}

async fn make(place: &Place, as_json: bool, steps: &Steps) -> Result<()> {
    let step = steps.begin("Exporting a snapshot", "seconds to half an hour, by the size of the tables");
    let exporter = Exporter::of(&place.clients, &place.deployment)?;
    let snapshot = exporter.begin().await?;
    exporter.wait(|last| last.snapshot == snapshot, PATIENCE).await?;
    step.done("Exported a snapshot");
    if as_json {
        return print_json(&json!({"snapshot": snapshot}));
    }
    print(&format!("Snapshot: {snapshot}. `{} export --to FOLDER` fetches it.", program()))
}

async fn fetch(place: &Place, folder: &Path, args: &ExportArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Fetching the latest snapshot", "depends on its size");
    let bucket = Bucket::of(&place.clients, &place.deployment)?;
    let progress = |done, all| step.counted(done, all, "bytes");
    let fetched = bucket.fetch(folder, args.since, progress).await?;
    step.done("Fetched the latest snapshot");
    if args.json {
        return print_json(&json!({
            "snapshot": fetched.latest.snapshot, "sequence": fetched.latest.sequence, "files": fetched.files,
            "bytes": fetched.bytes,
        }));
    }
    print(&text(
        &fetched.latest.snapshot.to_string(),
        fetched.latest.sequence,
        fetched.files,
        fetched.bytes,
        args,
    ))
}

fn text(snapshot: &str, sequence: u64, files: usize, bytes: u64, args: &ExportArgs) -> String {
    let folder = args.to.as_deref().unwrap_or(Path::new("")).display();
    let files = counted(u64::try_from(files).unwrap_or(u64::MAX), "file");
    let bytes = number(bytes);
    match args.since {
        Some(since) => format!(
            "{files} in {folder} hold the changes from snapshot {since} to {sequence}, {snapshot}; \
             fetched {bytes} bytes."
        ),
        None => format!(
            "Snapshot {sequence}, {snapshot}: {files} in {folder}, all checksums match; fetched {bytes} \
             bytes.\n\
             `{} query --from {folder}` queries it.",
            program()
        ),
    }
}
