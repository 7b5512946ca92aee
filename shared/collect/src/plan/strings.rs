//! A string of the systematic search alone: page after page, and nothing else.

use super::inquiry::{Answer, Ask, Ending, Inquiry, Known, Next};
use crate::term::{LastPage, Progress, SearchProgress, SearchTerm, Step, Term};
use crate::web_api::PageAsk;

/// The work on a string.
#[derive(Debug)]
pub(crate) struct SearchingString {
    search: SearchTerm,
    progress: SearchProgress,
    /// The page that is asked for.
    page: PageAsk,
}

impl SearchingString {
    /// Goes on with a string.
    pub(crate) fn new(search: SearchTerm, progress: SearchProgress) -> Self {
        Self { search, progress, page: PageAsk { limit: 0, offset: 0 } }
    }
}

impl Inquiry for SearchingString {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        self.page = match self.progress.walk.step(known.limits, self.progress.artists.len()) {
            Step::Ask { offset, limit } => PageAsk { limit, offset },
            Step::Saturated => {
                let reason = "saturated, and the systematic search asks nothing narrower";
                return Next::Finish(Ending::open(reason));
            }
            Step::Exhausted => return Next::Finish(Ending::done()),
            Step::Short => return Next::Finish(Ending::short()),
        };
        Next::Ask(known.search(term, &self.search, self.page))
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, _known: &Known<'_>) {
        let Answer { page, new, .. } = answer;
        self.progress.last_page = LastPage { rows: page.rows, new };
        self.progress.artists.extend(page.artists.iter().map(|artist| artist.id.fingerprint()));
        self.progress.walk.observe(self.page.limit, &page, self.progress.artists.len());
    }

    fn into_progress(self: Box<Self>) -> Progress {
        self.progress.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::inquiry::testing::{World, answer, asked, ending, page, search, term};
    use crate::term::{Source, TermState};

    #[test]
    fn a_saturated_string_stays_open() {
        let world = World::default();
        let mut term = term(Source::Systematic, search("aa"));
        let mut inquiry = SearchingString::new(search("aa"), SearchProgress::default());
        for number in 0..20 {
            let ask = asked(inquiry.next(&mut term, &world.known()));
            let full = answer(page(["Aa"; 50], 5_000));
            inquiry.learn(&mut term, ask, full, &world.known());
            assert_eq!(inquiry.page.offset, number * 50);
        }
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!((end.state, end.follow_ups), (TermState::Open, Vec::new()));
    }
}
