//! `GET /v1/artists/{id}`, `GET /v1/artists?ids=` and `GET /v1/artists/{id}/related-artists`.

use super::artist_json::write_artist;
use super::reply::Reply;
use super::serve::Call;
use crate::catalogue::{Id, parse_id};
use crate::{AppClass, Breakage};

/// Ids that one request may name.
const BATCH: usize = 50;

/// `GET /v1/artists/{id}`
pub(super) fn single(call: &mut Call<'_>) -> Reply {
    let rank = match artist_of_path(call) {
        Ok(rank) => rank,
        Err(refusal) => return refusal,
    };
    call.app.recorder().handed_out(&[rank]);
    let mut body = Vec::with_capacity(1_024);
    let full = call.app.config.class != AppClass::Development;
    write_artist(&mut body, call.app.searcher.catalogue().artist(rank), &call.base(), full);
    Reply::json(body)
}

/// `GET /v1/artists?ids=`: in the order of the ids, null for those that nobody has.
pub(super) fn batch(call: &mut Call<'_>) -> Reply {
    let ids = match ids(call, BATCH) {
        Ok(ids) => ids,
        Err(refusal) => return refusal,
    };
    let catalogue = call.app.searcher.catalogue();
    let ranks: Vec<Option<u32>> = ids.iter().map(|id| catalogue.rank_of(id.as_ref()?)).collect();
    listed(call, &ranks)
}

/// `GET /v1/artists/{id}/related-artists`: all of them, without pages.
pub(super) fn related(call: &mut Call<'_>) -> Reply {
    let rank = match artist_of_path(call) {
        Ok(rank) => rank,
        Err(refusal) => return refusal,
    };
    let related: Vec<Option<u32>> = call.app.world.related(rank).into_iter().map(Some).collect();
    listed(call, &related)
}

/// The artist that the path names.
pub(super) fn artist_of_path(call: &Call<'_>) -> Result<u32, Reply> {
    let id = parse_id(call.path_id()).ok_or_else(|| Reply::bad("Invalid base62 id"))?;
    call.app.searcher.catalogue().rank_of(&id).ok_or_else(Reply::not_found)
}

/// The ids that a request for several things names: at least one and `most` at most. `None` is one that is missing on
/// purpose.
pub(super) fn ids(call: &Call<'_>, most: usize) -> Result<Vec<Option<Id>>, Reply> {
    let ids = call.parameter("ids").unwrap_or_default();
    if ids.is_empty() {
        return Err(Reply::bad("Missing required field: ids"));
    }
    let missing = |id: &str| call.faults.broken.get(id) == Some(&Breakage::Missing);
    let id = |id| parse_id(id).map(|parsed| (!missing(id)).then_some(parsed));
    let ids: Option<Vec<_>> = ids.split(',').map(id).collect();
    let ids = ids.ok_or_else(|| Reply::bad("Invalid base62 id"))?;
    if ids.len() > most { Err(Reply::bad("Too many ids requested")) } else { Ok(ids) }
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
