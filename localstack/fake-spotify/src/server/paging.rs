//! Pages of listings.

use std::ops::Range;

use serde_json::{Value, json};

use super::reply::Reply;
use super::serve::Call;

/// A page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageAsk {
    pub(super) limit: usize,
    pub(super) offset: usize,
}

impl PageAsk {
    /// Reads `limit` and `offset`, or says as Spotify does what is wrong with them.
    pub(super) fn read(call: &Call<'_>, default: usize, most: usize) -> Result<Self, Reply> {
        let number = |name, otherwise, refusal| match call.parameter(name) {
            Some(number) => number.parse::<usize>().map_err(|_| Reply::bad(refusal)),
            None => Ok(otherwise),
        };
        let limit = number("limit", default, "Invalid limit")?;
        if limit == 0 || limit > most {
            return Err(Reply::bad("Invalid limit"));
        }
        Ok(Self { limit, offset: number("offset", 0, "Invalid offset")? })
    }

    /// The places of the page in a list of `total`.
    pub(super) fn range(self, total: usize) -> Range<usize> {
        self.offset.min(total)..self.offset.saturating_add(self.limit).min(total)
    }
}

/// The paging object of these rows, where `url` is the address of a page of the same listing.
pub(super) fn paging(ask: PageAsk, items: &[Value], total: usize, url: impl Fn(PageAsk) -> String) -> Value {
    let PageAsk { limit, offset } = ask;
    let next = offset.saturating_add(limit);
    json!({
        "href": url(ask),
        "items": items,
        "limit": limit,
        "next": (next < total).then(|| url(PageAsk { limit, offset: next })),
        "offset": offset,
        "previous": (offset > 0).then(|| url(PageAsk { limit, offset: offset.saturating_sub(limit) })),
        "total": total,
    })
}
