//! The measurements, one after the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use local::functions::FUNCTIONS;
use local::release::Release;
use serde_json::json;

use super::result::{Measured, Pages};
use super::runtime::Function;
use super::searches::Searches;
use super::stage::Stage;
use crate::process;

/// Starts of each function; the median counts.
const STARTS: usize = 11;

/// The two runs: over an empty table, and over the table that the first one leaves.
pub(super) const RUNS: [&str; 2] = ["first", "rerun"];

/// What the functions have needed, and what the runs have searched for.
pub(super) struct Ours {
    pub(super) functions: BTreeMap<&'static str, Measured>,
    pub(super) pages: [Pages; 2],
    pub(super) searches: [Searches; 2],
    pub(super) artists: u64,
}

/// Measures the released functions: their starts, then two runs with an export and requests to the API.
pub(super) async fn ours(stage: &Stage, releases: &[Release]) -> Result<Ours> {
    let deployment = stage.stack.deployment();
    let mut functions = BTreeMap::new();
    for release in releases {
        let start = start(stage, release).await?;
        let zip_bytes = release.zip.len();
        functions.insert(release.name, Measured { zip_bytes, start, peak_rss_mb: 0.0 });
    }
    let begin = async |name| {
        let release = release(releases, name)?;
        stage.function(&deployed(stage, name)?, &release.program, &[]).await
    };
    let mut seeder = begin("seeder").await?;
    let mut fetcher = begin("fetcher").await?;
    let mut pages = [Pages::default(); 2];
    let mut searches = [Searches::default(), Searches::default()];
    for (index, run) in RUNS.into_iter().enumerate() {
        let meter = Meter::start(stage, &fetcher).await?;
        stage.collect(&mut seeder, &mut fetcher, run).await?;
        pages[index] = meter.stop(stage, &fetcher).await?;
        let terms = Searches::of_run(&stage.stack.clients().dynamodb, &deployment.terms, run).await?;
        ensure!(terms.unreachable() == 0, "the searches of the run {run} do not hang together");
        searches[index] = terms;
    }
    let mut exporter = begin("exporter").await?;
    stage.export(&mut exporter).await?;
    let mut api = begin("api").await?;
    stage.ask(&mut api).await?;
    let mut recommender = begin("recommender").await?;
    recommender.invoke(&json!({"job": "recommend"})).await?;
    // In the order of their names.
    let measured: [Function; FUNCTIONS.len()] = [seeder, fetcher, exporter, api, recommender];
    for (name, function) in FUNCTIONS.into_iter().zip(measured) {
        if let Some(measured) = functions.get_mut(name) {
            measured.peak_rss_mb = process::peak_rss_mb(&function.pid())?;
        }
        function.end().await?;
    }
    let artists = stage.stack.observer().artists().await?;
    Ok(Ours { functions, pages, searches, artists })
}

/// The median time to start.
async fn start(stage: &Stage, release: &Release) -> Result<Duration> {
    let name = deployed(stage, release.name)?;
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let function = stage.function(&name, &release.program, &[]).await?;
        times.push(function.started_in());
        function.end().await?;
    }
    times.sort_unstable();
    Ok(times[STARTS / 2])
}

/// The Python handler doing what the runs of Fermata's fetcher did.
pub(super) async fn theirs(stage: &Stage, python: &Path, ours: &Ours) -> Result<[Pages; 2]> {
    let folder = stage.stack.folder();
    let script = folder.join("handler.py");
    std::fs::write(&script, include_str!("theirs.py"))?;
    let tool = [python.display().to_string()];
    let mut handler = stage.function(&deployed(stage, "fetcher")?, &script, &tool).await?;
    let mut pages = [Pages::default(); 2];
    for (index, run) in RUNS.into_iter().enumerate() {
        let searches = folder.join(format!("{run}.json"));
        std::fs::write(&searches, serde_json::to_vec(&ours.searches[index])?)?;
        handler.invoke(&json!({"job": "collect", "run": run, "searches": searches})).await?;
        let meter = Meter::start(stage, &handler).await?;
        while stage.window().deliver(&mut handler).await? > 0 {}
        pages[index] = meter.stop(stage, &handler).await?;
    }
    handler.end().await?;
    let artists = stage.stack.observer().artists().await?;
    // Fermata also asks some searches again in other ways, to try out operators.
    ensure!(artists * 100 >= ours.artists * 97, "Python has found {artists} of {} artists", ours.artists);
    Ok(pages)
}

/// Instructions of the fetcher for each request, in the two runs.
pub(super) async fn instructions(stage: &Stage, releases: &[Release]) -> Result<[f64; 2]> {
    let seeder = release(releases, "seeder")?;
    let mut seeder = stage.function(&deployed(stage, "seeder")?, &seeder.program, &[]).await?;
    let (fetcher, program) = (deployed(stage, "fetcher")?, &release(releases, "fetcher")?.program);
    let count = async |run: Option<&str>, seeder: &mut Function| -> Result<(u64, u64)> {
        let (tool, output) = callgrind(stage.stack.folder(), run.unwrap_or("start"));
        let mut fetcher = stage.function(&fetcher, program, &tool).await?;
        let before = stage.requests().await?;
        if let Some(run) = run {
            stage.collect(seeder, &mut fetcher, run).await?;
        }
        fetcher.end().await?;
        let text = std::fs::read_to_string(&output).context("callgrind has written nothing")?;
        Ok((total(&text).context("callgrind has counted nothing")?, stage.requests().await? - before))
    };
    let (start, _) = count(None, &mut seeder).await?;
    let mut counted = [0.0; 2];
    for (index, run) in RUNS.into_iter().enumerate() {
        let (instructions, requests) = count(Some(run), &mut seeder).await?;
        counted[index] = ratio(instructions.saturating_sub(start), requests);
    }
    Ok(counted)
}

/// The command before a program that counts its instructions, and the file in which they are then.
fn callgrind(folder: &Path, name: &str) -> (Vec<String>, PathBuf) {
    let output = folder.join(format!("callgrind-{name}"));
    let tool = ["valgrind".to_owned(), "--tool=callgrind".to_owned(), "--quiet".to_owned()];
    let output_option = format!("--callgrind-out-file={}", output.display());
    (tool.into_iter().chain([output_option]).collect(), output)
}

/// The instructions in a file of callgrind.
fn total(output: &str) -> Option<u64> {
    output.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

/// CPU time, time and requests from one moment to another.
struct Meter {
    cpu_s: f64,
    busy: Duration,
    requests: u64,
}

impl Meter {
    async fn start(stage: &Stage, function: &Function) -> Result<Self> {
        let (requests, busy) = (stage.requests().await?, function.busy());
        Ok(Self { requests, busy, cpu_s: process::cpu_s(&function.pid())? })
    }

    async fn stop(self, stage: &Stage, function: &Function) -> Result<Pages> {
        let cpu_s = process::cpu_s(&function.pid())? - self.cpu_s;
        let requests = stage.requests().await? - self.requests;
        ensure!(requests > 0, "nothing was asked");
        let busy = function.busy().saturating_sub(self.busy);
        Ok(Pages { requests, cpu_s, busy, instructions: None })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn ratio(sum: u64, count: u64) -> f64 {
    sum as f64 / count.max(1) as f64
}

fn release<'a>(releases: &'a [Release], name: &str) -> Result<&'a Release> {
    releases.iter().find(|release| release.name == name).with_context(|| format!("{name} was not built"))
}

/// The name under which a function is deployed.
fn deployed(stage: &Stage, name: &str) -> Result<String> {
    let deployment = stage.stack.deployment();
    let deployed = match name {
        "seeder" => Some(&deployment.seeder),
        "fetcher" => Some(&deployment.fetcher),
        "exporter" => deployment.exporter.as_ref(),
        "api" => deployment.api.as_ref(),
        "recommender" => deployment.recommender.as_ref(),
        _ => None,
    };
    deployed.cloned().with_context(|| format!("{name} is not deployed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_instructions_is_read_from_callgrinds_output() {
        let output = "version: 1\nevents: Ir\nsummary: 7\n\nfn=(1) main\n1 7\n\ntotals: 1234567\n";
        assert_eq!(total(output), Some(1_234_567));
        assert_eq!(total("version: 1\n"), None);
    }
}
