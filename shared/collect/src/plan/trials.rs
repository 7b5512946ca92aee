//! What the pages of a trial say of the operator that is tried.

use std::collections::BTreeSet;

use crate::catalogue::{ArtistId, text};
use crate::term::SearchTerm;
use crate::web_api::Page;

/// Fewest names on the plain page that must be excluded, and fewest that must stay, for a trial to say anything.
pub(crate) const FEWEST: usize = 2;

/// Share of the names that must stay, to which pages may differ from one request to the next.
const STAYED: f64 = 0.8;

/// Whether `page`, the answer to `question`, is what `plain`, the page without the operator that is tried, makes expect. It
/// must show no name that does not match, and those of the plain page that do: an operator that excludes too much would
/// hide artists, and one that excludes nothing would split nothing.
pub(crate) fn filters(question: &SearchTerm, plain: &Page, page: &Page) -> Option<bool> {
    let matches = |name: &str| question.matches(&text::words(name));
    let stays = plain.artists.iter().filter(|artist| matches(&artist.name));
    let stays: BTreeSet<&ArtistId> = stays.map(|artist| &artist.id).collect();
    if stays.len() < FEWEST || plain.artists.len() - stays.len() < FEWEST {
        return None;
    }
    let stayed = page.artists.iter().filter(|artist| stays.contains(&artist.id)).count();
    Some(is_most(stayed, stays.len()) && page.artists.iter().all(|artist| matches(&artist.name)))
}

/// Artists of `before` that are on `after` too.
pub(crate) fn kept(before: &Page, after: &Page) -> usize {
    let after: BTreeSet<&ArtistId> = after.artists.iter().map(|artist| &artist.id).collect();
    before.artists.iter().filter(|artist| after.contains(&artist.id)).count()
}

/// Whether `part` is as large a share of `whole` as pages of one question share.
#[expect(clippy::cast_precision_loss, reason = "rows of a page")]
pub(crate) fn is_most(part: usize, whole: usize) -> bool {
    part as f64 >= STAYED * whole as f64
}
