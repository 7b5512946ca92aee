//! The status.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use collect::ports::PortError;
use futures::future::try_join_all;
use jiff::Timestamp;

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
    if let Some((end, status)) = last.as_ref()
        && is_fresh(*end, shared.reads.now())
    {
        return Ok(status.clone());
    }
    let status = shared.reads.status().await?;
    let latest = status.overview.latest();
    // An artist who was erased meanwhile has no row.
    let rows = try_join_all(latest.artists.iter().map(|id| shared.reads.artist(id))).await?;
    let rows = rows.into_iter().flatten().collect();
    let status = Arc::new(Status::new(&status, rows, &shared.patience));
    // It is fresh from the end of the read: those who waited for a slow one share it too.
    *last = Some((shared.reads.now(), status.clone()));
    Ok(status)
}

/// Whether a status whose read ended at `end` is fresh. It never is if the clock was set back meanwhile. A
/// monotonic clock would not do: it may stand still while Lambda has frozen the function.
fn is_fresh(end: Timestamp, now: Timestamp) -> bool {
    (end..end + FRESH).contains(&now)
}
