//! `GET /v1/artists/{id}/albums` and `GET /v1/albums?ids=`.

use serde_json::{Value, json};

use crate::config::AppClass;
use crate::server::call::Call;
use crate::server::objects::{PageAsk, paging};
use crate::server::reply::Reply;
use crate::world::{Album, World};

/// Ids that one request may name.
const BATCH: usize = 20;

/// What an album can be to an artist.
const GROUPS: [&str; 4] = ["album", "single", "appears_on", "compilation"];

/// `GET /v1/artists/{id}/albums?include_groups=&limit=&offset=`
pub(in crate::server) fn of_artist(call: &mut Call<'_>) -> Reply {
    let most = if call.class() == AppClass::Development { 10 } else { 50 };
    let asked =
        call.artist().and_then(|rank| Ok((rank, wanted_groups(call)?, call.page(20.min(most), most)?)));
    let (rank, groups, ask) = match asked {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let mut albums = grouped(&call.app.world, rank);
    albums.retain(|(_, group)| groups.iter().any(|wanted| wanted == group));
    let base = call.base();
    let objects = call.objects(&base);
    let rows: Vec<Value> = albums[ask.range(albums.len())]
        .iter()
        .map(|(album, group)| objects.album_of(*album, group))
        .collect();
    let path = call.path();
    let url = |page: PageAsk| {
        let groups = groups.join(",");
        format!("{base}{path}?offset={}&limit={}&include_groups={groups}", page.offset, page.limit)
    };
    Reply::ok(&paging(ask, &rows, albums.len(), url))
}

/// `GET /v1/albums?ids=`: in the order of the ids, null for those that no album has.
pub(in crate::server) fn batch(call: &mut Call<'_>) -> Reply {
    let ids = match call.ids(BATCH) {
        Ok(ids) => ids,
        Err(refusal) => return refusal,
    };
    let base = call.base();
    let objects = call.objects(&base);
    let album = |id| call.app.world.album(&id).map(|album| objects.complete_album(album));
    let albums: Vec<Option<Value>> = ids.into_iter().map(|id| id.and_then(album)).collect();
    Reply::ok(&json!({ "albums": albums }))
}

/// The groups that `include_groups` names: all of them without it.
fn wanted_groups(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    let named = call.parameter("include_groups").unwrap_or_else(|| GROUPS.join(","));
    let groups: Vec<String> = named.split(',').map(|group| group.trim().to_owned()).collect();
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
