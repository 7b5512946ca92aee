//! What the Spotify app may do.

use axum::extract::State;
use axum::response::Response;

use super::App;
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::{ApiError, Problem};
use crate::response::Capabilities;

/// What the Spotify app may do, as far as runs have discovered it.
#[utoipa::path(
    get,
    path = "/v1/capabilities",
    responses(
        (status = 200, description = "The capabilities", body = Capabilities,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 304, description = "The caller has the content with the tag in `If-None-Match`"),
        (status = 400, description = "The query is malformed", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "The data cannot be read", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn capabilities(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    json(&asked.headers, &Capabilities::from(shared.reads.overview().await?))
}
