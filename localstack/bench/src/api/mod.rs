//! How much CPU the API needs for a request, how long its slowest requests take, and how long a caller waits
//! for the first answer, beside the same routes in Python.
//!
//! A local stack collects a catalogue with its index. Then each program runs as a process of its own with
//! this benchmark as its Lambda, as in [`fetch`](crate::fetch), and answers the same requests from the same
//! tables. The emulator is another process, so its CPU time does not count; the times of requests include
//! waiting for it.

mod measure;
mod result;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args as Arguments;
use local::collect;
use local::compare;
use local::python::{Environment, Requirements};
use local::release::{Architecture, Build};
use local::spotify::Choice;
use local::stack::{Options, Stack};
use local::terminal::steps::Steps;
use local::workspace::Workspace;
use serde_json::json;

use self::measure::{Program, Questions};
use self::result::Outcome;
use crate::python;

/// Requests in any 30 seconds of the run that fills the tables.
const RATE: u32 = 6000;

/// Arguments of `api`.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// Artists of the catalogue
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    artists: u32,
    /// Requests of each route that are measured
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..))]
    requests: u32,
    /// Leave Python out
    #[arg(long)]
    alone: bool,
    /// End with the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn execute(args: &Args) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "the API is measured on Linux only, for which it is built");
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
    let python = if args.alone { None } else { Some(python::environment("requirements-api.txt")?) };
    let program = build(&workspace, &steps).await?;
    let mut stack = start(&workspace, args.artists, &steps).await?;
    let compared = compared(&stack, &program, python, args, &steps).await;
    stack.check()?;
    stack.stop().await?;
    compared
}

/// Measures both programs on a stack that has collected.
async fn compared(
    stack: &Stack,
    program: &std::path::Path,
    python: Option<PathBuf>,
    args: &Args,
    steps: &Steps,
) -> Result<Outcome> {
    let questions = Questions::of(stack).await?;
    let requests = usize::try_from(args.requests)?;
    let step = steps.begin("Measuring the API", "a few minutes");
    let fermata = Program { path: program.to_owned(), tool: Vec::new() };
    let (ours, answers) = measure::program(stack, &fermata, &questions, requests).await?;
    step.done("Measured the API");
    let mut theirs = None;
    if let Some(python) = python {
        let step = steps.begin("Measuring Python", "a few minutes");
        let path = stack.folder().join("api.py");
        std::fs::write(&path, include_str!("theirs.py"))?;
        let program = Program { path, tool: vec![python.display().to_string()] };
        let (measured, other) = measure::program(stack, &program, &questions, requests).await?;
        measure::same(&answers, &other)?;
        theirs = Some(measured);
        step.done("Measured Python");
    }
    Ok(Outcome { ours, theirs })
}

/// Builds the API as it is deployed.
async fn build(workspace: &Workspace, steps: &Steps) -> Result<PathBuf> {
    let environment = Environment::ensure(workspace, Requirements::Run).await?;
    let step = steps.begin("Building the API as for AWS", "about ten minutes the first time");
    let build = Build::of(workspace, Architecture::of_this_machine());
    let api = build.functions(&["api"], &environment, &step).await?.pop().context("nothing was built")?;
    step.done("Built the API as for AWS");
    Ok(api.program)
}

/// A stack that has collected so many artists, with their index.
async fn start(workspace: &Workspace, artists: u32, steps: &Steps) -> Result<Stack> {
    let spotify = local::spotify::fake::Settings { rate: RATE, ..compare::steady(artists, json!({})) };
    let options = Options {
        rate: Some(RATE),
        spotify: Choice::Fake(spotify),
        parameters: [("SearchIndexes".to_owned(), "true".to_owned())].into(),
        steps: steps.clone(),
        ..Options::default()
    };
    let mut stack = Stack::start(workspace, &options).await?;
    collect::to_the_end(&mut stack).await?;
    Ok(stack)
}
