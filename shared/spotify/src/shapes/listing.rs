//! The paging object that all lists share.

use collect::web_api::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::numbers::{count, is_nonblank_text};
use super::rows::Rows;
use super::rows_of;

/// Most rows in a page; no endpoint allows more.
const MOST_ROWS: usize = 100;

/// The paging object; its rows are not parsed yet.
#[derive(Deserialize)]
pub(super) struct Listing<'a> {
    #[serde(borrow)]
    pub(super) items: Rows<'a, MOST_ROWS>,
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
    #[serde(borrow, default)]
    next: Option<&'a RawValue>,
}

impl Listing<'_> {
    /// A page without content that has this list's row count, total and whether more pages follow.
    pub(super) fn page(&self) -> Page {
        Page {
            rows: rows_of(self.items.len()),
            total: self.total.and_then(count),
            has_next: self.next.is_some_and(is_nonblank_text),
            ..Page::default()
        }
    }
}

/// Adds what another list of the same answer contained: the larger of each number, and all of everything
/// else.
pub(super) fn join(page: &mut Page, other: Page) {
    let Page { artists, mentions, leads, rows, total, has_next, snapshot, .. } = other;
    page.artists.extend(artists);
    page.mentions.extend(mentions);
    page.leads.extend(leads);
    page.rows = page.rows.max(rows);
    page.total = page.total.max(total);
    page.has_next |= has_next;
    page.snapshot = page.snapshot.take().or(snapshot);
}
