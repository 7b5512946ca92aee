//! Users: what they like, and what is recommended to them each night.

use std::collections::BTreeSet;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use collect::catalogue::{ArtistId, TrackId};
use collect::operator::search::Wanted;
use collect::plan::TrackRow;
use collect::plan::index::{ArtistSearch, Order, key};
use collect::recommend::{MOST_SEEDS, Profile, Seed, TrackSeed, Username};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::described::{Instead, LIMIT, Paging};
use super::{App, Shared};
use crate::answer::json;
use crate::asked::{Asked, Query};
use crate::problem::{ApiError, FieldError, Problem};
use crate::response::{RecommendationList, RecommendationLists, User, Wishes};

/// Most bytes of a body: several times what the longest profile takes.
const LONGEST_BODY: usize = 64 * 1024;

/// Most characters of a genre.
const LONGEST_GENRE: usize = 100;

/// Most characters of an error in the body.
const LONGEST_ERROR: usize = 200;

/// Keeps what a user likes, in place of what was kept before. It expires with the rows of artists, unless it
/// is put again.
#[utoipa::path(
    put,
    path = "/v1/users/{username}",
    params(("username" = String, Path, description = "A name of your choice; no account of Spotify",
        pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")),
    request_body = Wishes,
    responses(
        (status = 200, description = "The user as it is kept", body = User),
        (status = 400, description = "The name, the query or the body is wrong, or names an artist, a genre or a \
                                      track that no run has seen", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "The data cannot be read or written", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(State(shared): App, asked: Asked, body: Body) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let user: Username = asked.path("username")?;
    let body = read(&asked.headers, body).await?;
    let wishes = wishes(&body).map_err(|error| {
        let detail: String = error.to_string().chars().take(LONGEST_ERROR).collect();
        ApiError::invalid("#/body", detail)
    })?;
    let profile = profile(&shared, &wishes).await?;
    shared.reads.keep_profile(&user, &profile).await?;
    Ok((StatusCode::OK, axum::Json(User::new(user.as_str(), &profile))).into_response())
}

/// A body, unless it is too long, which is not waited for if the caller announces it.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let too_long =
        || ApiError::invalid("#/body", format!("cannot be read, or has more than {LONGEST_BODY} bytes"));
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > LONGEST_BODY) {
        return Err(too_long());
    }
    to_bytes(body, LONGEST_BODY).await.map_err(|_| too_long())
}

/// An object only: serde would also take a list of its fields.
fn wishes(body: &[u8]) -> serde_json::Result<Wishes> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(body)?;
    Wishes::deserialize(Value::Object(object))
}

/// What a user likes.
#[utoipa::path(
    get,
    path = "/v1/users/{username}",
    params(("username" = String, Path, description = "The user's name",
        pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")),
    responses(
        (status = 200, description = "The user", body = User,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "There is no such user", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn user(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let user: Username = asked.path("username")?;
    let profile = shared.reads.profile(&user).await?.ok_or_else(|| no_user(&user))?;
    json(&asked.headers, &User::new(user.as_str(), &profile))
}

/// Deletes a user with everything that was recommended. Deleting twice is harmless.
#[utoipa::path(
    delete,
    path = "/v1/users/{username}",
    params(("username" = String, Path, description = "The user's name",
        pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")),
    responses(
        (status = 204, description = "Nothing is kept about the user any more"),
        (status = 400, description = "The name or the query is malformed", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "The data cannot be deleted", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let user: Username = asked.path("username")?;
    shared.reads.erase_user(&user).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What was recommended to a user: the list of a date, or all that are kept, newest first.
#[utoipa::path(
    get,
    path = "/v1/users/{username}/recommendations",
    params(
        ("username" = String, Path, description = "The user's name",
            pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"),
        ("date" = Option<String>, Query, description = "Only the list of this day", format = Date),
        Paging,
    ),
    responses(
        (status = 200, description = "The lists", body = RecommendationLists,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "There is no such user, or no list of that date", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn recommendations(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["date", "limit", "cursor"])?;
    let user: Username = asked.path("username")?;
    if let Some(date) = date(&query)? {
        let list = list(&shared, &user, date).await?;
        return json(&asked.headers, &RecommendationLists { lists: vec![list], next: None });
    }
    let limit = query.number("limit", LIMIT)?;
    let name = format!("recommendations {user}");
    let before = shared.place(&query, &name)?.map(|place| place.parse::<Date>()).transpose();
    let before = before.map_err(|_| ApiError::invalid("#/query/cursor", "is not the `next` of this list"))?;
    let mut lists = shared.reads.lists(&user, before, limit + 1).await?;
    if lists.is_empty() && shared.reads.profile(&user).await?.is_none() {
        return Err(no_user(&user));
    }
    let has_more = lists.len() > limit;
    lists.truncate(limit);
    let last = lists.last().filter(|_| has_more).map(|list| list.date.to_string());
    let next = last.map(|date| shared.cursors.sign(&name, &date));
    let lists = lists.into_iter().map(RecommendationList::from).collect();
    json(&asked.headers, &RecommendationLists { lists, next })
}

/// The recommendations for a user and a date, under the address that earlier systems had.
#[utoipa::path(
    get,
    path = "/user-recommendations/{username}",
    params(
        ("username" = String, Path, description = "The user's name",
            pattern = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"),
        ("date" = Option<String>, Query, description = "The day (UTC); by default the newest list", format = Date),
    ),
    responses(
        (status = 200, description = "The list", body = RecommendationList,
            headers(("etag" = String, description = "Tag of the content"))),
        (status = 404, description = "There is no such list", body = Problem,
            content_type = "application/problem+json"),
        Instead,
    )
)]
pub(super) async fn on_date(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    let query = asked.query(&["date"])?;
    let user: Username = asked.path("username")?;
    let list = match date(&query)? {
        Some(date) => list(&shared, &user, date).await?,
        None => shared.reads.lists(&user, None, 1).await?.pop().ok_or_else(|| no_list(&user))?.into(),
    };
    json(&asked.headers, &list)
}

async fn list(shared: &Shared, user: &Username, date: Date) -> Result<RecommendationList, ApiError> {
    Ok(shared.reads.list(user, date).await?.ok_or_else(|| no_list(user))?.into())
}

fn date(query: &Query) -> Result<Option<Date>, ApiError> {
    // Jiff takes other forms too, such as one without hyphens.
    let read = |text: &str| text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    let Some(text) = query.get("date") else { return Ok(None) };
    let date = read(text).ok_or_else(|| ApiError::invalid("#/query/date", "must be a day, as 2026-11-28"));
    date.map(Some)
}

fn no_user(user: &Username) -> ApiError {
    ApiError::NotFound(format!("there is no user {user}"))
}

fn no_list(user: &Username) -> ApiError {
    ApiError::NotFound(format!("there is no such list for {user}; lists are made at night"))
}

/// The profile that wishes make. Every wrong part of them is named.
async fn profile(shared: &Shared, wishes: &Wishes) -> Result<Profile, ApiError> {
    let mut errors = Vec::new();
    let lists = [("artists", &wishes.artists), ("genres", &wishes.genres), ("tracks", &wishes.tracks)];
    for (list, count) in lists.map(|(list, wished)| (list, wished.len())) {
        if count > MOST_SEEDS {
            let pointer = format!("#/body/{list}");
            errors.push(FieldError { pointer, detail: format!("has more than {MOST_SEEDS} items") });
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::Invalid(errors));
    }
    let artists = seeds(shared, &wishes.artists, &mut errors).await?;
    let genres = genres(shared, &wishes.genres, &mut errors).await?;
    let tracks = tracks(shared, &wishes.tracks, &mut errors).await?;
    if errors.is_empty() { Ok(Profile { artists, genres, tracks }) } else { Err(ApiError::Invalid(errors)) }
}

async fn tracks(
    shared: &Shared,
    wished: &[String],
    errors: &mut Vec<FieldError>,
) -> Result<Vec<TrackSeed>, ApiError> {
    let ids: Vec<Result<TrackId, _>> = wished.iter().map(|text| TrackId::new(text.as_str())).collect();
    let known: Vec<TrackId> = ids.iter().flatten().cloned().collect();
    let rows = if known.is_empty() { Vec::new() } else { shared.reads.tracks(&known).await? };
    let (mut seeds, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, id) in ids.into_iter().enumerate() {
        let mut wrong =
            |detail: String| errors.push(FieldError { pointer: format!("#/body/tracks/{at}"), detail });
        let id = match id {
            Ok(id) => id,
            Err(error) => {
                wrong(error.to_string());
                continue;
            }
        };
        let is_current = |row: &&TrackRow| row.track.id == id && row.times.expires_at > shared.reads.now();
        match rows.iter().find(is_current) {
            None => wrong(format!("no run has seen the track {id} lately")),
            Some(row) if seen.insert(id.clone()) => {
                let artists = row.track.artists.iter().map(|artist| artist.id.clone()).collect();
                seeds.push(TrackSeed { id, name: row.track.name.clone(), artists });
            }
            Some(_) => {}
        }
    }
    Ok(seeds)
}

async fn seeds(
    shared: &Shared,
    wished: &[String],
    errors: &mut Vec<FieldError>,
) -> Result<Vec<Seed>, ApiError> {
    let (mut seeds, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, text) in wished.iter().enumerate() {
        let mut wrong =
            |detail: String| errors.push(FieldError { pointer: format!("#/body/artists/{at}"), detail });
        let id = match ArtistId::new(text.as_str()) {
            Ok(id) => id,
            Err(error) => {
                wrong(error.to_string());
                continue;
            }
        };
        let row = shared.reads.artist(&id).await?.filter(|row| row.expires_at > shared.reads.now());
        match row {
            None => wrong(format!("no run has seen the artist {id} lately")),
            Some(row) if seen.insert(id.clone()) => {
                seeds.push(Seed { id, name: row.artist.name, genres: row.artist.genres.unwrap_or_default() });
            }
            Some(_) => {}
        }
    }
    Ok(seeds)
}

/// The genres as Spotify writes them, each once: the recommender looks for just that. Without an index it
/// cannot be known which genres there are; one that does not exist has no effect.
async fn genres(
    shared: &Shared,
    wished: &[String],
    errors: &mut Vec<FieldError>,
) -> Result<Vec<String>, ApiError> {
    let (mut genres, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, mut genre) in wished.iter().cloned().enumerate() {
        let mut wrong =
            |detail: String| errors.push(FieldError { pointer: format!("#/body/genres/{at}"), detail });
        let says_something = genre.chars().any(|c| !c.is_whitespace() && !c.is_control());
        if !says_something || genre.chars().count() > LONGEST_GENRE {
            wrong(format!("must have 1 to {LONGEST_GENRE} characters, and others than spaces"));
            continue;
        }
        if shared.reads.has_index() {
            let search = ArtistSearch::by_genre(&genre, Order::Popularity);
            let wanted = Wanted { search, least_popularity: None };
            let found = shared.reads.artists(&wanted, None, 1).await?.found;
            let mut known = found.into_iter().flat_map(|row| row.artist.genres.unwrap_or_default());
            let Some(as_spotify_writes_it) = known.find(|known| key(known) == key(&genre)) else {
                wrong("no artist has this genre".to_owned());
                continue;
            };
            genre = as_spotify_writes_it;
        }
        if seen.insert(genre.clone()) {
            genres.push(genre);
        }
    }
    Ok(genres)
}
