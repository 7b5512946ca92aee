//! Artists.

use axum::extract::State;
use axum::response::Response;
use collect::catalogue::ArtistId;

use super::App;
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::{ApiError, Problem};
use crate::response::Artist;

/// One artist.
#[utoipa::path(
    get,
    path = "/v1/artists/{id}",
    params(("id" = String, Path, description = "Spotify's id of the artist", pattern = "^[0-7][0-9A-Za-z]{21}$")),
    responses(
        (status = 200, description = "The artist", body = Artist,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 304, description = "The caller has the content with the tag in `If-None-Match`"),
        (status = 400, description = "The id or the query is malformed", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "No run has seen the artist lately", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "The data cannot be read", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn artist(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let id: ArtistId = asked.path("id")?;
    let row = shared.reads.artist(&id).await?;
    // DynamoDB deletes an expired row up to a few days late.
    let row = row.filter(|row| row.expires_at > shared.reads.now());
    let row = row.ok_or_else(|| ApiError::NotFound(format!("no run has seen the artist {id} lately")))?;
    json(&asked.headers, &Artist::from(row))
}
