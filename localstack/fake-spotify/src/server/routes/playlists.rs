//! `GET /v1/playlists/{id}` and its items under the old name and the new.

use crate::catalogue::parse_id;
use crate::config::AppClass;
use crate::server::call::Call;
use crate::server::objects::{MOST_ITEMS, Shape};
use crate::server::reply::Reply;
use crate::world::Playlist;

/// `GET /v1/playlists/{id}`
pub(in crate::server) fn single(call: &mut Call<'_>) -> Reply {
    let playlist = match playlist_of_path(call) {
        Ok(playlist) => playlist,
        Err(refusal) => return refusal,
    };
    let base = call.base();
    Reply::ok(&call.objects(&base).complete_playlist(playlist, call.app.changes(playlist)))
}

/// `GET /v1/playlists/{id}/tracks`
pub(in crate::server) fn tracks(call: &mut Call<'_>) -> Reply {
    page(call, Shape::Tracks)
}

/// `GET /v1/playlists/{id}/items`: in development mode of the user's own playlists only, and an app has no user.
pub(in crate::server) fn items(call: &mut Call<'_>) -> Reply {
    if call.class() == AppClass::Development {
        return playlist_of_path(call).map_or_else(|refusal| refusal, |_| Reply::forbidden());
    }
    page(call, Shape::Items)
}

fn page(call: &Call<'_>, shape: Shape) -> Reply {
    let asked = playlist_of_path(call).and_then(|playlist| Ok((playlist, call.page(20, MOST_ITEMS)?)));
    let (playlist, ask) = match asked {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let base = call.base();
    Reply::ok(&call.objects(&base).items(playlist, call.app.changes(playlist), ask, shape))
}

/// The playlist that the path names. Spotify's own are not there for apps in development mode.
fn playlist_of_path(call: &Call<'_>) -> Result<Playlist, Reply> {
    let id = parse_id(call.path_id()).ok_or_else(|| Reply::bad("Invalid base62 id"))?;
    let hidden = |playlist: &Playlist| playlist.is_editorial() && call.class() == AppClass::Development;
    let playlist = call.app.world.playlist(&id).filter(|playlist| !hidden(playlist));
    playlist.ok_or_else(Reply::not_found)
}
