//! How large the deployed functions are, how fast they start, how much memory they take, and how much CPU the
//! fetcher needs for a request, beside a handler in Python that makes the same calls.
//!
//! The functions are built as for AWS. Each runs as a process of its own, with this benchmark as its Lambda:
//! [`runtime`] serves the Runtime API, [`mapping`] plays the event source mapping. Spotify and AWS are the
//! stand-in and the emulator of a local stack ([`stage`]), which answer at once and whose CPU time does not
//! count: they are other processes.

mod mapping;
mod measure;
mod result;
pub(super) mod runtime;
mod searches;
pub(super) mod stage;

use std::io::Write;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args as Arguments;
use local::functions::FUNCTIONS;
use local::python::{Environment, Requirements};
use local::release::{Architecture, Build, Release};
use local::terminal::steps::Steps;
use local::workspace::Workspace;

use self::result::Outcome;
use self::stage::Stage;
use crate::python;

/// Artists of the runs under callgrind, which makes the fetcher some fifty times slower.
const COUNTED_ARTISTS: u32 = 1000;

/// Arguments of `fetch`.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// Artists of the catalogue
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    artists: u32,
    /// Leave Python out
    #[arg(long)]
    alone: bool,
    /// End with the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn execute(args: &Args) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "the functions are measured on Linux only, for which they are built");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(measure(args))?;
    let mut out = std::io::stdout();
    if args.json {
        writeln!(out, "{}", outcome.json())?;
        return Ok(());
    }
    outcome.tell(&mut out)
}

async fn measure(args: &Args) -> Result<Outcome> {
    let workspace = Workspace::find().await?;
    let steps = Steps::on_standard_error();
    let python = if args.alone { None } else { Some(python::environment("requirements-fetch.txt")?) };
    let releases = build(&workspace, &steps).await?;

    let stage = Stage::start(&workspace, args.artists, &steps).await?;
    let step = steps.begin("Measuring the functions", "a few minutes");
    let mut ours = measure::ours(&stage, &releases).await?;
    step.done("Measured the functions");
    stage.stack.stop().await?;

    if has_valgrind() {
        let stage = Stage::start(&workspace, COUNTED_ARTISTS.min(args.artists), &steps).await?;
        let step = steps.begin("Counting the fetcher's instructions", "a minute");
        let counted = measure::instructions(&stage, &releases).await?;
        step.done("Counted the fetcher's instructions");
        stage.stack.stop().await?;
        for (pages, instructions) in ours.pages.iter_mut().zip(counted) {
            pages.instructions = Some(instructions);
        }
    } else {
        steps.say("Instructions are not counted: valgrind is not installed.");
    }

    let mut theirs = None;
    if let Some(python) = python {
        let stage = Stage::start(&workspace, args.artists, &steps).await?;
        let step = steps.begin("Measuring the Python handler", "a few minutes");
        theirs = Some(measure::theirs(&stage, &python, &ours).await?);
        step.done("Measured the Python handler");
        stage.stack.stop().await?;
    }
    Ok(Outcome { functions: ours.functions, rust: ours.pages, python: theirs })
}

/// Builds the functions as they are deployed.
async fn build(workspace: &Workspace, steps: &Steps) -> Result<Vec<Release>> {
    let environment = Environment::ensure(workspace, Requirements::Run).await?;
    let step = steps.begin("Building the functions as for AWS", "some minutes the first time");
    let build = Build::of(workspace, Architecture::of_this_machine());
    let releases = build.functions(&FUNCTIONS, &environment, &step).await?;
    step.done("Built the functions as for AWS");
    Ok(releases)
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}
