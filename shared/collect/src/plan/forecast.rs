//! What a request is expected to bring: the number by which the frontier is ordered.
//!
//! Everything here is a guess that later answers correct, and costs at worst a few requests in the wrong
//! order. Whether an artist is found does not depend on it, unless the run is ended early.

use crate::plan::split::Part;
use crate::term::{LastPage, SearchProgress, SearchTerm};
use crate::web_api::PageLimits;

/// New artists on the first page of a part whose parent's rows were new with probability `fresh`.
///
/// The first page of a part of size `s` has `min(s, page)` rows; since `s` is uncertain, the corner is
/// rounded. Its most popular artists are those that the parent has shown already. Where more pages follow and
/// the search is deep enough for all of them, what they bring on average counts, since the first one has to
/// be asked before the others.
pub fn first_page(part: &Part, fresh: f64, limits: PageLimits) -> f64 {
    let page = f64::from(limits.page);
    let rows = page * (1.0 - (-part.size / page).exp());
    let shown = part.shown.min(rows);
    let first = (rows - shown).max(0.1 * rows);
    let pages = (part.size / page).ceil();
    let all =
        if part.size <= f64::from(limits.depth) { (part.size - part.shown) / pages.max(1.0) } else { 0.0 };
    first.max(all.min(rows)) * fresh
}

/// New artists on the next page of `search`, which has shown some: as many as on its last page, as far as
/// rows are left; and of a term that was split, only those that its parts do not find.
pub fn next_page(progress: &SearchProgress, limits: PageLimits, search: &SearchTerm) -> f64 {
    let rows = f64::from(limits.page).min(progress.walk.rows_left());
    // Of a prefix in some years, `fresh_beyond` has already counted only these.
    let share =
        if progress.parted && !is_split_elsewhere(search) { progress.seen.whole_share() } else { 1.0 };
    rows * fresh_beyond(progress, search) * share
}

/// The probability that the next row of `search` is an artist whom neither its pages so far nor other terms
/// show.
///
/// Of a term that excludes what other terms show, the first names say little of the next ones: who is known
/// among them was shown by the term that it is a part of, which shows the best known first as well.
pub fn fresh_beyond(progress: &SearchProgress, search: &SearchTerm) -> f64 {
    let fresh = fresh(progress.last_page);
    if is_split_elsewhere(search) {
        fresh * progress.seen.whole_share()
    } else if search.has_exclusions() && progress.seen.names() <= SAMPLE {
        1.0 - SHOWN_BEFORE * (1.0 - fresh)
    } else {
        fresh
    }
}

/// Whether `search` is for a prefix in some years, longer words included. The prefix was split by its next
/// character before, so only the names that end with it are left to the years.
fn is_split_elsewhere(search: &SearchTerm) -> bool {
    let by_years = search.years().is_some() && search.genre().is_none();
    by_years && !search.words().is_empty() && !search.has_exclusions()
}

/// Names that a term shows before it may be split without having been paged to the search depth.
pub const SAMPLE: u32 = 50;

/// How much of the known share of so many names is expected of the next ones, where terms are apart.
const SHOWN_BEFORE: f64 = 0.25;

/// New artists on the next page of a list: as many as on the last one.
pub fn next_rows(last: LastPage) -> f64 {
    f64::from(last.new)
}

/// The probability that the next row is a new artist.
pub fn fresh(last: LastPage) -> f64 {
    (f64::from(last.new) + 0.5) / (f64::from(last.rows) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::SearchTerm;
    use crate::web_api::Page;

    const LIMITS: PageLimits = PageLimits { page: 50, depth: 1000 };

    fn part(size: f64, shown: f64) -> Part {
        Part { term: SearchTerm::new("ba").unwrap(), size, shown }
    }

    #[test]
    fn a_part_of_several_pages_is_worth_what_they_bring_on_average() {
        let first_page_only = first_page(&part(50_000.0, 45.0), 1.0, LIMITS);
        assert!((4.9..5.1).contains(&first_page_only), "{first_page_only}: it will be split");
        let (all, half) =
            (first_page(&part(700.0, 45.0), 1.0, LIMITS), first_page(&part(700.0, 45.0), 0.5, LIMITS));
        assert!((46.0..47.0).contains(&all) && (half - all / 2.0).abs() < 1e-9, "{all} {half}");
    }

    #[test]
    fn the_known_of_the_first_names_count_little_where_terms_are_apart() {
        let mut progress = SearchProgress::default();
        let [ba, apart] = ["ba", "ba NOT a"].map(|query| SearchTerm::new(query).unwrap());
        for number in 0..50 {
            progress.seen.learn(&ba, &format!("Ba{number}"));
        }
        progress.last_page = LastPage { rows: 50, new: 10 };
        let page = Page { rows: 50, total: Some(1_000), has_next: true, ..Page::default() };
        progress.walk.observe(50, &page, 50);
        let (own, overlapping) = (next_page(&progress, LIMITS, &apart), next_page(&progress, LIMITS, &ba));
        assert!((9.0..12.0).contains(&overlapping) && (39.0..42.0).contains(&own), "{overlapping} {own}");
        progress.seen.learn(&ba, "Bab");
        assert!(
            (next_page(&progress, LIMITS, &apart) - overlapping).abs() < 1e-9,
            "later pages speak for themselves"
        );
    }

    #[test]
    fn of_the_pages_of_a_term_whose_parts_are_put_only_the_names_that_no_part_finds_count() {
        let ba = SearchTerm::new("ba").unwrap();
        let mut progress = SearchProgress { last_page: LastPage { rows: 50, new: 50 }, ..Default::default() };
        for name in ["Bab", "Bad", "Bag", "Ba"] {
            progress.seen.learn(&ba, name);
        }
        let whole = next_page(&progress, LIMITS, &ba);
        progress.parted = true;
        let left = next_page(&progress, LIMITS, &ba);
        assert!(left < 0.5 * whole, "{left} of {whole}");
    }

    #[test]
    fn of_a_prefix_in_some_years_only_the_names_that_end_with_it_count() {
        let mut progress = SearchProgress { last_page: LastPage { rows: 50, new: 50 }, ..Default::default() };
        let ba = SearchTerm::new("ba").unwrap();
        for name in ["Bab", "Bad", "Bag", "Ba"] {
            progress.seen.learn(&ba, name);
        }
        let years = |query: &str| next_page(&progress, LIMITS, &SearchTerm::new(query).unwrap());
        let (all, some) = (years("ba"), years("ba year:1990-1999"));
        assert!((some / all - progress.seen.whole_share()).abs() < 1e-9, "{some} of {all}");
        // What is left of it without its longer prefixes does not go on, and a whole word never does.
        for query in ["ba NOT bab year:1990-1999", "\"ba\" year:1990-1999"] {
            assert!(years(query) > 0.9 * all, "{query}: {} of {all}", years(query));
        }
    }
}
