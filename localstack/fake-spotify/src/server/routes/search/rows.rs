//! What may happen to the rows and the total of a page before it is sent.

use super::question::Question;
use crate::catalogue::Catalogue;
use crate::server::call::Call;

/// A stretch of a result: the rows of the page, and one more on either side where there is one.
#[derive(Clone, Debug)]
pub(super) struct Stretch<T> {
    pub(super) rows: Vec<T>,
    /// How many match in all.
    pub(super) total: usize,
}

impl<T: Copy> Stretch<T> {
    /// The rows of the page after all that may happen to them; `None` is a null. `swap` lets the rows on both
    /// sides of a place change places if they may.
    pub(super) fn rows(
        &self,
        question: &Question,
        call: &mut Call<'_>,
        swap: impl Fn(&mut [T], usize),
    ) -> Vec<Option<T>> {
        let (faults, random) = (call.faults, &mut call.random);
        let mut stretch = self.rows.clone();
        let start = usize::from(question.offset > 0).min(stretch.len());
        let end = (start + question.limit).min(stretch.len());
        if stretch.len() > end && random.chance(faults.empty_page_rate) {
            return Vec::new();
        }
        for boundary in [start, end] {
            if random.chance(faults.tie_shift_rate) {
                swap(&mut stretch, boundary);
            }
        }
        let mut rows = Vec::with_capacity(end - start);
        for place in start..end {
            if random.chance(faults.drop_rate) {
                continue;
            }
            let repeats = place > 0 && random.chance(faults.repeat_rate);
            let row = stretch[if repeats { place - 1 } else { place }];
            rows.push((!random.chance(faults.null_rate)).then_some(row));
        }
        rows
    }

    /// The total, or a lie.
    pub(super) fn total(&self, question: &Question, call: &mut Call<'_>) -> usize {
        if !call.random.chance(call.faults.total_lies) {
            return self.total;
        }
        match call.random.below(4) {
            0 => self.total.min(call.app.config.search_window),
            1 => self.total.saturating_sub(question.offset / 2),
            2 => 0,
            _ => self.total + 1 + call.random.below(900),
        }
    }
}

/// Lets the artists on both sides of `boundary` change places if they are equally popular.
pub(super) fn swap_tied(catalogue: &Catalogue, ranks: &mut [u32], boundary: usize) {
    let popularity = |rank: u32| catalogue.artist(rank).popularity();
    if boundary > 0
        && boundary < ranks.len()
        && popularity(ranks[boundary - 1]) == popularity(ranks[boundary])
    {
        ranks.swap(boundary - 1, boundary);
    }
}
