//! Genres.

use axum::extract::State;
use axum::response::Response;
use collect::operator::search::Part;

use super::App;
use super::described::Instead;
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::{ApiError, Problem};
use crate::response::{Genre, Genres};

/// The list that these cursors are for.
const LIST: &str = "genres";

/// Fewest, usual and most genres in a page. Each takes three reads.
const LIMIT: [usize; 3] = [1, 20, 50];

/// The genres of the artists, by name, each with its most popular artist.
#[utoipa::path(
    get,
    path = "/v1/genres",
    params(
        ("limit" = Option<u8>, Query, description = "Most genres in a page; 20 by default", minimum = 1, maximum = 50),
        ("cursor" = Option<String>, Query, description = "Where the page begins: `next` of the page before it"),
    ),
    responses(
        (status = 200, description = "The genres", body = Genres,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "The stack keeps no index of its artists", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn genres(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["limit", "cursor"])?;
    let limit = query.number("limit", LIMIT)?;
    let after = shared.place(&query, LIST)?;
    shared.need_index()?;
    let Part { found, next } = shared.reads.genres(after, limit).await?;
    let next = next.map(|genre| shared.cursors.sign(LIST, &genre));
    json(&asked.headers, &Genres { genres: found.into_iter().map(Genre::from).collect(), next })
}
