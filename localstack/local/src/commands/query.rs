//! `fermata query`: SQL over the latest snapshot.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{
    cli::{PlaceArgs, QueryArgs, program},
    place::Place,
    query::{Engine, Form},
    snapshots::{self, fetch::Bucket},
    terminal::steps::Steps,
    workspace::Workspace,
};

pub(super) async fn execute(args: &QueryArgs, steps: &Steps) -> Result<()> {
    let workspace = Workspace::find().await.context(
        "DuckDB is installed below the target folder of a clone of Fermata; run this inside the clone, or use any DuckDB \
         on what `fermata export --to FOLDER` fetches",
    )?;
    let folder = folder(args, &workspace, steps).await?;
    let step = steps.begin("Preparing DuckDB", "a few seconds the first time");
    let engine = Engine::prepare(&workspace, folder).await?;
    drop(step);
    let form = match (args.csv, args.json) {
        (true, _) => Form::Csv,
        (_, true) => Form::Json,
        _ => Form::Table,
    };
    let statement = match &args.file {
        Some(file) => {
            Some(fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        None => args.sql.clone(),
    };
    engine.answer(statement.as_deref(), form, &args.with).await
}

/// The folder of the snapshot that is asked.
async fn folder(args: &QueryArgs, workspace: &Workspace, steps: &Steps) -> Result<PathBuf> {
    if let Some(folder) = &args.from {
        ensure!(
            folder.join("latest.json").is_file(),
            "{} holds no snapshot; `{} export --to FOLDER` fetches one",
            folder.display(),
            program()
        );
        return Ok(folder.clone());
    }
    let PlaceArgs { endpoint, aws, stack_name, .. } = &args.place;
    if endpoint.is_none() && !aws {
        let folder = snapshots::folder(workspace);
        ensure!(
            folder.join("latest.json").is_file(),
            "there is no snapshot yet; `{} run` collects a catalogue and exports it",
            program()
        );
        return Ok(folder);
    }
    let place = Place::find(&args.place).await?;
    let step = steps.begin("Fetching the latest snapshot", "by its size; later only what is new");
    let name: String = format!("{}-{stack_name}", place.name)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let folder = workspace.home().join("fetched").join(name);
    let bucket = Bucket::of(&place.clients, &place.deployment)?;
    bucket.fetch(&folder, None, |done, all| step.counted(done, all, "bytes")).await?;
    step.done("Fetched the latest snapshot");
    Ok(folder)
}
