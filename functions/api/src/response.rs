//! What the API answers, as JSON. Times are RFC 3339 in UTC; what is not known is `null`.

use std::collections::BTreeMap;

use collect::plan::{Field, Finding, LimitsFinding, OperatorFinding};
use collect::ports::Overview;
use collect::run::{Report, Run, RunState};
use collect::term::{Operator, RunId};
use collect::web_api::Endpoint;
use jiff::Timestamp;
use serde::Serialize;

/// What the Spotify app may do, as far as runs have found out. Every run finds it out anew, as soon as it needs it: what an
/// earlier run has found may have changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capabilities {
    /// The endpoints that a run has asked, by name, such as `related-artists`; none where runs have only searched.
    pub endpoints: BTreeMap<Endpoint, EndpointCapability>,
    /// How the app may search.
    pub search: SearchCapability,
}

/// Whether the app may use an endpoint, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointCapability {
    /// Whether it answers the app.
    pub state: EndpointState,
    /// What a closed one answered instead.
    pub reason: Option<String>,
    /// Which of the fields that Spotify may withhold its artists come with; `null` where no artists come.
    pub fields: Option<Vec<Field>>,
    /// Most rows of a page, or ids of a batch, where that is less than Spotify grants at best.
    pub page: Option<u32>,
    /// The run that found it out.
    pub run: RunId,
    /// When it was found out.
    pub found_at: Timestamp,
}

/// Whether an endpoint answers the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// It does.
    Open,
    /// It refuses the app.
    Closed,
}

/// How the app may search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SearchCapability {
    /// How much of a search is shown; `null` where no page was ever refused, so that Spotify's best holds.
    pub limits: Option<SearchLimits>,
    /// The operators that were tried out, by name: `not`, `quotes`, `not-quotes`, `years`.
    pub operators: BTreeMap<Operator, OperatorCapability>,
}

/// How much of a search is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SearchLimits {
    /// Most rows of a page.
    pub page: u32,
    /// Most rows in all.
    pub window: u32,
    /// The run that found it out; `null` of what was found out before this was kept.
    pub run: Option<RunId>,
    /// When it was found out; `null` likewise.
    pub found_at: Option<Timestamp>,
}

/// Whether an operator works in a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorCapability {
    /// Whether it does.
    pub works: bool,
    /// The run that found it out.
    pub run: RunId,
    /// When it was found out; `null` of what was found out before this was kept.
    pub found_at: Option<Timestamp>,
}

/// The open run, or else the last one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatestRun {
    /// Its id.
    pub id: RunId,
    /// `running`, `complete` or `partial`.
    pub state: RunState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed; `null` as long as it is open.
    pub closed_at: Option<Timestamp>,
    /// Why no more may be asked in it, in a sentence, where something stopped it.
    pub stopped: Option<String>,
    /// What it did; `null` as long as it is open.
    pub report: Option<Report>,
}

/// An answer other than 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What went wrong.
    pub error: Problem,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// A sentence for whoever asked.
    pub message: String,
}

impl From<Overview> for Capabilities {
    fn from(known: Overview) -> Self {
        let endpoints = known.findings.0.into_iter().map(|(endpoint, found)| (endpoint, found.into()));
        let operators = known.operators.into_iter().map(|(operator, found)| (operator, found.into()));
        let search =
            SearchCapability { limits: known.limits.map(Into::into), operators: operators.collect() };
        Self { endpoints: endpoints.collect(), search }
    }
}

impl From<Finding> for EndpointCapability {
    fn from(Finding { open, refusal, page, fields, at, run }: Finding) -> Self {
        let state = if open { EndpointState::Open } else { EndpointState::Closed };
        Self { state, reason: refusal, fields, page, run, found_at: at }
    }
}

impl From<LimitsFinding> for SearchLimits {
    fn from(LimitsFinding { limits, run, at }: LimitsFinding) -> Self {
        Self { page: limits.page, window: limits.window, run, found_at: at }
    }
}

impl From<OperatorFinding> for OperatorCapability {
    fn from(OperatorFinding { works, run, at }: OperatorFinding) -> Self {
        Self { works, run, found_at: at }
    }
}

impl From<Run> for LatestRun {
    fn from(run: Run) -> Self {
        let Run { id, state, opened_at, closed_at, stopped, report, .. } = run;
        Self { id, state, opened_at, closed_at, stopped, report }
    }
}
