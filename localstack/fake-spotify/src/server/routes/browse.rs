//! `GET /v1/browse/...`: categories, playlists of Spotify's own, new releases.

use serde_json::{Value, json};

use crate::catalogue::{narrow, parse_id};
use crate::server::call::Call;
use crate::server::objects::{Objects, PageAsk, paging};
use crate::server::reply::Reply;
use crate::world::Playlist;

const DEFAULT: usize = 20;
const MOST: usize = 50;

/// `GET /v1/browse/categories`
pub(in crate::server) fn categories(call: &mut Call<'_>) -> Reply {
    let total = call.app.world.category_count() as usize;
    listed(call, "categories", None, total, |objects, place| objects.category(narrow(place)))
}

/// `GET /v1/browse/categories/{id}/playlists`
pub(in crate::server) fn category_playlists(call: &mut Call<'_>) -> Reply {
    let Some(category) = parse_id(call.path_id()).and_then(|id| call.app.world.category(&id)) else {
        return Reply::not_found();
    };
    let message = call.app.world.category_name(category);
    playlists(call, message, &call.app.world.category_playlists(category).collect::<Vec<_>>())
}

/// `GET /v1/browse/featured-playlists`
pub(in crate::server) fn featured_playlists(call: &mut Call<'_>) -> Reply {
    playlists(call, "Popular Playlists", &call.app.world.featured_playlists())
}

/// `GET /v1/browse/new-releases`: a hundred of them at most.
pub(in crate::server) fn new_releases(call: &mut Call<'_>) -> Reply {
    let albums = call.app.world.new_albums();
    let albums = &albums[..albums.len().min(100)];
    listed(call, "albums", None, albums.len(), |objects, place| objects.album(albums[place]))
}

fn playlists(call: &Call<'_>, message: &str, playlists: &[Playlist]) -> Reply {
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
) -> Reply {
    let ask = match call.page(DEFAULT, MOST) {
        Ok(ask) => ask,
        Err(refusal) => return refusal,
    };
    let (base, path) = (call.base(), call.path());
    let objects = call.objects(&base);
    let rows: Vec<Value> = ask.range(total).map(|place| object(objects, place)).collect();
    let url = |page: PageAsk| format!("{base}{path}?offset={}&limit={}", page.offset, page.limit);
    let mut body = json!({ name: paging(ask, &rows, total, url) });
    if let Some(message) = message {
        body["message"] = message.into();
    }
    Reply::ok(&body)
}
