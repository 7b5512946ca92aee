//! The status.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use collect::ports::PortError;
use futures::future::try_join_all;

use super::described::Instead;
use super::{App, Shared};
use crate::answer::json_of;
use crate::asked::Asked;
use crate::problem::ApiError;
use crate::response::Status;

/// How long a status is good enough for others who ask, so that a crowd costs no more than one.
const FRESH: Duration = Duration::from_secs(1);

/// How Fermata stands now.
#[utoipa::path(
    get,
    path = "/v1/status",
    responses(
        (status = 200, description = "The status", body = Status,
            headers(("etag" = String, description = "Tag of the content, without the time of the answer"))),
        Instead,
    )
)]
pub(super) async fn status(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let status = read(&shared).await?;
    json_of(&asked.headers, &*status, &status.essence())
}

/// The status, read again unless somebody has just done so. Others who ask meanwhile wait for it.
async fn read(shared: &Shared) -> Result<Arc<Status>, PortError> {
    let mut last = shared.status.lock().await;
    let fresh = |status: &&Arc<Status>| shared.reads.now() < status.read_at + FRESH;
    if let Some(status) = last.as_ref().filter(fresh) {
        return Ok(status.clone());
    }
    let status = shared.reads.status().await?;
    let latest = status.overview.latest();
    // An artist who was erased meanwhile has no row.
    let rows = try_join_all(latest.artists.iter().map(|id| shared.reads.artist(id))).await?;
    let rows = rows.into_iter().flatten().collect();
    let status = Arc::new(Status::new(&status, rows, &shared.patience));
    *last = Some(status.clone());
    Ok(status)
}
