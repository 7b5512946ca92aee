//! `GET /v1/playlists/{id}...`: a playlist, and its items under the old name and the new.

use serde_json::Value;

use crate::config::AppClass;
use crate::server::call::Call;
use crate::server::fields::Fields;
use crate::server::objects::{ItemsAsk, Objects};
use crate::server::reply::Reply;
use crate::world::Playlist;

/// Items of a page: as many as may be asked for, also when the question does not say.
const PAGE: usize = 100;
/// Users that one request may name.
const MOST_USERS: usize = 5;

/// `GET /v1/playlists/{id}?fields=&additional_types=`
pub(in crate::server) fn single(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (playlist, links) = (of_path(call)?, call.links());
    let found = call.objects(&links)?.complete_playlist(playlist, items_ask(call, playlist));
    filtered(call, found)
}

/// `GET /v1/playlists/{id}/tracks?fields=&additional_types=&limit=&offset=`
pub(in crate::server) fn tracks(call: &mut Call<'_>) -> Result<Reply, Reply> {
    page(call, "tracks")
}

/// `GET /v1/playlists/{id}/items`: in development mode of the user's own playlists only, and an app has no
/// user.
pub(in crate::server) fn items(call: &mut Call<'_>) -> Result<Reply, Reply> {
    if call.class() == AppClass::Development {
        return of_path(call).and_then(|_| Err(Reply::forbidden()));
    }
    page(call, "items")
}

/// `GET /v1/playlists/{id}/images`
pub(in crate::server) fn images(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let cover = Objects::cover(of_path(call)?);
    // Alone it is a list even where there is none.
    Ok(Reply::ok(&if cover.is_null() { Value::Array(Vec::new()) } else { cover }))
}

/// `GET /v1/playlists/{id}/followers/contains?ids=`: of the users named, its owner follows a playlist.
pub(in crate::server) fn followers(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (owner, users) = (call.app.world.owner(of_path(call)?).id(), call.list("ids"));
    if users.is_empty() || users.len() > MOST_USERS {
        return Err(Reply::bad("Invalid ids"));
    }
    Ok(Reply::ok(&users.into_iter().map(|user| user == owner).collect()))
}

fn page(call: &Call<'_>, list: &str) -> Result<Reply, Reply> {
    let (playlist, page, links) = (of_path(call)?, call.page(PAGE, PAGE)?, call.links_with(&["fields"]));
    let items = call.objects(&links)?.items(playlist, items_ask(call, playlist), page, list);
    filtered(call, items)
}

fn items_ask(call: &Call<'_>, playlist: Playlist) -> ItemsAsk {
    let episodes = call.list("additional_types").iter().any(|kind| kind == "episode");
    ItemsAsk { changes: call.app.changes(playlist), episodes }
}

/// The parts of an answer that `fields` asks for; all of it where the parameter is missing.
fn filtered(call: &Call<'_>, body: Vec<u8>) -> Result<Reply, Reply> {
    let fields = call.parameter("fields").filter(|fields| !fields.trim().is_empty());
    let Some(fields) = fields else { return Ok(Reply::json(body)) };
    let fields = Fields::parse(&fields).ok_or_else(|| Reply::bad("Invalid fields"))?;
    let whole: Value = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Reply::ok(&fields.apply(whole)))
}

/// The playlist that the path names. Spotify's own are not there for apps in development mode.
fn of_path(call: &Call<'_>) -> Result<Playlist, Reply> {
    let hidden = |playlist: &Playlist| playlist.is_editorial() && call.class() == AppClass::Development;
    let playlist = call.app.world.playlist(&call.id()?).filter(|playlist| !hidden(playlist));
    playlist.ok_or_else(Reply::not_found)
}
