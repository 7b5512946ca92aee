//! `GET /v1/albums...` and `GET /v1/artists/{id}/albums`.

use serde_json::{Value, json};

use crate::config::AppClass;
use crate::server::call::Call;
use crate::server::reply::Reply;
use crate::world::{Album, World};

/// Ids that one request may name.
const BATCH: usize = 20;

/// What an album can be to an artist.
const GROUPS: [&str; 4] = ["album", "single", "appears_on", "compilation"];

/// `GET /v1/albums/{id}`
pub(in crate::server) fn single(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (album, links) = (of_path(call)?, call.links());
    Ok(Reply::ok(&call.objects(&links)?.complete_album(album)))
}

/// `GET /v1/albums/{id}/tracks`
pub(in crate::server) fn tracks(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (album, page, links) = (of_path(call)?, call.page(20, 50)?, call.links());
    Ok(Reply::ok(&call.objects(&links)?.album_tracks(album, page)))
}

/// `GET /v1/albums?ids=`: in the order of the ids, null for those that no album has.
pub(in crate::server) fn batch(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (ids, links) = (call.ids(BATCH)?, call.links());
    let objects = call.objects(&links)?;
    let album = |id| call.app.world.album(&id).map(|album| objects.complete_album(album));
    let albums: Vec<Option<Value>> = ids.into_iter().map(|id| id.and_then(album)).collect();
    Ok(Reply::ok(&json!({ "albums": albums })))
}

/// `GET /v1/artists/{id}/albums?include_groups=&limit=&offset=`
pub(in crate::server) fn of_artist(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let most = if call.class() == AppClass::Development { 10 } else { 50 };
    let (rank, groups, page) = (call.artist()?, wanted_groups(call)?, call.page(20.min(most), most)?);
    let mut albums = grouped(&call.app.world, rank);
    albums.retain(|(_, group)| groups.iter().any(|wanted| wanted == group));
    let links = call.links();
    let objects = call.objects(&links)?;
    let row = |place: usize| objects.album_of(albums[place].0, albums[place].1);
    Ok(Reply::ok(&objects.listing(call.path(), page, albums.len(), row)))
}

fn of_path(call: &Call<'_>) -> Result<Album, Reply> {
    call.app.world.album(&call.id()?).ok_or_else(Reply::not_found)
}

/// The groups that `include_groups` names: all of them without it.
fn wanted_groups(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    let mut groups = call.list("include_groups");
    if groups.is_empty() {
        groups = GROUPS.map(str::to_owned).to_vec();
    }
    match groups.iter().find(|group| !GROUPS.contains(&group.as_str())) {
        Some(unknown) => Err(Reply::bad(&format!("Invalid album type: {unknown}"))),
        None => Ok(groups),
    }
}

/// The albums of an artist, each with what it is to the artist.
fn grouped(world: &World, rank: u32) -> Vec<(Album, &'static str)> {
    let own = world.albums(rank).map(|album| (album, world.album_type(album).name()));
    own.chain(world.appears_on(rank).into_iter().map(|album| (album, "appears_on"))).collect()
}
