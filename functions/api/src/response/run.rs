//! Runs and their reports.

use std::collections::BTreeMap;

use collect::run::{self, Estimate, Report};
use collect::term::Source;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Runs, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Runs {
    /// The runs of this page.
    pub runs: Vec<RunSummary>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Terms are left to ask.
    Running,
    /// Closed, and every term was answered to the end or is covered by narrower ones.
    Complete,
    /// Closed with terms that are open, failed or unasked.
    Partial,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RunSummary {
    /// The run's id.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,40}$")]
    pub id: String,
    /// How it stands.
    pub state: RunState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed; `null` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Why it was stopped early, in a sentence; `null` if it was not.
    pub stopped: Option<String>,
    /// Artists that no run had seen before; `null` while it is open.
    pub artists_new: Option<u64>,
    /// Artists of earlier runs that it saw again; `null` while it is open.
    pub artists_returned: Option<u64>,
    /// Requests, refusals excluded; `null` while it is open.
    pub requests: Option<u64>,
    /// Terms without a full answer; `null` while it is open.
    pub unanswered: Option<u64>,
    /// How much of the catalogue it saw; `null` while it is open, or if no estimate is possible.
    pub coverage: Option<Coverage>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Run {
    /// The run's id.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,40}$")]
    pub id: String,
    /// How it stands.
    pub state: RunState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed; `null` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Why it was stopped early, in a sentence; `null` if it was not.
    pub stopped: Option<String>,
    /// The run before it; `null` if it was the first.
    pub previous: Option<String>,
    /// What it did; `null` while it is open.
    pub report: Option<RunReport>,
}

/// What a run did, counted from its terms.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RunReport {
    /// Terms answered to the end.
    pub done: u64,
    /// Saturated terms that narrower ones cover.
    pub split: u64,
    /// Saturated terms that may still hide artists.
    pub open: u64,
    /// Terms given up.
    pub failed: u64,
    /// Terms that were not asked to the end because the run was stopped.
    pub unasked: u64,
    /// Terms that were left because their source brought too little.
    pub left: u64,
    /// Requests, refusals excluded.
    pub requests: u64,
    /// Rows of artists seen, repeats included.
    pub rows: u64,
    /// Artists that no run had seen before.
    pub artists_new: u64,
    /// Artists of earlier runs that it saw again, each once.
    pub artists_returned: u64,
    /// Artists that were written again because something changed.
    pub artists_changed: u64,
    /// Artists that were asked for again because they were about to expire.
    pub artists_refreshed: u64,
    /// Why terms are open, failed or unasked, each reason with the number of terms.
    pub reasons: BTreeMap<String, u64>,
    /// How much of the catalogue it saw; `null` if no estimate is possible.
    pub coverage: Option<Coverage>,
    /// What each source cost and brought.
    pub sources: BTreeMap<&'static str, SourceFigures>,
    /// How much of each root of the search is closed, and how much is open and why.
    pub roots: BTreeMap<String, Root>,
    /// The page size and search depth; `null` if no page was ever refused.
    pub limits: Option<Limits>,
    /// Which search operators work, by name.
    pub operators: BTreeMap<String, bool>,
    /// What was discovered about endpoints, in words.
    pub endpoints: BTreeMap<String, String>,
}

/// How much of the catalogue a run saw, with the ends of a 95 % interval. Shares are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Coverage {
    /// Share of the catalogue that the run saw.
    pub share: f64,
    /// The low end of the interval of `share`.
    pub share_low: f64,
    /// The high end.
    pub share_high: f64,
    /// Artists in the catalogue.
    pub catalogue: f64,
    /// The low end of the interval of `catalogue`.
    pub catalogue_low: f64,
    /// The high end; `null` if it is unbounded.
    pub catalogue_high: Option<f64>,
    /// Artists in the sample on which the estimate rests.
    pub sampled: u64,
}

/// What a source cost and brought in a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct SourceFigures {
    /// Terms answered, split, open or given up.
    pub terms: u64,
    /// Terms not asked.
    pub unasked: u64,
    /// Requests, refusals excluded.
    pub requests: u64,
    /// Artists that no run had seen before.
    pub artists_new: u64,
    /// Those per request; `null` without requests.
    pub artists_per_request: Option<f64>,
}

/// What became of the terms of one root of the search, such as a letter or script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Root {
    /// Terms answered to the end or covered by narrower ones.
    pub closed: u64,
    /// Terms that may still hide artists.
    pub open: u64,
    /// Terms given up.
    pub failed: u64,
    /// Terms not asked to the end.
    pub unasked: u64,
    /// Artists that its terms saw first.
    pub artists_new: u64,
    /// Why terms are open, each reason with the number of terms.
    pub why: BTreeMap<String, u64>,
}

/// How many results of a search Spotify shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Limits {
    /// Most rows in a page.
    pub page: u32,
    /// Most rows in all pages together.
    pub depth: u32,
}

impl From<run::RunState> for RunState {
    fn from(state: run::RunState) -> Self {
        match state {
            run::RunState::Running => Self::Running,
            run::RunState::Complete => Self::Complete,
            run::RunState::Partial => Self::Partial,
        }
    }
}

impl From<&run::Run> for RunSummary {
    fn from(run: &run::Run) -> Self {
        let report = run.report.as_ref();
        let unanswered = |report: &Report| report.open + report.failed + report.unasked;
        Self {
            id: run.id.to_string(),
            state: run.state.into(),
            opened_at: run.opened_at,
            closed_at: run.closed_at,
            stopped: run.stopped.clone(),
            artists_new: report.map(|report| report.artists_new),
            artists_returned: report.map(|report| report.artists_returned),
            requests: report.map(|report| report.requests),
            unanswered: report.map(unanswered),
            coverage: report.and_then(|report| report.estimate).map(Into::into),
        }
    }
}

impl From<run::Run> for Run {
    fn from(run: run::Run) -> Self {
        Self {
            previous: run.before().map(ToString::to_string),
            id: run.id.into(),
            state: run.state.into(),
            opened_at: run.opened_at,
            closed_at: run.closed_at,
            stopped: run.stopped,
            report: run.report.map(Into::into),
        }
    }
}

impl From<Report> for RunReport {
    fn from(report: Report) -> Self {
        let sources = report.sources.into_iter().map(|(source, of)| (Source::name(source), of.into()));
        Self {
            done: report.done,
            split: report.split,
            open: report.open,
            failed: report.failed,
            unasked: report.unasked,
            left: report.left,
            requests: report.requests,
            rows: report.rows,
            artists_new: report.artists_new,
            artists_returned: report.artists_returned,
            artists_changed: report.artists_changed,
            artists_refreshed: report.artists_refreshed,
            reasons: report.reasons,
            coverage: report.estimate.map(Into::into),
            sources: sources.collect(),
            roots: report.roots.into_iter().map(|(name, root)| (name, root.into())).collect(),
            limits: report.limits.map(|limits| Limits { page: limits.page, depth: limits.depth }),
            operators: report.operators,
            endpoints: report.endpoints,
        }
    }
}

impl From<Estimate> for Coverage {
    fn from(estimate: Estimate) -> Self {
        Self {
            share: estimate.coverage,
            share_low: estimate.coverage_low,
            share_high: estimate.coverage_high,
            catalogue: estimate.size,
            catalogue_low: estimate.low,
            catalogue_high: estimate.high,
            sampled: estimate.sampled,
        }
    }
}

impl From<run::SourceReport> for SourceFigures {
    fn from(run::SourceReport { terms, unasked, requests, artists_new }: run::SourceReport) -> Self {
        let artists_per_request = per_request(artists_new, requests);
        Self { terms, unasked, requests, artists_new, artists_per_request }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of requests and artists")]
fn per_request(artists: u64, requests: u64) -> Option<f64> {
    (requests > 0).then(|| artists as f64 / requests as f64)
}

impl From<run::RootReport> for Root {
    fn from(root: run::RootReport) -> Self {
        let run::RootReport { closed, open, failed, unasked, artists_new, why } = root;
        Self { closed, open, failed, unasked, artists_new, why }
    }
}
