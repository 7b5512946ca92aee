//! Artists.

use axum::extract::State;
use axum::response::Response;
use collect::catalogue::ArtistId;
use collect::operator::search::{Part, Wanted};
use collect::plan::index::{ArtistSearch, Order};

use super::App;
use super::described::Instead;
use crate::answer::json;
use crate::asked::{Asked, Query};
use crate::problem::{ApiError, Problem};
use crate::response::{Artist, Artists};

/// Fewest, usual and most artists in a page.
const LIMIT: [usize; 3] = [1, 20, 100];

/// Most characters of a name or genre that is searched for.
const LONGEST: usize = 100;

/// One artist.
#[utoipa::path(
    get,
    path = "/v1/artists/{id}",
    params(("id" = String, Path, description = "Spotify's id of the artist", pattern = "^[0-7][0-9A-Za-z]{21}$")),
    responses(
        (status = 200, description = "The artist", body = Artist,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "No run has seen the artist lately", body = Problem,
            content_type = "application/problem+json"),
        Instead,
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

/// Artists by the beginning of their names, or of a genre. Exactly one of `name` and `genre` is needed. An
/// artist that a run has just seen may be missing for about a second; what is shown is current.
#[utoipa::path(
    get,
    path = "/v1/artists",
    params(
        ("name" = Option<String>, Query, min_length = 1, max_length = 100, pattern = r"\S",
            description = "What the name begins with, whatever its case and accents"),
        ("genre" = Option<String>, Query, min_length = 1, max_length = 100, pattern = r"\S",
            description = "The genre, whatever its case and accents"),
        ("min_popularity" = Option<u8>, Query, minimum = 0, maximum = 100,
            description = "Least popularity; artists of unknown popularity are left out"),
        ("order" = Option<ArtistOrder>, Query,
            description = "With `genre`: `popularity` (by default) or `followers`, greatest first and unknown \
                           last, or `name`. With `name`: `name`"),
        ("limit" = Option<u8>, Query, description = "Most artists in a page; 20 by default", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "Where the page begins: `next` of the page before it"),
    ),
    responses(
        (status = 200, description = "The artists", body = Artists,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "The stack keeps no index of its artists", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn artists(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["name", "genre", "min_popularity", "order", "limit", "cursor"])?;
    let limit = query.number("limit", LIMIT)?;
    let wanted = wanted(&query)?;
    // A cursor continues the search that it comes from, and no other.
    let list = format!("artists {wanted:?}");
    let after = shared.place(&query, &list)?;
    shared.need_index()?;
    let Part { found, next } = shared.reads.artists(&wanted, after, limit).await?;
    let next = next.map(|place| shared.cursors.sign(&list, &place));
    json(&asked.headers, &Artists { artists: found.into_iter().map(Artist::from).collect(), next })
}

/// How artists are sorted.
#[derive(Clone, Copy, Debug, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the parameter")]
pub(super) enum ArtistOrder {
    Popularity,
    Followers,
    Name,
}

fn wanted(query: &Query) -> Result<Wanted, ApiError> {
    let search = match (text(query, "name")?, text(query, "genre")?) {
        (Some(name), None) => {
            let only = "must be `name` with the parameter `name`; other orders need `genre`";
            match query.get("order") {
                None | Some("name") => ArtistSearch::by_name(name),
                Some(_) => return Err(ApiError::invalid("#/query/order", only)),
            }
        }
        (None, Some(genre)) => ArtistSearch::by_genre(genre, order(query)?),
        (None, None) => return Err(ApiError::invalid("#/query/name", "either `name` or `genre` is needed")),
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("#/query/genre", "is not allowed together with `name`"));
        }
    };
    let least_popularity = match query.get("min_popularity") {
        Some(_) => u8::try_from(query.number("min_popularity", [0, 0, 100])?).ok(),
        None => None,
    };
    Ok(Wanted { search, least_popularity })
}

fn order(query: &Query) -> Result<Order, ApiError> {
    match query.get("order") {
        None => Ok(Order::default()),
        Some("popularity") => Ok(Order::Popularity),
        Some("followers") => Ok(Order::Followers),
        Some("name") => Ok(Order::Name),
        Some(_) => Err(ApiError::invalid("#/query/order", "must be `popularity`, `followers` or `name`")),
    }
}

/// A text to search for.
fn text<'a>(query: &'a Query, name: &str) -> Result<Option<&'a str>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let says_something = text.chars().any(|c| !c.is_whitespace() && !c.is_control());
    if says_something && text.chars().count() <= LONGEST {
        return Ok(Some(text));
    }
    let detail = format!("must have 1 to {LONGEST} characters, and others than spaces");
    Err(ApiError::invalid(format!("#/query/{name}"), detail))
}
