//! `GET /v1/artists/{id}` and `GET /v1/artists?ids=`.

use super::artist_json::write_artist;
use super::reply::Reply;
use super::serve::Call;
use crate::AppClass;
use crate::catalogue::parse_id;

/// Ids that one request may name.
const BATCH: usize = 50;

/// `GET /v1/artists/{id}`
pub(super) fn single(call: &mut Call<'_>) -> Reply {
    let Some(id) = parse_id(call.path_id()) else {
        return Reply::bad("Invalid base62 id");
    };
    let catalogue = call.app.searcher.catalogue();
    let Some(rank) = catalogue.rank_of(&id) else {
        return Reply::not_found();
    };
    call.app.recorder().handed_out(&[rank]);
    let mut body = Vec::with_capacity(1_024);
    let full = call.app.config.class != AppClass::Development;
    write_artist(&mut body, catalogue.artist(rank), &call.base(), full);
    Reply::json(body)
}

/// `GET /v1/artists?ids=`: in the order of the ids, null for those that nobody has.
pub(super) fn batch(call: &mut Call<'_>) -> Reply {
    let ids = call.parameter("ids").unwrap_or_default();
    if ids.is_empty() {
        return Reply::bad("Missing required field: ids");
    }
    let ids: Option<Vec<_>> = ids.split(',').map(parse_id).collect();
    let Some(ids) = ids else {
        return Reply::bad("Invalid base62 id");
    };
    if ids.len() > BATCH {
        return Reply::bad("Too many ids requested");
    }
    let catalogue = call.app.searcher.catalogue();
    let base = call.base();
    let ranks: Vec<Option<u32>> = ids.iter().map(|id| catalogue.rank_of(id)).collect();
    let mut body = b"{\"artists\":[".to_vec();
    for (number, rank) in ranks.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        match rank {
            Some(rank) => write_artist(&mut body, catalogue.artist(*rank), &base, true),
            None => body.extend_from_slice(b"null"),
        }
    }
    body.extend_from_slice(b"]}");
    let known: Vec<u32> = ranks.into_iter().flatten().collect();
    call.app.recorder().handed_out(&known);
    Reply::json(body)
}
