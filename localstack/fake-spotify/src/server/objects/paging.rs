//! Pages of listings, and the links between them.

use std::ops::Range;

use serde::Serialize;

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

/// How the links of one answer begin and end.
#[derive(Clone, Debug)]
pub(in crate::server) struct Links {
    /// The address of this server, without a `/` at the end.
    pub(in crate::server) base: String,
    /// Query parameters that hold for the other pages of a listing too, encoded; may be empty.
    pub(in crate::server) carried: String,
}

impl Links {
    /// The address of a page of the listing at `path`, which begins with `/v1`.
    fn page(&self, path: &str, page: PageAsk) -> String {
        let Self { base, carried } = self;
        let and = if carried.is_empty() { "" } else { "&" };
        format!("{base}{path}?offset={}&limit={}{and}{carried}", page.offset, page.limit)
    }
}

/// A paging object.
#[derive(Debug, Serialize)]
pub(super) struct Page<R> {
    href: String,
    items: R,
    limit: usize,
    next: Option<String>,
    offset: usize,
    previous: Option<String>,
    total: usize,
}

/// The paging object of these rows of the listing at `path`.
pub(super) fn paging<R>(links: &Links, path: &str, ask: PageAsk, rows: R, total: usize) -> Page<R> {
    let PageAsk { limit, offset } = ask;
    let next = offset.saturating_add(limit);
    let url = |offset| links.page(path, PageAsk { limit, offset });
    Page {
        href: url(offset),
        items: rows,
        limit,
        next: (next < total).then(|| url(next)),
        offset,
        previous: (offset > 0).then(|| url(offset.saturating_sub(limit))),
        total,
    }
}
