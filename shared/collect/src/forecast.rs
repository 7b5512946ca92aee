//! What a request is expected to bring: the number by which the frontier is ordered.
//!
//! Everything here is a guess that later answers correct, and costs at worst a few requests in the wrong order. Whether an
//! artist is found does not depend on it, unless the run is ended early.

use crate::paging::PageLimits;
use crate::split::Part;
use crate::term::Progress;

/// New artists on the first page of a part whose parent's rows were new with probability `fresh`.
///
/// The first page of a part of size `s` has `min(s, page)` rows; since `s` is uncertain, the corner is rounded. Its most
/// popular artists are those that the parent has shown already.
pub fn first_page(part: &Part, fresh: f64, limits: PageLimits) -> f64 {
    let page = f64::from(limits.page);
    let rows = page * (1.0 - (-part.size / page).exp());
    let shown = part.shown.min(rows);
    (rows - shown).max(0.1 * rows) * fresh
}

/// New artists on the next page of a term that has shown some: as many as on its last page, as far as rows are left; and of
/// a term that was split, only those that its parts do not find.
pub fn next_page(progress: &Progress, limits: PageLimits) -> f64 {
    let rows = f64::from(limits.page).min(progress.walk.rows_left());
    let share = if progress.parted { progress.seen.whole_share() } else { 1.0 };
    rows * fresh(progress) * share
}

/// New artists on the next page of a list: as many as on the last one.
pub fn next_rows(progress: &Progress) -> f64 {
    f64::from(progress.last_page.new)
}

/// The probability that the next row is a new artist.
pub fn fresh(progress: &Progress) -> f64 {
    let last = progress.last_page;
    (f64::from(last.new) + 0.5) / (f64::from(last.rows) + 1.0)
}
