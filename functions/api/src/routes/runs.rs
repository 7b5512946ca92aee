//! Runs.

use axum::extract::State;
use axum::response::Response;
use collect::run;
use collect::term::RunId;

use super::described::{Instead, LIMIT, Paging};
use super::{App, Shared};
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::{ApiError, Problem};
use crate::response::{Run, RunSummary, Runs};

/// The list that these cursors are for.
const LIST: &str = "runs";

/// Runs, newest first.
#[utoipa::path(
    get,
    path = "/v1/runs",
    params(Paging),
    responses(
        (status = 200, description = "The runs", body = Runs,
            headers(("etag" = String, description = "Tag of the content"))),
        Instead,
    )
)]
pub(super) async fn list(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["limit", "cursor"])?;
    let limit = query.number("limit", LIMIT)?;
    let first = shared.place(&query, LIST)?.map(RunId::new).transpose();
    let first = first.map_err(|error| ApiError::invalid("#/query/cursor", error.to_string()))?;
    let mut next = match &first {
        Some(first) => find(&shared, first).await?,
        None => shared.reads.overview().await?.run,
    };
    let mut runs = Vec::new();
    while let Some(run) = next.take() {
        if runs.len() == limit {
            next = Some(run);
            break;
        }
        runs.push(RunSummary::from(&run));
        next = match run.before() {
            Some(before) => shared.reads.closed_run(before).await?,
            None => None,
        };
    }
    let next = next.map(|run| shared.cursors.sign(LIST, run.id.as_str()));
    json(&asked.headers, &Runs { runs, next })
}

/// The open run, or else the last one.
#[utoipa::path(
    get,
    path = "/v1/runs/latest",
    responses(
        (status = 200, description = "The run", body = Run,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "No run has been opened yet", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn latest(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let run = shared.reads.overview().await?.run;
    let run = run.ok_or_else(|| ApiError::NotFound("no run has been opened yet".to_owned()))?;
    json(&asked.headers, &Run::from(run))
}

/// One run.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    params(("id" = String, Path, description = "The run's id", pattern = "^[A-Za-z0-9._-]{1,40}$")),
    responses(
        (status = 200, description = "The run", body = Run,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "There is no such run", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn run(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let id: RunId = asked.path("id")?;
    let run = find(&shared, &id).await?;
    let run = run.ok_or_else(|| ApiError::NotFound(format!("there is no run {id}")))?;
    json(&asked.headers, &Run::from(run))
}

/// A run, open or closed.
async fn find(shared: &Shared, id: &RunId) -> Result<Option<run::Run>, ApiError> {
    let current = shared.reads.overview().await?.run;
    match current.filter(|current| current.id == *id) {
        Some(current) => Ok(Some(current)),
        None => Ok(shared.reads.closed_run(id).await?),
    }
}
