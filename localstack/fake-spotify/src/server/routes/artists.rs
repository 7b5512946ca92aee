//! `GET /v1/artists...`

use serde_json::{Value, json};

use crate::config::AppClass;
use crate::server::call::Call;
use crate::server::objects::write_artist;
use crate::server::reply::Reply;

/// Ids that one request may name.
const BATCH: usize = 50;

/// `GET /v1/artists/{id}`
pub(in crate::server) fn single(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let rank = call.artist()?;
    call.app.recorder().handed_out(&[rank]);
    let mut body = Vec::with_capacity(1_024);
    let full = call.class() != AppClass::Development;
    write_artist(&mut body, call.app.searcher.catalogue().artist(rank), &call.base(), full);
    Ok(Reply::json(body))
}

/// `GET /v1/artists?ids=`: in the order of the ids, null for those that nobody has.
pub(in crate::server) fn batch(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (ids, catalogue) = (call.ids(BATCH)?, call.app.searcher.catalogue());
    let ranks: Vec<Option<u32>> = ids.iter().map(|id| catalogue.rank_of(id.as_ref()?)).collect();
    Ok(listed(call, &ranks))
}

/// `GET /v1/artists/{id}/related-artists`: all of them, without pages.
pub(in crate::server) fn related(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let related: Vec<Option<u32>> = call.app.world.related(call.artist()?).into_iter().map(Some).collect();
    Ok(listed(call, &related))
}

/// `GET /v1/artists/{id}/top-tracks`: ten at most, without pages.
pub(in crate::server) fn top_tracks(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (rank, links) = (call.artist()?, call.links());
    let objects = call.objects(&links)?;
    let tracks: Vec<Value> =
        call.app.world.top_tracks(rank).into_iter().map(|track| objects.track(track)).collect();
    Ok(Reply::ok(&json!({ "tracks": tracks })))
}

/// `{"artists": [...]}` of complete artists; `None` is a null.
fn listed(call: &Call<'_>, ranks: &[Option<u32>]) -> Reply {
    let base = call.base();
    let mut body = b"{\"artists\":[".to_vec();
    for (number, rank) in ranks.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        match rank {
            Some(rank) => write_artist(&mut body, call.app.searcher.catalogue().artist(*rank), &base, true),
            None => body.extend_from_slice(b"null"),
        }
    }
    body.extend_from_slice(b"]}");
    let known: Vec<u32> = ranks.iter().flatten().copied().collect();
    call.app.recorder().handed_out(&known);
    Reply::json(body)
}
