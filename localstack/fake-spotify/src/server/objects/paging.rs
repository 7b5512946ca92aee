//! Pages of listings.

use std::ops::Range;

use serde_json::{Value, json};

/// A page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct PageAsk {
    pub(in crate::server) limit: usize,
    pub(in crate::server) offset: usize,
}

impl PageAsk {
    /// The places of the page in a list of `total`.
    pub(in crate::server) fn range(self, total: usize) -> Range<usize> {
        self.offset.min(total)..self.offset.saturating_add(self.limit).min(total)
    }
}

/// The paging object of these rows, where `url` is the address of a page of the same listing.
pub(in crate::server) fn paging(
    ask: PageAsk,
    items: &[Value],
    total: usize,
    url: impl Fn(PageAsk) -> String,
) -> Value {
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
