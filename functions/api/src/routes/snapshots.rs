//! Snapshots.

use axum::extract::State;
use axum::response::Response;
use collect::operator::search::Part;

use super::App;
use super::described::{Instead, LIMIT, Paging};
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::ApiError;
use crate::response::{Snapshot, Snapshots};

/// The list that these cursors are for.
const LIST: &str = "snapshots";

/// The snapshots that are kept, newest first.
///
/// A page ends before `limit` if its snapshots would have more than 10,000 files.
#[utoipa::path(
    get,
    path = "/v1/snapshots",
    params(Paging),
    responses(
        (status = 200, description = "The snapshots", body = Snapshots,
            headers(("etag" = String, description = "Tag of the content"))),
        Instead,
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
