//! The adaptive search: page after page as long as they bring what was expected, then narrower terms.

use super::forecast;
use super::inquiry::{Answer, Ask, Ending, Found, Inquiry, Known, Lookup, Next, Unanswered};
use super::refusal::Failure;
use super::roots;
use super::split::{self, Means, Part, Split};
use super::trials::SaturatedTrial;
use crate::term::{LastPage, Progress, SearchProgress, SearchTerm, Source, Step, Tally, Term};
use crate::web_api::{Page, PageAsk, PageLimits};

/// The residue of a term with exclusions in a run that could not try out whether they work.
const UNTRIED: &str = "whether its exclusions work could not be tried out";

/// A term that matches more than this many times the search depth is not split early while its rows are new:
/// its parts will be saturated too, so that few of the rows that they show again cost a request, and the best
/// known artists come first.
const HUGE: f64 = 20.0;

/// The share of new rows at which a page counts as new.
const NEW: f64 = 0.9;

/// The work on a search.
#[derive(Debug)]
pub(crate) struct Searching {
    search: SearchTerm,
    progress: SearchProgress,
    /// New artists a request that the term was dispatched for.
    dispatched_for: f64,
    /// Whether it was looked at whether the term needs asking at all.
    begun: bool,
    /// Whether a page was answered since the dispatch.
    asked: bool,
    /// The page that is asked for.
    page: PageAsk,
    /// What has to be known before the term is split.
    trial: Option<SaturatedTrial>,
    /// The whole words of the run that saturate, once they were looked up.
    saturated_words: Option<Vec<String>>,
    /// Whether Spotify refuses to search for the term's signs.
    refused: bool,
}

impl Searching {
    /// Goes on with a search.
    pub(crate) fn new(search: SearchTerm, progress: SearchProgress, dispatched_for: f64) -> Self {
        Self {
            search,
            progress,
            dispatched_for,
            begun: false,
            asked: false,
            page: PageAsk { limit: 0, offset: 0 },
            trial: None,
            saturated_words: None,
            refused: false,
        }
    }

    /// How the term ends if it is asked by another one.
    fn without_asking(&self, term: &Term, known: &Known<'_>) -> Option<Ending> {
        let Self { search, progress, .. } = self;
        let excludes = known.operators.excludes(search);
        if excludes != Some(true) {
            // It was made by a run in which its exclusions worked. Without them it finds at least the same.
            // If they are found to work later in this run, others may count on this very term; so it counts
            // as open where that is not settled.
            let plain = vec![term.follow_up(search.including_all(), term.priority)];
            let untried = Ending { follow_ups: plain.clone(), ..Ending::open(UNTRIED) };
            return Some(if excludes.is_none() { untried } else { Ending::split(plain) });
        }
        let is_new = *progress == SearchProgress::default() && term.tally == Tally::default();
        if known.operators.not == Some(true) && is_new {
            let alone = split::without_other_roots(search)?;
            return Some(Ending::split(vec![term.follow_up(alone, term.priority)]));
        }
        None
    }

    /// Whether a term that is going to saturate has shown enough to be split: its parts need not wait for
    /// pages whose artists they find again.
    fn splits_early(&self, limits: PageLimits) -> bool {
        let Self { progress, .. } = self;
        let huge = self.total(limits) > HUGE * f64::from(limits.depth);
        let brings_new_rows = huge && forecast::fresh(progress.last_page) > NEW;
        !progress.parted
            && !brings_new_rows
            && progress.seen.names() >= forecast::SAMPLE
            && progress.walk.looks_saturated(limits)
    }

    /// How the term is to be split.
    fn divide(&self, known: &Known<'_>) -> Split {
        let this_year = known.this_year();
        let means = Means { operators: known.operators, depth: known.limits.depth, this_year };
        split::divide(&self.search, &self.progress.seen, self.total(known.limits), means)
    }

    /// How many artists match a saturated term, as far as is known.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn total(&self, limits: PageLimits) -> f64 {
        let beyond = 2.0 * f64::from(limits.depth);
        let promised = self.progress.walk.promised();
        promised.map_or(beyond, |promised| promised as f64).max(f64::from(limits.depth))
    }

    fn follow_ups(&self, term: &Term, parts: &[Part], limits: PageLimits) -> Vec<Term> {
        let fresh = forecast::fresh_beyond(&self.progress, &self.search);
        let follow_up = |part: &Part| {
            let expected = forecast::first_page(part, fresh, limits);
            term.follow_up(part.term.clone(), expected)
        };
        parts.iter().map(follow_up).collect()
    }

    /// The depth of the search is exhausted, the matches are not.
    fn saturated(&self, term: &Term, known: &Known<'_>) -> Next {
        let split = self.divide(known);
        let mut follow_ups = self.follow_ups(term, &split.parts, known.limits);
        if split.whole {
            let Some(words) = &self.saturated_words else {
                return Next::Look(Lookup::SaturatedWords { add: self.only_word() });
            };
            let total = self.total(known.limits);
            let pairs = split::pairs(&self.search, &self.progress.seen, words, total);
            follow_ups.extend(self.follow_ups(term, &pairs, known.limits));
        }
        // Whatever a genre hides, the search for everything asks for too.
        let elsewhere = self.search.genre().is_some() && known.settings.sources.has(Source::Search);
        Next::Finish(match split.residue {
            Some(residue) if !elsewhere => Ending { follow_ups, ..Ending::open(residue) },
            Some(_) | None => Ending::split(follow_ups),
        })
    }

    /// The word that the term consists of, if it is a single one.
    fn only_word(&self) -> Option<String> {
        match (self.search.words(), self.search.whole()) {
            ([word], []) | ([], [word]) => Some(word.clone()),
            _ => None,
        }
    }

    /// The next step, roots that were learned left out.
    fn step(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        if self.refused {
            return Next::Finish(Ending::done());
        }
        if let Some(next) = self.trial.as_mut().and_then(|trial| trial.next(term, known)) {
            return next;
        }
        self.trial = None;
        if !std::mem::replace(&mut self.begun, true)
            && let Some(ending) = self.without_asking(term, known)
        {
            return Next::Finish(ending);
        }
        let limits = known.limits;
        self.page = match self.progress.walk.step(limits, self.progress.artists.len()) {
            Step::Ask { offset, limit } => PageAsk { limit, offset },
            Step::Saturated => return self.saturated(term, known),
            Step::Exhausted => return Next::Finish(Ending::done()),
            Step::Short => return Next::Finish(Ending::short()),
        };
        if self.asked {
            if self.splits_early(limits) {
                let split = self.divide(known);
                let parts = self.follow_ups(term, &split.parts, limits);
                // Where the parts do not cover the term, its other pages are asked when nothing better is
                // left.
                return if split.covered { Next::Finish(Ending::split(parts)) } else { Next::Put(parts) };
            }
            term.priority = forecast::next_page(&self.progress, limits, &self.search);
            if !known.goes_on(term, self.dispatched_for.min(f64::from(limits.page))) {
                return Next::PutBack;
            }
        }
        Next::Ask(known.search(term, &self.search, self.page))
    }

    /// Learns from a page.
    fn take_in(&mut self, page: &Page) {
        for artist in &page.artists {
            self.progress.seen.learn(&self.search, &artist.name);
            self.progress.artists.insert(artist.id.fingerprint());
        }
        self.progress.walk.observe(self.page.limit, page, self.progress.artists.len());
    }
}

impl Inquiry for Searching {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        match self.step(term, known) {
            Next::Finish(mut ending) => {
                let shown = &self.progress.seen;
                ending.follow_ups.extend(roots::suggested(term, shown, known));
                Next::Finish(ending)
            }
            next => next,
        }
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, known: &Known<'_>) {
        if let Some(trial) = &mut self.trial {
            return trial.learn(answer.page);
        }
        self.progress.last_page = LastPage { rows: answer.page.rows, new: answer.new };
        self.take_in(&answer.page);
        self.asked = true;
        if self.page.offset == 0 && self.progress.walk.looks_saturated(known.limits) {
            self.trial = SaturatedTrial::of(&self.search, answer.page, known);
        }
    }

    fn ask_less(&mut self, _asked: Ask) {
        if let Some(trial) = &mut self.trial {
            trial.ask_less();
        }
    }

    fn unanswered(
        &mut self,
        _term: &Term,
        _asked: Ask,
        why: Unanswered,
        _known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        if let Some(trial) = &mut self.trial {
            return trial.unanswered(why);
        }
        match why {
            Unanswered::Failure(Failure::GiveUp(error)) if split::asks_for_signs(&self.search) => {
                tracing::info!(search = %self.search, %error, "sign that cannot be searched for");
                self.refused = true;
                Ok(())
            }
            why => Err(why),
        }
    }

    fn found(&mut self, found: Found) {
        if let Found::Words(words) = found {
            self.saturated_words = Some(words);
        }
    }

    fn done(&mut self) {
        // What a trial found out is remembered, or the parts are in the frontier.
        self.progress.parted |= self.trial.is_none();
    }

    fn into_progress(self: Box<Self>) -> Progress {
        self.progress.into()
    }
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::inquiry::testing::{
        World, answer, asked, ending, gone, page, query, search, term, trouble,
    };
    use crate::term::{Operators, TermState};

    /// A saturated first page of names that begin with `a`, each with another letter behind it. Few have no
    /// second word.
    fn saturated() -> Page {
        let bands = ('a'..='z').chain('a'..='t').map(|c| format!("A{c}{c} Band"));
        let names: Vec<String> =
            ["Abba", "Aha", "Air", "Alt"].map(str::to_owned).into_iter().chain(bands).collect();
        page(names.iter().map(String::as_str), 5_000)
    }

    fn searching(query: &str) -> (Term, Searching) {
        let search = search(query);
        (term(Source::Search, search.clone()), Searching::new(search, SearchProgress::default(), 50.0))
    }

    /// A world in which no operator works.
    fn plain_world() -> World {
        let fails = Some(false);
        let operators = Operators { not: fails, quotes: fails, not_quotes: fails, years: fails };
        World { operators, ..World::default() }
    }

    #[test]
    fn a_short_first_page_answers_a_search() {
        let world = plain_world();
        let (mut term, mut inquiry) = searching("abba");
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(query(&ask), "abba");
        inquiry.learn(&mut term, ask, answer(page(["Abba", "Abba Gold"], 2)), &world.known());
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
    }

    #[test]
    fn what_a_genre_hides_is_found_elsewhere_only_if_all_names_are_searched() {
        for (sources, state) in [("genres", TermState::Open), ("search,genres", TermState::Split)] {
            let mut world = plain_world();
            world.operators.years = Some(true);
            world.settings.sources = sources.parse().unwrap();
            let (mut term, _) = searching("genre:\"soul\"");
            // Nothing that it could be put back behind.
            let mut inquiry = Searching::new(search("genre:\"soul\""), SearchProgress::default(), 0.0);
            let end = loop {
                match inquiry.next(&mut term, &world.known()) {
                    Next::Ask(ask) => inquiry.learn(&mut term, ask, answer(saturated()), &world.known()),
                    Next::Put(_) => inquiry.done(),
                    next => break ending(next),
                }
            };
            assert_eq!(end.state, state, "{sources}");
        }
    }

    #[test]
    fn parts_that_do_not_cover_their_term_count_once_they_are_put() {
        let world = plain_world();
        for is_put in [false, true] {
            let (mut term, mut inquiry) = searching("a");
            let ask = asked(inquiry.next(&mut term, &world.known()));
            inquiry.learn(&mut term, ask, answer(saturated()), &world.known());
            let Next::Put(parts) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
            assert!(parts.len() >= 26 && parts.iter().all(|part| part.parent == Some(term.key())));
            if is_put {
                inquiry.done();
                assert!(!matches!(inquiry.next(&mut term, &world.known()), Next::Put(_)), "put once");
            }
            assert_eq!(SearchProgress::from(Box::new(inquiry).into_progress()).parted, is_put);
        }
    }

    #[test]
    fn a_trial_on_a_saturated_word_comes_before_its_split() {
        let mut world = World::default();
        let (mut term, mut inquiry) = searching("a");
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(saturated()), &world.known());
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert!(query(&ask).starts_with("a NOT b NOT c"), "{ask:?}");
        let names: Vec<String> = saturated().artists.into_iter().map(|artist| artist.name).collect();
        inquiry.learn(&mut term, ask, answer(page(names.iter().map(String::as_str), 5_000)), &world.known());
        let next = inquiry.next(&mut term, &world.known());
        assert!(matches!(next, Next::Note(_, false)), "it excludes no name with a second word: {next:?}");
        world.operators.not = Some(false);
        inquiry.done();
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::Put(_)));
    }

    #[test]
    fn trouble_with_a_trial_is_met_three_times_and_does_not_end_the_work() {
        let world = World::default();
        let (mut term, mut inquiry) = searching("a");
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(saturated()), &world.known());
        for _ in 0..3 {
            let ask = asked(inquiry.next(&mut term, &world.known()));
            assert!(query(&ask).contains("NOT"));
            assert_eq!(inquiry.unanswered(&term, ask, trouble(), &world.known()), Ok(()));
        }
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::Put(_)));
    }

    fn keys(terms: &[Term]) -> Vec<String> {
        terms.iter().map(|term| term.key().to_string()).collect()
    }

    #[test]
    fn exclusions_that_were_not_tried_out_leave_their_term_open() {
        for (not, state) in [(None, TermState::Open), (Some(false), TermState::Split)] {
            let world = World { operators: Operators { not, ..Operators::default() }, ..World::default() };
            let (mut term, mut inquiry) = searching("a NOT b");
            let ending = ending(inquiry.next(&mut term, &world.known()));
            assert_eq!((ending.state, keys(&ending.follow_ups)), (state, vec!["search:a".to_owned()]));
        }
    }

    #[test]
    fn a_character_that_was_seen_within_a_name_is_searched_for() {
        let world = plain_world();
        let (mut term, mut inquiry) = searching("abba");
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(page(["Abba 楽"], 1)), &world.known());
        let ending = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!((ending.state, keys(&ending.follow_ups)), (TermState::Done, vec!["search:楽".to_owned()]));
    }

    #[test]
    fn a_character_that_another_source_shows_is_searched_for_where_names_are_searched_for() {
        let mut world = plain_world();
        let suggested = |world: &World| {
            let (_, mut inquiry) = searching("genre:enka");
            let mut term = term(Source::Genres, search("genre:enka"));
            let ask = asked(inquiry.next(&mut term, &world.known()));
            inquiry.learn(&mut term, ask, answer(page(["演 楽"], 1)), &world.known());
            let follow_ups = ending(inquiry.next(&mut term, &world.known())).follow_ups;
            follow_ups.iter().map(|root| (root.source, root.key().to_string())).collect::<Vec<_>>()
        };
        assert_eq!(
            suggested(&world),
            [(Source::Search, "search:楽".to_owned()), (Source::Search, "search:演".to_owned())]
        );
        world.settings.sources = [Source::Genres].into_iter().collect();
        assert_eq!(suggested(&world), []);
    }

    #[test]
    fn a_sign_that_spotify_refuses_to_search_for_is_answered() {
        let world = plain_world();
        for (query, is_answered) in [("?", true), ("a", false)] {
            let (mut term, mut inquiry) = searching(query);
            let ask = asked(inquiry.next(&mut term, &world.known()));
            assert_eq!(inquiry.unanswered(&term, ask, gone(), &world.known()).is_ok(), is_answered);
            if is_answered {
                assert_eq!(ending(inquiry.next(&mut term, &world.known())).state, TermState::Done);
            }
        }
    }

    #[test]
    fn a_term_that_was_put_for_larger_pages_goes_on_while_its_smaller_ones_are_new() {
        let world = plain_world();
        let known = Known { limits: PageLimits { page: 10, depth: 1000 }, ..world.known() };
        let (mut term, mut inquiry) = searching("abba");
        let ask = asked(inquiry.next(&mut term, &known));
        inquiry.learn(&mut term, ask, answer(page(["Abba"; 10], 500)), &known);
        assert!(matches!(inquiry.next(&mut term, &known), Next::Ask(_)));
    }
}
