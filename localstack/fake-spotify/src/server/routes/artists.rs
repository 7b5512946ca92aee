//! `GET /v1/artists/{id}`, `GET /v1/artists?ids=` and `GET /v1/artists/{id}/related-artists`.

use crate::config::AppClass;
use crate::server::call::Call;
use crate::server::objects::write_artist;
use crate::server::reply::Reply;

/// Ids that one request may name.
const BATCH: usize = 50;

/// `GET /v1/artists/{id}`
pub(in crate::server) fn single(call: &mut Call<'_>) -> Reply {
    let rank = match call.artist() {
        Ok(rank) => rank,
        Err(refusal) => return refusal,
    };
    call.app.recorder().handed_out(&[rank]);
    let mut body = Vec::with_capacity(1_024);
    let full = call.class() != AppClass::Development;
    write_artist(&mut body, call.app.searcher.catalogue().artist(rank), &call.base(), full);
    Reply::json(body)
}

/// `GET /v1/artists?ids=`: in the order of the ids, null for those that nobody has.
pub(in crate::server) fn batch(call: &mut Call<'_>) -> Reply {
    let ids = match call.ids(BATCH) {
        Ok(ids) => ids,
        Err(refusal) => return refusal,
    };
    let catalogue = call.app.searcher.catalogue();
    let ranks: Vec<Option<u32>> = ids.iter().map(|id| catalogue.rank_of(id.as_ref()?)).collect();
    listed(call, &ranks)
}

/// `GET /v1/artists/{id}/related-artists`: all of them, without pages.
pub(in crate::server) fn related(call: &mut Call<'_>) -> Reply {
    let rank = match call.artist() {
        Ok(rank) => rank,
        Err(refusal) => return refusal,
    };
    let related: Vec<Option<u32>> = call.app.world.related(rank).into_iter().map(Some).collect();
    listed(call, &related)
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
