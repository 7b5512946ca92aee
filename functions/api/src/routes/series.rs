//! Figures per minute.

use axum::extract::State;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::described::Instead;
use crate::answer::json;
use crate::asked::{Asked, Query};
use crate::problem::ApiError;
use crate::response::{Point, Series};

/// The time before `to` that is answered by default, and at most.
const USUAL: SignedDuration = SignedDuration::from_hours(3);
const MOST: SignedDuration = SignedDuration::from_hours(24);

/// Figures of each minute in which a run was open. They are kept for 30 days.
#[utoipa::path(
    get,
    path = "/v1/series",
    params(
        ("from" = Option<Timestamp>, Query, description = "Beginning, at most 24 hours before `to`; 3 hours by default"),
        ("to" = Option<Timestamp>, Query, description = "End; now by default"),
    ),
    responses(
        (status = 200, description = "The minutes, oldest first", body = Series,
            headers(("etag" = String, description = "Tag of the content"))),
        Instead,
    )
)]
pub(super) async fn series(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["from", "to"])?;
    let to = time(&query, "to")?.unwrap_or_else(|| shared.reads.now());
    let from = time(&query, "from")?.unwrap_or_else(|| to.saturating_sub(USUAL).unwrap_or(to));
    if from > to || to.duration_since(from) > MOST {
        return Err(ApiError::invalid(
            "#/query/from",
            "must be at most 24 hours before `to`, and not after it",
        ));
    }
    let points = shared.reads.minutes(from, to).await?.into_iter().map(Point::from).collect();
    json(&asked.headers, &Series { from, to, points })
}

fn time(query: &Query, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let parse = |text: &str| {
        text.parse().map_err(|_| {
            ApiError::invalid(format!("#/query/{name}"), "must be a time such as 2026-11-23T03:00:00Z")
        })
    };
    query.get(name).map(parse).transpose()
}
