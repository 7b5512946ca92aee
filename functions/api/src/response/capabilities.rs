//! What the Spotify app may do.

use std::collections::BTreeMap;

use collect::plan::{Field, Finding, LimitsFinding, OperatorFinding};
use collect::ports::Overview;
use collect::web_api::Endpoint;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What the Spotify app may do, as far as runs have discovered it. Every run discovers it again when it needs
/// it, because what an earlier run discovered may have changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Capabilities {
    /// The endpoints that runs have used, by name, such as `related-artists`; empty if runs have only
    /// searched.
    pub endpoints: BTreeMap<String, EndpointCapability>,
    /// What searches allow.
    pub search: SearchCapability,
}

/// Whether the app may use an endpoint, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EndpointCapability {
    /// Whether the endpoint is open to the app.
    pub state: EndpointState,
    /// If it is closed, what it answered.
    pub reason: Option<String>,
    /// Which of the fields that Spotify may withhold are present in its artists; `null` if it returns no
    /// artists.
    pub fields: Option<Vec<&'static str>>,
    /// Most rows in a page or ids in a batch, if that is less than Spotify's maximum.
    pub page: Option<u32>,
    /// The run that discovered it.
    pub run: String,
    /// When it was discovered.
    pub found_at: Timestamp,
}

/// Whether an endpoint is open to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// It answers the app.
    Open,
    /// It refuses the app.
    Closed,
}

/// What searches allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchCapability {
    /// The page size and search depth; `null` if no page was ever refused, so that Spotify's maximum applies.
    pub limits: Option<SearchLimits>,
    /// The operators that were tested, by name: `not`, `quotes`, `not-quotes`, `years`.
    pub operators: BTreeMap<String, OperatorCapability>,
}

/// How many results of a search Spotify shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchLimits {
    /// Most rows in a page.
    pub page: u32,
    /// Most rows in all pages together: the search depth.
    pub window: u32,
    /// The run that discovered it; `null` if it was discovered before this was recorded.
    pub run: Option<String>,
    /// When it was discovered; `null` likewise.
    pub found_at: Option<Timestamp>,
}

/// Whether a search operator works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OperatorCapability {
    /// Whether it works.
    pub works: bool,
    /// The run that discovered it.
    pub run: String,
    /// When it was discovered; `null` if that was before this was recorded.
    pub found_at: Option<Timestamp>,
}

impl From<Overview> for Capabilities {
    fn from(known: Overview) -> Self {
        let endpoints =
            known.findings.0.into_iter().map(|(endpoint, found)| (endpoint_name(endpoint), found.into()));
        let operators = known.operators.into_iter();
        let operators = operators.map(|(operator, found)| (operator.name().to_owned(), found.into()));
        let search =
            SearchCapability { limits: known.limits.map(Into::into), operators: operators.collect() };
        Self { endpoints: endpoints.collect(), search }
    }
}

impl From<Finding> for EndpointCapability {
    fn from(Finding { open, refusal, page, fields, at, run }: Finding) -> Self {
        let state = if open { EndpointState::Open } else { EndpointState::Closed };
        let fields = fields.map(|fields| fields.into_iter().map(Field::name).collect());
        Self { state, reason: refusal, fields, page, run: run.into(), found_at: at }
    }
}

impl From<LimitsFinding> for SearchLimits {
    fn from(LimitsFinding { limits, run, at }: LimitsFinding) -> Self {
        Self { page: limits.page, window: limits.depth, run: run.map(Into::into), found_at: at }
    }
}

impl From<OperatorFinding> for OperatorCapability {
    fn from(OperatorFinding { works, run, at }: OperatorFinding) -> Self {
        Self { works, run: run.into(), found_at: at }
    }
}

/// The name of an endpoint in kebab case, such as `related-artists`.
fn endpoint_name(endpoint: Endpoint) -> String {
    match serde_json::to_value(endpoint) {
        Ok(serde_json::Value::String(name)) => name,
        _ => endpoint.name().to_owned(),
    }
}
