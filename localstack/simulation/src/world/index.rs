//! The index of the terms: a copy of the table that lags behind it.

use std::collections::VecDeque;

use collect::memory::MemoryFrontier;
use collect::term::Term;

use crate::moment::Moment;

/// The copy, and the changes that are on their way to it.
#[derive(Debug, Default)]
pub(crate) struct Index {
    copy: MemoryFrontier,
    coming: VecDeque<(Moment, Term)>,
}

impl Index {
    /// A change that arrives at `moment`, though not before those that were made earlier.
    pub(crate) fn follow(&mut self, moment: Moment, term: &Term) {
        let after = self.coming.back().map_or(moment, |(last, _)| moment.max(*last));
        // An index holds keys only.
        self.coming.push_back((after, Term { progress: term.question.progress(), ..term.clone() }));
    }

    /// The copy as it is at `now`.
    pub(crate) fn at(&mut self, now: Moment) -> &MemoryFrontier {
        while self.coming.front().is_some_and(|(moment, _)| *moment <= now) {
            if let Some((_, term)) = self.coming.pop_front() {
                self.copy.replace(term);
            }
        }
        &self.copy
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use collect::ports::Frontier;
    use collect::term::{Question, RunId, SearchTerm, Source};

    use super::*;
    use crate::world::state::at_once;

    #[test]
    fn a_change_is_seen_when_it_has_arrived() {
        let run = RunId::new("r").unwrap();
        let term =
            Term::new(run.clone(), Source::Search, Question::Search(SearchTerm::new("a").unwrap()), 1.0);
        let (now, mut index) = (Moment::default(), Index::default());
        index.follow(now + Duration::from_secs(1), &term);
        let ready = |index: &mut Index, now| {
            let lane = collect::term::Lane::Ready(Source::Search);
            at_once(index.at(now).lane(&run, lane, 10)).unwrap().unwrap().len()
        };
        assert_eq!(ready(&mut index, now), 0);
        assert_eq!(ready(&mut index, now + Duration::from_secs(1)), 1);
    }
}
