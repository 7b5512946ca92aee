//! `GET /v1/shows...` and `GET /v1/episodes...`. Audiobooks are not in this world: every id of one is
//! unknown.

use serde_json::{Value, json};

use crate::catalogue::Id;
use crate::server::call::Call;
use crate::server::objects::Objects;
use crate::server::reply::Reply;
use crate::world::{Show, World};

/// Ids that one request may name.
const BATCH: usize = 50;

/// `GET /v1/shows/{id}`
pub(in crate::server) fn show(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (show, links) = (show_of_path(call)?, call.links());
    Ok(Reply::ok(&call.objects(&links)?.complete_show(show)))
}

/// `GET /v1/shows/{id}/episodes`
pub(in crate::server) fn show_episodes(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (show, page, links) = (show_of_path(call)?, call.page(20, 50)?, call.links());
    Ok(Reply::ok(&call.objects(&links)?.show_episodes(show, page)))
}

/// `GET /v1/shows?ids=`
pub(in crate::server) fn shows(call: &mut Call<'_>) -> Result<Reply, Reply> {
    batch(call, "shows", |world, objects, id| world.show(id).map(|show| objects.show(show)))
}

/// `GET /v1/episodes/{id}`
pub(in crate::server) fn episode(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let episode = call.app.world.episode(&call.id()?).ok_or_else(Reply::not_found)?;
    let links = call.links();
    Ok(Reply::ok(&call.objects(&links)?.episode(episode)))
}

/// `GET /v1/episodes?ids=`
pub(in crate::server) fn episodes(call: &mut Call<'_>) -> Result<Reply, Reply> {
    batch(call, "episodes", |world, objects, id| world.episode(id).map(|episode| objects.episode(episode)))
}

/// `GET /v1/audiobooks?ids=`
pub(in crate::server) fn audiobooks(call: &mut Call<'_>) -> Result<Reply, Reply> {
    batch(call, "audiobooks", |_, _, _| None)
}

/// `GET /v1/audiobooks/{id}` and its chapters
pub(in crate::server) fn no_audiobook(call: &mut Call<'_>) -> Result<Reply, Reply> {
    call.id().and_then(|_| Err(Reply::not_found()))
}

/// `{name: [...]}` in the order of the ids, null for those that are unknown.
fn batch(
    call: &Call<'_>,
    name: &str,
    find: impl Fn(&World, Objects<'_>, &Id) -> Option<Value>,
) -> Result<Reply, Reply> {
    let (ids, links) = (call.ids(BATCH)?, call.links());
    let objects = call.objects(&links)?;
    let found: Vec<Option<Value>> =
        ids.iter().map(|id| find(&call.app.world, objects, id.as_ref()?)).collect();
    Ok(Reply::ok(&json!({ name: found })))
}

fn show_of_path(call: &Call<'_>) -> Result<Show, Reply> {
    call.app.world.show(&call.id()?).ok_or_else(Reply::not_found)
}
