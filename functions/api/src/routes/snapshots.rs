//! Snapshots.

use axum::extract::State;
use axum::response::Response;
use collect::operator::search::Part;

use super::App;
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::{ApiError, Problem};
use crate::response::{Snapshot, Snapshots};

/// The list that these cursors are for.
const LIST: &str = "snapshots";

/// Fewest, usual and most snapshots in a page. Each is a read of its own.
const LIMIT: [usize; 3] = [1, 10, 50];

/// The snapshots that are kept, newest first.
#[utoipa::path(
    get,
    path = "/v1/snapshots",
    params(
        ("limit" = Option<u8>, Query, description = "Most snapshots in a page; 10 by default", minimum = 1, maximum = 50),
        ("cursor" = Option<String>, Query, description = "Where the page begins: `next` of the page before it"),
    ),
    responses(
        (status = 200, description = "The snapshots", body = Snapshots,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 304, description = "The caller has the content with the tag in `If-None-Match`"),
        (status = 400, description = "A parameter is wrong", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "The data cannot be read", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["limit", "cursor"])?;
    let limit = query.number("limit", LIMIT)?;
    let from = shared.place(&query, LIST)?;
    let Part { found, next } = shared.reads.snapshots(from, limit).await?;
    let next = next.map(|manifest| shared.cursors.sign(LIST, &manifest));
    json(&asked.headers, &Snapshots { snapshots: found.into_iter().map(Snapshot::from).collect(), next })
}
