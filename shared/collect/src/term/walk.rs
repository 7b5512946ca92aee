//! Walking the pages of one search: what to ask next, when it ends, when the term is saturated.
//!
//! Nothing on a page is reliable alone. `total` moves and lies, `next` can be null too early, an empty page
//! can stand in the middle, and rows go missing. The walk therefore ends early only where all signs agree,
//! asks a page that brought fewer rows than promised once more, and otherwise goes on to the search depth or
//! to two empty pages in a row.
//!
//! Rows of equal rank change places between requests, so that one can slip over the edge of a page and be
//! shown on neither. A walk that has seen fewer artists than every page promised is therefore walked once
//! more with the edges elsewhere, and if they do not turn up, the term is not called done.

use serde::{Deserialize, Serialize};

use crate::web_api::{Page, PageLimits};

/// Where the walk over a term's pages stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    next_offset: u32,
    asked_again: bool,
    empty_in_a_row: u32,
    exhausted: bool,
    /// The smallest believable `total` of any page.
    promised: Option<u64>,
    /// In the second walk: where the first one ended.
    first_ended: Option<u32>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this page.
    Ask {
        /// Rows to skip.
        offset: u32,
        /// Rows wanted.
        limit: u32,
    },
    /// Every match has been shown.
    Exhausted,
    /// The matches have ended, but fewer artists were seen than every page promised.
    Short,
    /// The search depth was reached before the matches had ended.
    Saturated,
}

impl Walk {
    /// The next step under the app's limits, when `distinct` artists have been seen so far.
    pub fn step(&self, limits: PageLimits, distinct: usize) -> Step {
        // Where the last page within the search depth was empty twice, the matches have ended before it,
        // whatever is promised: called saturated, a term without matches would be split for ever.
        let ended_empty = self.next_offset >= limits.depth && self.empty_in_a_row > 0;
        if self.exhausted || ended_empty {
            if self.is_short(distinct) { Step::Short } else { Step::Exhausted }
        } else if self.next_offset >= limits.depth {
            Step::Saturated
        } else {
            let limit = limits.page.min(limits.depth - self.next_offset);
            Step::Ask { offset: self.next_offset, limit }
        }
    }

    /// Takes in the answer to the page that [`Walk::step`] named, asked with `limit` rows, after which
    /// `distinct` artists have been seen.
    pub fn observe(&mut self, limit: u32, page: &Page, distinct: usize) {
        let end = u64::from(self.next_offset) + u64::from(page.rows);
        let believable = page.total.filter(|total| *total >= end);
        self.promised = self.promised.into_iter().chain(believable).min();
        let more_promised = page.has_next || page.total.is_some_and(|total| total > end);
        if page.rows >= limit {
            // A full page is followed even where `next` and `total` deny it: they cost one request when they
            // are right.
            self.advance(limit, page.rows);
        } else if more_promised && !self.asked_again {
            self.asked_again = true;
        } else {
            self.advance(limit, page.rows);
            // A page that promises nothing, or the second empty one in a row, is the end.
            self.exhausted = !more_promised || self.empty_in_a_row >= 2;
        }
        self.walk_again_if_short(limit, distinct);
    }

    /// Begins the second walk where the first one fell short, and ends it as soon as nothing is missing.
    fn walk_again_if_short(&mut self, limit: u32, distinct: usize) {
        match self.first_ended {
            None if self.exhausted && self.is_short(distinct) => {
                let single_page = self.next_offset <= limit;
                self.first_ended = Some(self.next_offset);
                self.next_offset = if single_page { 0 } else { limit / 2 };
                self.exhausted = false;
                self.empty_in_a_row = 0;
            }
            Some(ended) => self.exhausted |= !self.is_short(distinct) || self.next_offset >= ended,
            None => {}
        }
    }

    /// Whether more matches are promised than the search shows, and every page so far was full: then the rest
    /// of the pages will hardly tell otherwise. Only a hint, since `total` lies: it may decide what is asked
    /// first, not what is asked.
    pub fn looks_saturated(&self, limits: PageLimits) -> bool {
        let full_so_far =
            self.next_offset > 0 && !self.exhausted && !self.asked_again && self.empty_in_a_row == 0;
        full_so_far && self.promised.is_some_and(|promised| promised > u64::from(limits.depth))
    }

    /// The smallest believable number of matches that any page promised.
    pub fn promised(&self) -> Option<u64> {
        self.promised
    }

    /// Rows that the pages ahead are said to have; as many as one likes if nothing was said.
    #[expect(clippy::cast_precision_loss, reason = "a number of rows to compare with a page")]
    pub fn rows_left(&self) -> f64 {
        self.promised
            .map_or(f64::INFINITY, |promised| promised.saturating_sub(u64::from(self.next_offset)) as f64)
    }

    /// Whether a page was asked.
    pub fn has_begun(&self) -> bool {
        self.next_offset > 0 || self.exhausted
    }

    /// Ends it: there are no pages.
    pub fn end(&mut self) {
        self.exhausted = true;
    }

    fn is_short(&self, distinct: usize) -> bool {
        self.promised.is_some_and(|promised| promised > distinct as u64)
    }

    /// Leaves a page that has shown so many `rows`.
    fn advance(&mut self, limit: u32, rows: u32) {
        self.empty_in_a_row = if rows == 0 { self.empty_in_a_row.saturating_add(1) } else { 0 };
        self.next_offset = self.next_offset.saturating_add(limit.max(1));
        self.asked_again = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PageLimits = PageLimits { page: 50, depth: 1000 };

    fn page(rows: u32, total: u64, has_next: bool) -> Page {
        Page { rows, total: Some(total), has_next, ..Page::default() }
    }

    /// Walks over pages made by `answer` from the offset; says how it ended and what was asked. Every row is
    /// a new artist.
    fn walk(limits: PageLimits, mut answer: impl FnMut(u32, u32) -> Page) -> (Step, Vec<u32>) {
        let mut rows = 0;
        walk_seeing(limits, |offset, limit| {
            let page = answer(offset, limit);
            rows = rows.max((offset + page.rows) as usize);
            (page, rows)
        })
    }

    fn walk_seeing(
        limits: PageLimits,
        mut answer: impl FnMut(u32, u32) -> (Page, usize),
    ) -> (Step, Vec<u32>) {
        let (mut walk, mut asked, mut distinct) = (Walk::default(), Vec::new(), 0);
        loop {
            match walk.step(limits, distinct) {
                Step::Ask { offset, limit } => {
                    asked.push(offset);
                    let page;
                    (page, distinct) = answer(offset, limit);
                    walk.observe(limit, &page, distinct);
                }
                end => return (end, asked),
            }
        }
    }

    fn honest(matches: u32) -> impl FnMut(u32, u32) -> Page {
        move |offset, limit| {
            let rows = matches.saturating_sub(offset).min(limit);
            page(rows, u64::from(matches), offset + rows < matches)
        }
    }

    #[test]
    fn a_short_page_that_nothing_contradicts_ends_the_walk() {
        assert_eq!(walk(LIMITS, honest(0)), (Step::Exhausted, vec![0]));
        assert_eq!(walk(LIMITS, honest(30)), (Step::Exhausted, vec![0]));
        assert_eq!(walk(LIMITS, honest(120)), (Step::Exhausted, vec![0, 50, 100]));
    }

    #[test]
    fn a_walk_to_the_search_depth_is_saturated() {
        let (end, asked) = walk(LIMITS, honest(5000));
        assert_eq!((end, asked.len()), (Step::Saturated, 20));
        assert_eq!(walk(LIMITS, honest(999)).0, Step::Exhausted);
    }

    #[test]
    fn a_walk_that_ends_with_an_empty_page_is_not_saturated() {
        let narrow = PageLimits { page: 10, depth: 10 };
        let (end, asked) = walk(narrow, |_, _| page(0, 1000, true));
        assert_eq!((end, asked), (Step::Short, vec![0, 0]));
        let three_pages = PageLimits { page: 10, depth: 30 };
        let (end, _) = walk(three_pages, |offset, _| page(if offset < 20 { 10 } else { 0 }, 1000, true));
        assert_eq!(end, Step::Short);
    }

    #[test]
    fn the_last_page_is_cut_to_the_search_depth() {
        let (_, asked) = walk(PageLimits { page: 50, depth: 120 }, honest(5000));
        assert_eq!(asked, [0, 50, 100]);
        assert_eq!(
            Walk { next_offset: 100, ..Walk::default() }.step(PageLimits { page: 50, depth: 120 }, 0),
            Step::Ask { offset: 100, limit: 20 }
        );
    }

    #[test]
    fn a_page_that_brought_fewer_than_promised_is_asked_once_more() {
        let mut first = true;
        let (end, asked) = walk(LIMITS, |offset, _| match offset {
            0 if std::mem::take(&mut first) => page(20, 80, true),
            0 => page(50, 80, true),
            _ => page(30, 80, false),
        });
        assert_eq!((end, asked), (Step::Exhausted, vec![0, 0, 50]));
    }

    #[test]
    fn an_empty_page_in_the_middle_does_not_end_the_walk() {
        let (_, asked) = walk(LIMITS, |offset, _| match offset {
            0 | 100 => page(50, 130, true),
            50 => page(0, 130, true),
            _ => page(0, 130, false),
        });
        assert_eq!(asked, [0, 50, 50, 100, 150]);
    }

    #[test]
    fn an_empty_page_before_full_ones_does_not_end_the_walk_at_the_depth() {
        let four_pages = PageLimits { page: 10, depth: 40 };
        let (end, asked) = walk(four_pages, |offset, _| page(if offset == 10 { 0 } else { 10 }, 1000, true));
        assert_eq!((end, asked), (Step::Saturated, vec![0, 10, 10, 20, 30]));
    }

    #[test]
    fn empty_pages_with_full_ones_between_them_do_not_end_the_walk() {
        let empty = |offset: u32| matches!(offset, 10 | 30);
        let (end, asked) = walk(PageLimits { page: 10, depth: 60 }, |offset, _| {
            page(if empty(offset) { 0 } else { 10 }, 1000, true)
        });
        assert_eq!((end, asked), (Step::Saturated, vec![0, 10, 10, 20, 30, 30, 40, 50]));
    }

    #[test]
    fn a_null_next_on_a_full_page_does_not_end_the_walk() {
        let (_, asked) =
            walk(LIMITS, |offset, _| if offset == 0 { page(50, 50, false) } else { page(7, 57, false) });
        assert_eq!(asked, [0, 50]);
    }

    #[test]
    fn a_total_that_promises_for_ever_ends_after_two_empty_pages() {
        let (end, asked) = walk(LIMITS, |_, _| page(0, 100_000, false));
        assert_eq!((end, asked.len()), (Step::Short, 8), "twice to the second empty page, each asked again");
    }

    #[test]
    fn an_artist_that_slipped_over_the_edge_of_a_page_is_looked_for_with_the_edges_elsewhere() {
        let shown = |found_at: u32| {
            let mut honest = honest(120);
            let mut seen = 0;
            move |offset: u32, limit: u32| {
                let page = honest(offset, limit);
                seen = if offset == found_at { 120 } else { (seen + page.rows as usize).min(119) };
                (page, seen)
            }
        };
        assert_eq!(walk_seeing(LIMITS, shown(25)), (Step::Exhausted, vec![0, 50, 100, 25]));
        assert_eq!(walk_seeing(LIMITS, shown(999)), (Step::Short, vec![0, 50, 100, 25, 75]));
    }

    #[test]
    fn a_single_page_with_an_unreadable_row_is_asked_once_more() {
        let (end, asked) = walk_seeing(LIMITS, |_, _| (page(30, 30, false), 29));
        assert_eq!((end, asked), (Step::Short, vec![0, 0]));
    }
}
