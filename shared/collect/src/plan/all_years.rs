//! The question for everything: artists that released something in any year, whatever their names.
//!
//! Words are asked for by their beginnings, so a name is out of reach if it begins with a character that no
//! name has shown yet. Years reach it: the first term of a run asks for all years, tries out on its first
//! page whether years, `NOT` and quotes work, and if the first two do, puts one term for the names of which
//! no word begins with a-z or a digit. Of other scripts, the characters that begin a word of some name are
//! then asked for, and the most common ones in proportion to the catalogue: they find artists without a known
//! year.
//!
//! Where that cannot be asked, the question for everything puts one term for each base character of other
//! scripts, and stays open, so that no run calls itself complete on the strength of an alphabet alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use jiff::tz::TimeZone;

use super::inquiry::{Answer, Ask, Ending, Inquiry, Known, LAST, Next, Unanswered};
use super::refusal::Failure;
use super::roots::{UNDATED, characters, other_scripts, undated};
use super::trials::{FEWEST, filters, is_last_attempt, is_most, kept};
use crate::catalogue::{alphabet, text};
use crate::run::Run;
use crate::term::{
    Operator, Operators, Progress, Question, SearchProgress, SearchTerm, Seen, Term, TermKey, Trial, Years,
};
use crate::web_api::{Page, PageAsk};

/// The term of `run` for all years up to the one in which it was opened.
pub(crate) fn term(run: &Run) -> Option<SearchTerm> {
    let this_year = run.opened_at.to_zoned(TimeZone::UTC).year();
    SearchTerm::default().released(Years::until(this_year))
}

/// The key of that term.
pub(crate) fn key(run: &Run) -> Option<TermKey> {
    term(run).map(|term| Question::Search(term).key())
}

/// Why the question for everything stays open.
pub(crate) const UNREACHED: &str =
    "names that begin with a character that no name has shown cannot be asked for";

/// Longest word that quotes are tried on.
const MOST_LETTERS: usize = 4;

/// Words that quotes are tried on before that is left to other terms.
const MOST_WORDS: usize = 4;

/// The work on the question for everything.
///
/// What it does next follows from what was answered so far: [`AllYears::decide`] reads the answers in order,
/// up to the first that is missing. So after an interruption it goes on where it stood, and asks nothing
/// twice.
#[derive(Debug)]
pub(crate) struct AllYears {
    search: SearchTerm,
    progress: SearchProgress,
    /// What is asked.
    question: Option<SearchTerm>,
    /// Questions that met trouble once too often.
    abandoned: BTreeSet<String>,
}

/// What is needed before anything more can be decided.
enum Need {
    /// The answer to this.
    Answer(Box<SearchTerm>),
    /// That this is remembered: whether the operator works.
    Note(Operator, bool),
}

impl AllYears {
    /// Goes on with the question.
    pub(crate) fn new(search: SearchTerm, progress: SearchProgress) -> Self {
        Self { search, progress, question: None, abandoned: BTreeSet::new() }
    }

    /// The first page of `question`; nothing if it was abandoned.
    fn page(&self, question: &SearchTerm) -> Result<Option<Page>, Need> {
        let query = question.query();
        match self.progress.trials.get(&query) {
            Some(answered) => Ok(Some(answered.into())),
            None if self.abandoned.contains(&query) => Ok(None),
            None => Err(Need::Answer(Box::new(question.clone()))),
        }
    }

    /// How the term ends, once everything it takes is known.
    fn decide(&self, term: &Term, known: &Known<'_>) -> Result<Ending, Need> {
        let operators = known.operators;
        let Some(all) = self.page(&self.search)? else { return Ok(unreached(term, 0, known)) };
        if shows_all(&all, known.limits.page) {
            let mut seen = Seen::default();
            all.artists.iter().for_each(|artist| seen.learn(&self.search, &artist.name));
            let roots = seen.seen_roots().map(|root| term.follow_up(root, UNDATED));
            return Ok(Ending { follow_ups: roots.collect(), ..Ending::done() });
        }
        if operators.years.is_none() {
            return Err(Need::Note(Operator::Years, self.years_work(&all)?));
        }
        if operators.years == Some(true)
            && operators.not.is_none()
            && let Some(works) = self.not_works(&all)?
        {
            return Err(Need::Note(Operator::Not, works));
        }
        if let Some((operator, works)) = self.quotes_work(&all, operators)? {
            return Err(Need::Note(operator, works));
        }
        let artists = all.total.unwrap_or_default();
        let latin = alphabet::latin().map(String::from);
        let Some(rest) = self.search.excluding(latin).filter(|_| operators.show_other_scripts()) else {
            return Ok(unreached(term, artists, known));
        };
        let others = all.artists.iter().filter(|artist| rest.matches(&text::words(&artist.name))).count();
        #[expect(clippy::cast_precision_loss, reason = "rows of a page")]
        let expected = others.max(1) as f64;
        let roots = iter::once((rest, expected)).chain(undated(artists));
        Ok(Ending::split(roots.map(|(root, expected)| term.follow_up(root, expected)).collect()))
    }

    /// Whether years filter: early years must show other artists than all years do, and all years nearly
    /// everybody.
    fn years_work(&self, all: &Page) -> Result<bool, Need> {
        let years = self.search.years();
        let early = years.and_then(Years::cut).and_then(|[early, _]| self.search.released(early));
        let word = all.artists.iter().find_map(|artist| text::words(&artist.name).into_iter().next());
        // Two letters: the first page of a root is better left to it, since its forecasts rest on what is new
        // there.
        let plain = word.map(|word| word.chars().take(2).collect::<String>());
        let plain = plain.and_then(|letters| SearchTerm::new(&letters).ok());
        let with_years = plain.as_ref().and_then(|plain| plain.released(years?));
        let (Some(early), Some(plain), Some(with_years)) = (early, plain, with_years) else {
            return Ok(false);
        };
        let Some(early) = self.page(&early)? else { return Ok(false) };
        let Some(plain) = self.page(&plain)? else { return Ok(false) };
        let Some(with_years) = self.page(&with_years)? else { return Ok(false) };
        let filters = early.artists.len() >= FEWEST && !is_most(kept(all, &early), all.artists.len());
        let keeps = is_most(kept(&plain, &with_years), plain.artists.len());
        Ok(filters && keeps)
    }

    /// Whether `NOT` excludes, tried with some of the letters, so that names are excluded and names stay.
    /// Nothing where the page does not tell.
    fn not_works(&self, all: &Page) -> Result<Option<bool>, Need> {
        // Most names have a word with one of the first letters; with every third letter, some of two words
        // remain.
        let some = alphabet::letters().step_by(3).map(String::from);
        let Some(question) = self.search.excluding(some) else { return Ok(None) };
        let Some(page) = self.page(&question)? else { return Ok(None) };
        Ok(filters(&question, all, &page))
    }

    /// Whether quotes ask for whole words, tried on short words that many names have: they are the beginnings
    /// of many longer ones too. Then, where `NOT` works, whether it excludes whole words. Nothing where no
    /// page tells, or all is known.
    fn quotes_work(&self, all: &Page, operators: Operators) -> Result<Option<(Operator, bool)>, Need> {
        let Operators { not, quotes, not_quotes, .. } = operators;
        let may_exclude = quotes == Some(true) && not == Some(true) && not_quotes.is_none();
        if quotes.is_some() && !may_exclude {
            return Ok(None);
        }
        for word in short_words(all) {
            let Some(quoted) = word.ending(0) else { continue };
            let Some(plain) = self.page(&word)? else { return Ok(None) };
            let Some(whole) = self.page(&quoted)? else { return Ok(None) };
            let Some(works) = filters(&quoted, &plain, &whole) else { continue };
            return if quotes.is_none() {
                Ok(Some((Operator::Quotes, works)))
            } else {
                Ok(self.not_quotes_works(&word, &plain)?.map(|works| (Operator::NotQuotes, works)))
            };
        }
        Ok(None)
    }

    /// Whether a whole word can be excluded, tried on one whose page is `plain`.
    fn not_quotes_works(&self, word: &SearchTerm, plain: &Page) -> Result<Option<bool>, Need> {
        let [whole] = word.words() else { return Ok(None) };
        let Some(others) = word.excluding_whole(whole) else { return Ok(None) };
        let Some(page) = self.page(&others)? else { return Ok(None) };
        Ok(filters(&others, plain, &page))
    }
}

/// The end of a question that cannot reach all names: other scripts are searched character by character.
fn unreached(term: &Term, artists: u64, known: &Known<'_>) -> Ending {
    let roots = other_scripts(artists, known.settings);
    let follow_ups = roots.map(|(root, expected)| term.follow_up(root, expected)).collect();
    Ending { follow_ups, ..Ending::open(UNREACHED) }
}

impl Inquiry for AllYears {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        match self.decide(term, known) {
            Ok(mut ending) => {
                // The leaves that the run has begun with rest on the characters that were known then.
                if known.leaves_lack_not && known.operators.not == Some(true) {
                    let roots = characters(alphabet::latin());
                    ending.follow_ups.extend(roots.map(|root| term.follow_up(root, LAST)));
                }
                Next::Finish(ending)
            }
            Err(Need::Note(operator, works)) => Next::Note(operator, works),
            Err(Need::Answer(question)) => {
                let page = PageAsk { limit: known.first_page(), offset: 0 };
                let ask = known.search(term, &question, page);
                self.question = Some(*question);
                Next::Ask(ask)
            }
        }
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, _known: &Known<'_>) {
        if let Some(question) = self.question.take() {
            self.progress.trials.insert(question.query(), Trial::from(&answer.page));
        }
    }

    fn unanswered(
        &mut self,
        term: &Term,
        _asked: Ask,
        why: Unanswered,
        _known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        let Some(question) = self.question.take() else { return Err(why) };
        match why {
            // A question that is refused for good is answered too: it is not understood, and brings nothing.
            Unanswered::Failure(Failure::GiveUp(_)) => {
                self.progress.trials.insert(question.query(), Trial::default());
                Ok(())
            }
            Unanswered::Failure(Failure::TryAgain(_)) if is_last_attempt(term) && question != self.search => {
                self.abandoned.insert(question.query());
                Ok(())
            }
            why => Err(why),
        }
    }

    fn is_patient(&self) -> bool {
        true
    }

    fn into_progress(self: Box<Self>) -> Progress {
        self.progress.into()
    }
}

/// Whether everything fits on one page: then there is nothing to be found out, and nothing is left.
fn shows_all(all: &Page, page: u32) -> bool {
    let more = all.has_next || all.total.is_some_and(|total| total > u64::from(all.rows));
    (1..page).contains(&all.rows) && !more
}

/// The short words that most names of a page have, and not single letters: the first pages of these are
/// better left to the roots, whose forecasts rest on what is new there.
fn short_words(page: &Page) -> impl Iterator<Item = SearchTerm> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for word in page.artists.iter().flat_map(|artist| text::words(&artist.name)) {
        *counts.entry(word).or_default() += 1;
    }
    counts.retain(|word, _| word.is_ascii() && (2..=MOST_LETTERS).contains(&word.len()));
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_by_key(|(word, count)| (Reverse(*count), word.len()));
    words.into_iter().filter_map(|(word, _)| SearchTerm::new(&word).ok()).take(MOST_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::inquiry::testing::{World, answer, asked, ending, page, query, search, term, trouble};
    use crate::settings::MAX_ATTEMPTS;
    use crate::term::{Source, TermState};

    const ALL: [&str; 4] = ["Abba", "Beta Band", "Cd", "Dj Abba"];

    fn all_years(progress: SearchProgress) -> (Term, AllYears) {
        let years = search("year:1900-2026");
        (term(Source::Search, years.clone()), AllYears::new(years, progress))
    }

    /// The inquiry after its first answer.
    fn begun(world: &World) -> (Term, AllYears) {
        let (mut term, mut inquiry) = all_years(SearchProgress::default());
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(query(&ask), "year:1900-2026");
        inquiry.learn(&mut term, ask, answer(page(ALL, 9_000)), &world.known());
        (term, inquiry)
    }

    #[test]
    fn a_catalogue_of_one_page_needs_no_trials() {
        let world = World::default();
        let (mut term, mut inquiry) = all_years(SearchProgress::default());
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(page(ALL, 4)), &world.known());
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
    }

    #[test]
    fn what_was_answered_before_an_interruption_is_not_asked_again() {
        let world = World::default();
        let (mut term, mut inquiry) = begun(&world);
        let second = asked(inquiry.next(&mut term, &world.known()));
        let progress = Box::new(inquiry).into_progress();
        let (_, mut resumed) = all_years(progress.into());
        let resumed = asked(resumed.next(&mut term, &world.known()));
        assert_eq!(resumed.request, second.request);
        assert_ne!(query(&resumed), "year:1900-2026");
    }

    #[test]
    fn a_trial_that_only_meets_trouble_is_left_before_the_term_is_given_up() {
        let world = World::default();
        let (mut term, mut inquiry) = begun(&world);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, trouble(), &world.known()), Err(trouble()));
        term.attempts = MAX_ATTEMPTS - 1;
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, trouble(), &world.known()), Ok(()));
        let next = inquiry.next(&mut term, &world.known());
        assert!(matches!(next, Next::Note(Operator::Years, false)), "{next:?}");
    }

    #[test]
    fn names_without_letters_and_digits_are_asked_for_where_not_and_years_work() {
        let works = Some(true);
        let operators = Operators { not: works, quotes: Some(false), not_quotes: None, years: works };
        let mut world = World { operators, ..World::default() };
        let (mut term, mut inquiry) = begun(&world);
        let end = ending(inquiry.next(&mut term, &world.known()));
        // And the most common characters, in proportion to 10,000 artists.
        assert_eq!((end.state, end.follow_ups.len()), (TermState::Split, 1 + 6));
        assert!(end.follow_ups[0].key().as_str().contains("NOT z"), "{:?}", end.follow_ups[0].key());
        world.operators.years = Some(false);
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!((end.state, end.reason.as_deref()), (TermState::Open, Some(UNREACHED)));
        assert_eq!(end.follow_ups.len(), alphabet::other_scripts().count(), "each of its characters");
    }
}
