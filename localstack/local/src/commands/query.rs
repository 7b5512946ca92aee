//! `fermata query`: SQL over the latest snapshot.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use comfy_table::{Table, presets::NOTHING};

use crate::{
    cli::{QueryArgs, program},
    place::Place,
    query::{
        Engine, Form,
        athena::{self, Athena, Rows},
    },
    snapshots::{self, fetch::Bucket},
    state::Left,
    terminal::{
        escape, print, print_json,
        steps::Steps,
        words::{counted, number},
    },
    workspace::Workspace,
};

pub(super) async fn execute(args: &QueryArgs, steps: &Steps) -> Result<()> {
    let statement = match &args.file {
        Some(file) => {
            Some(fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        None => args.sql.clone(),
    };
    let form = match (args.csv, args.json) {
        (true, _) => Form::Csv,
        (_, true) => Form::Json,
        _ => Form::Table,
    };
    if args.athena {
        let statement = statement.context("--athena has no shell: add a statement, or --file FILE")?;
        return by_athena(args, &statement, form, steps).await;
    }
    let is_elsewhere = args.place.aws || args.place.endpoint.is_some();
    let elsewhere = if is_elsewhere { Some(Place::find(&args.place).await?) } else { None };
    let workspace = Workspace::find().await.context(
        "DuckDB is installed below the target folder of a clone of Fermata; run this inside the clone, or use any DuckDB \
         on what `fermata export --to FOLDER` fetches",
    )?;
    let folder = folder(args, elsewhere.as_ref(), &workspace, steps).await?;
    let step = steps.begin("Preparing DuckDB", "a few seconds the first time");
    let engine = Engine::prepare(&workspace, folder).await?;
    drop(step);
    engine.answer(statement.as_deref(), form, &args.with).await
}

/// Lets Athena answer, and shows the price before and after.
async fn by_athena(args: &QueryArgs, statement: &str, form: Form, steps: &Steps) -> Result<()> {
    let place = Place::find(&args.place).await?;
    let athena = Athena::of(&place.clients.athena, &place.deployment)?;
    let bytes = Bucket::of(&place.clients, &place.deployment)?.bytes().await?;
    steps.say(&format!(
        "Athena costs $5 per terabyte that it scans, and at least ${:.5} a query. Reading the whole latest snapshot \
         ({} bytes) costs ${:.5}.",
        athena::price(0),
        number(bytes),
        athena::price(bytes)
    ));
    let rows = athena.rows(statement, steps).await?;
    match form {
        Form::Table => print(&table(&rows)),
        Form::Csv => print(&csv(&rows)?),
        Form::Json => print_json(&rows.objects()),
    }
}

fn table(rows: &Rows) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(rows.columns.iter().map(|column| &column.name));
    for row in &rows.rows {
        table.add_row(row.iter().map(|value| escape::line(value.as_deref().unwrap_or_default())));
    }
    let counted = counted(u64::try_from(rows.rows.len()).unwrap_or(u64::MAX), "row");
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.chain([counted]).collect::<Vec<_>>().join("\n")
}

fn csv(rows: &Rows) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(rows.columns.iter().map(|column| &column.name))?;
    for row in &rows.rows {
        writer.write_record(row.iter().map(|value| value.as_deref().unwrap_or_default()))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?.trim_end().to_owned())
}

/// The folder of the snapshot that is asked.
async fn folder(
    args: &QueryArgs,
    elsewhere: Option<&Place>,
    workspace: &Workspace,
    steps: &Steps,
) -> Result<PathBuf> {
    if let Some(folder) = &args.from {
        ensure!(
            snapshots::is_in(folder),
            "{} holds no snapshot; `{} export --to FOLDER` fetches one",
            folder.display(),
            program()
        );
        return Ok(folder.clone());
    }
    let Some(place) = elsewhere else { return local_folder(workspace, steps).await };
    let name: String = format!("{}-{}", place.name, args.place.stack_name)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let folder = workspace.home().join("fetched").join(name);
    fetch(place, &folder, steps).await?;
    Ok(folder)
}

/// The snapshot of the local stack if one is running, or of the last run.
async fn local_folder(workspace: &Workspace, steps: &Steps) -> Result<PathBuf> {
    let folder = snapshots::folder(workspace)?;
    if let Ok(left) = Left::require(workspace).await {
        // Another stack may have left these, and this one numbers its snapshots from the beginning. They are
        // the only copy, so they go when there are others.
        let fetched = folder.with_extension("new");
        remove(&fetched)?;
        fetch(&Place::left(&left), &fetched, steps).await?;
        remove(&folder)?;
        fs::rename(&fetched, &folder).with_context(|| format!("cannot write {}", folder.display()))?;
    }
    ensure!(
        folder.join("latest.json").is_file(),
        "there is no snapshot yet; `{} run` collects a catalogue and exports it",
        program()
    );
    Ok(folder)
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

async fn fetch(place: &Place, folder: &Path, steps: &Steps) -> Result<()> {
    let step = steps.begin("Fetching the latest snapshot", "depends on its size; later only what is new");
    let bucket = Bucket::of(&place.clients, &place.deployment)?;
    bucket.fetch(folder, None, |done, all| step.counted(done, all, "bytes")).await?;
    step.done("Fetched the latest snapshot");
    Ok(())
}
