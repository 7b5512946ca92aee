//! `GET /v1/users/{id}...`

use crate::server::call::Call;
use crate::server::reply::Reply;
use crate::world::User;

/// `GET /v1/users/{id}`
pub(in crate::server) fn profile(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (user, links) = (of_path(call)?, call.links());
    Ok(Reply::ok(&call.objects(&links)?.user(user)))
}

/// `GET /v1/users/{id}/playlists`
pub(in crate::server) fn playlists(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (user, page, links) = (of_path(call)?, call.page(20, 50)?, call.links());
    let (objects, playlists) = (call.objects(&links)?, call.app.world.playlists_of(user));
    let row = |place: usize| objects.playlist(playlists[place], call.app.changes(playlists[place]));
    Ok(Reply::ok(&objects.listing(call.path(), page, playlists.len(), row)))
}

fn of_path(call: &Call<'_>) -> Result<User, Reply> {
    call.app.world.user(call.path_id()).ok_or_else(Reply::not_found)
}
