//! `GET /v1/browse/...` and `GET /v1/markets`: categories, playlists of Spotify's own, new releases.

use serde_json::{Value, json};

use crate::catalogue::{narrow, parse_id};
use crate::server::call::Call;
use crate::server::markets::MARKETS;
use crate::server::objects::Objects;
use crate::server::reply::Reply;
use crate::world::Playlist;

const DEFAULT: usize = 20;
const MOST: usize = 50;

/// `GET /v1/browse/categories`
pub(in crate::server) fn categories(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let total = call.app.world.category_count() as usize;
    listed(call, "categories", None, total, |objects, place| objects.category(narrow(place)))
}

/// `GET /v1/browse/categories/{id}`
pub(in crate::server) fn category(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (category, links) = (category_of_path(call)?, call.links());
    Ok(Reply::ok(&call.objects(&links)?.category(category)))
}

/// `GET /v1/browse/categories/{id}/playlists`
pub(in crate::server) fn category_playlists(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let category = category_of_path(call)?;
    let message = call.app.world.category_name(category);
    playlists(call, message, &call.app.world.category_playlists(category).collect::<Vec<_>>())
}

/// `GET /v1/browse/featured-playlists`
pub(in crate::server) fn featured_playlists(call: &mut Call<'_>) -> Result<Reply, Reply> {
    playlists(call, "Popular Playlists", &call.app.world.featured_playlists())
}

/// `GET /v1/browse/new-releases`: a hundred of them at most.
pub(in crate::server) fn new_releases(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let albums = call.app.world.new_albums();
    let albums = &albums[..albums.len().min(100)];
    listed(call, "albums", None, albums.len(), |objects, place| objects.album(albums[place]))
}

/// `GET /v1/markets`
pub(in crate::server) fn markets() -> Reply {
    Reply::ok(&json!({ "markets": MARKETS.as_slice() }))
}

/// A category's id is not always of the usual form, so any unknown one is just not there.
fn category_of_path(call: &Call<'_>) -> Result<u32, Reply> {
    parse_id(call.path_id()).and_then(|id| call.app.world.category(&id)).ok_or_else(Reply::not_found)
}

fn playlists(call: &Call<'_>, message: &str, playlists: &[Playlist]) -> Result<Reply, Reply> {
    let app = call.app;
    listed(call, "playlists", Some(message), playlists.len(), |objects, place| {
        objects.playlist(playlists[place], app.changes(playlists[place]))
    })
}

/// `{name: paging}` of the objects at the places of the page, with a message or without.
fn listed(
    call: &Call<'_>,
    name: &str,
    message: Option<&str>,
    total: usize,
    object: impl Fn(Objects<'_>, usize) -> Value,
) -> Result<Reply, Reply> {
    let (page, links) = (call.page(DEFAULT, MOST)?, call.links());
    let objects = call.objects(&links)?;
    let listing = objects.listing(call.path(), page, total, |place| object(objects, place));
    let mut body = json!({ name: listing });
    if let Some(message) = message {
        body["message"] = message.into();
    }
    Ok(Reply::ok(&body))
}
