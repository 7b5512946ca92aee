//! What the measurement shows.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use collect::run::{Run, RunState, SourceReport};
use collect::term::{Source, Sources};
use fake_spotify::AppClass;
use serde::Serialize;

use super::meter::{Known, Meter, Point, ratio};

/// The whole measurement; its JSON is read by others.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    artists: usize,
    seed: u64,
    app_class: AppClass,
    runs: Vec<Figures>,
}

/// One run.
#[derive(Debug, Serialize)]
struct Figures {
    sources: String,
    curve: Vec<Point>,
    end: Point,
    state: RunState,
    by_source: BTreeMap<Source, SourceReport>,
    open: u64,
    failed: u64,
    /// Terms that were not asked, because their source brought too little.
    left: u64,
    reasons: BTreeMap<String, u64>,
    /// How many artists of each part of the catalogue are known.
    parts: BTreeMap<&'static str, Known>,
    /// Requests by path and status.
    paths: BTreeMap<String, BTreeMap<u16, u64>>,
}

impl Report {
    pub(super) fn new(artists: usize, seed: u64, app_class: AppClass) -> Self {
        Self { artists, seed, app_class, runs: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        set: Sources,
        meter: &Meter,
        run: &Run,
        parts: BTreeMap<&'static str, Known>,
        paths: BTreeMap<String, BTreeMap<u16, u64>>,
    ) {
        let report = run.report.clone().unwrap_or_default();
        self.runs.push(Figures {
            sources: set.to_string(),
            curve: meter.curve.clone(),
            end: meter.now(),
            state: run.state,
            by_source: report.sources,
            open: report.open,
            failed: report.failed,
            left: report.left,
            reasons: report.reasons,
            parts,
            paths,
        });
    }

    #[expect(clippy::print_stdout, reason = "the command's result")]
    pub(super) fn print_json(&self) -> Result<()> {
        println!("{}", serde_json::to_string_pretty(self).context("the report cannot be written")?);
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "the command's result")]
    pub(super) fn print_text(&self) {
        println!("{} artists from seed {}, app class {:?}", self.artists, self.seed, self.app_class);
        for run in &self.runs {
            println!("\n{}", run.sources);
            println!("{:>9} {:>9} {:>6} {:>9}", "coverage", "requests", "owed", "/request");
            for (point, note) in run.curve.iter().map(|point| (point, "")).chain([(&run.end, " end")]) {
                let Point { coverage, requests, owed, artists_per_request } = point;
                let percent = coverage * 100.0;
                println!("{percent:>8.2}% {requests:>9} {owed:>6} {artists_per_request:>9.2}{note}");
            }
            for (source, of) in &run.by_source {
                let SourceReport { terms, unasked, requests, artists_new } = of;
                let yields = ratio(*artists_new, *requests);
                println!(
                    "  {:14} {requests:>8} requests, {artists_new:>8} new, {yields:>6.2} each; {terms} terms, {unasked} not asked",
                    source.name()
                );
            }
            for (part, Known { known, of }) in run.parts.iter().filter(|(_, part)| part.of > 0) {
                println!("  {known} of the {of} artists {part}: {:.2} %", 100.0 * ratio(*known, *of));
            }
            let Figures { state, open, failed, left, .. } = run;
            println!("  {state:?}: {open} open, {failed} failed, {left} left");
            for (reason, count) in &run.reasons {
                println!("    {count} {reason}");
            }
        }
    }
}
