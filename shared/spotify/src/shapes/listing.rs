//! What all pages have.

use collect::web_api::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::numbers::{count, says_something};
use super::rows::Rows;
use super::rows_of;

/// Most rows of a page; no endpoint allows more.
const MOST_ROWS: usize = 100;

/// The paging object, its rows not looked into yet.
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
    /// An empty page that knows how many rows this list has here and in all, and whether it goes on.
    pub(super) fn page(&self) -> Page {
        Page {
            rows: rows_of(self.items.len()),
            total: self.total.and_then(count),
            has_next: self.next.is_some_and(says_something),
            ..Page::default()
        }
    }
}

/// Adds what another list of the same answer brought: of numbers the larger, of the rest all.
pub(super) fn join(page: &mut Page, other: Page) {
    let Page { artists, mentions, leads, rows, total, has_next, snapshot } = other;
    page.artists.extend(artists);
    page.mentions.extend(mentions);
    page.leads.extend(leads);
    page.rows = page.rows.max(rows);
    page.total = page.total.max(total);
    page.has_next |= has_next;
    page.snapshot = page.snapshot.take().or(snapshot);
}
