//! What the Spotify app may do.

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::described::Instead;
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::ApiError;
use crate::response::Capabilities;

/// What the Spotify app may do, as far as runs have discovered it.
#[utoipa::path(
    get,
    path = "/v1/capabilities",
    responses(
        (status = 200, description = "The capabilities", body = Capabilities,
            headers(("etag" = String, description = "Tag of the content"))),
        Instead,
    )
)]
pub(super) async fn capabilities(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    json(&asked.headers, &Capabilities::from(shared.reads.overview().await?))
}
