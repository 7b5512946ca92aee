//! Trials: questions whose answers say whether an operator of a search works.
//!
//! Nothing about the operators is taken for granted: each is tried out in every run before anything rests on
//! it. The question for everything does that first ([`all_years`](super::all_years)); what its pages did not
//! tell, saturated terms try before they are split.

use std::collections::BTreeSet;

use super::inquiry::{Known, Next, Unanswered};
use super::refusal::Failure;
use crate::catalogue::{ArtistId, alphabet, text};
use crate::settings::MAX_ATTEMPTS;
use crate::term::{Operator, Operators, SearchTerm, Term, Years};
use crate::web_api::{Page, PageAsk};

/// How often a term that is not there for trials asks a question of one.
const TRIES: u32 = 3;

/// A trial on a saturated term: what has to be known before it is split.
#[derive(Debug)]
pub(crate) struct SaturatedTrial {
    tried: Tried,
    /// The first page of the term.
    plain: Page,
    questions: Vec<SearchTerm>,
    /// The answers so far, in the order of the questions.
    pages: Vec<Page>,
    /// How often the next question was asked.
    tries: u32,
    over: bool,
}

/// What is tried out.
#[derive(Clone, Copy, Debug)]
enum Tried {
    /// Whether years filter: all years must show nearly everybody of a genre, and early ones others.
    YearsOfGenre,
    /// Whether `NOT` or quotes work on a word.
    OnWord(Operator),
}

impl SaturatedTrial {
    /// What splitting `search`, a saturated term whose first page is `plain`, needs to know: of a word
    /// whether `NOT` excludes, and if not, whether quotes ask for whole words; of a genre whether years
    /// filter. Where the pages say nothing, it stays open until the next term is tried.
    pub(crate) fn of(search: &SearchTerm, plain: Page, known: &Known<'_>) -> Option<Self> {
        let (tried, questions) = if search.genre().is_some() && search.words().is_empty() {
            (Tried::YearsOfGenre, on_genre(search, known)?)
        } else {
            let (operator, question) = on_word(search, known.operators)?;
            (Tried::OnWord(operator), vec![question])
        };
        Some(Self { tried, plain, questions, pages: Vec::new(), tries: 0, over: false })
    }

    /// The next question, or what was found out. Nothing once it is over.
    pub(crate) fn next(&mut self, term: &Term, known: &Known<'_>) -> Option<Next> {
        if self.over {
            return None;
        }
        if let Some(question) = self.questions.get(self.pages.len()) {
            let page = PageAsk { limit: known.first_page(), offset: 0 };
            return Some(Next::Ask(known.search(term, question, page)));
        }
        self.over = true;
        self.verdict().map(|(operator, works)| Next::Note(operator, works))
    }

    /// What the answers say; nothing where they do not tell.
    fn verdict(&self) -> Option<(Operator, bool)> {
        match (self.tried, self.pages.as_slice(), self.questions.as_slice()) {
            (Tried::YearsOfGenre, [all, early], _) => {
                let keeps = is_most(kept(&self.plain, all), self.plain.artists.len());
                let filters = early.artists.len() >= FEWEST && !is_most(kept(all, early), all.artists.len());
                // A genre may be too young for early years to show anybody; that says nothing of the filter.
                (keeps && filters).then_some((Operator::Years, true))
            }
            (Tried::OnWord(operator), [page], [question]) => {
                Some((operator, filters(question, &self.plain, page)?))
            }
            (Tried::YearsOfGenre | Tried::OnWord(_), _, _) => None,
        }
    }

    /// Takes the answer to the next question in.
    pub(crate) fn learn(&mut self, page: Page) {
        self.pages.push(page);
        self.tries = 0;
    }

    /// The next question has to be asked for fewer rows.
    pub(crate) fn ask_less(&mut self) {
        self.tries += 1;
    }

    /// The next question got no answer. Trouble with it does not end the work on the term: another term will
    /// try.
    pub(crate) fn unanswered(&mut self, why: Unanswered) -> Result<(), Unanswered> {
        match why {
            // A question that is refused for good is answered too: it is not understood, and brings nothing.
            Unanswered::Failure(Failure::GiveUp(_)) => self.learn(Page::default()),
            Unanswered::Failure(Failure::TryAgain(_)) => {
                self.tries += 1;
                self.over = self.tries >= TRIES;
            }
            why => return Err(why),
        }
        Ok(())
    }
}

/// The genre in all years, and in early ones.
fn on_genre(search: &SearchTerm, known: &Known<'_>) -> Option<Vec<SearchTerm>> {
    if known.operators.years.is_some() || search.years().is_some() {
        return None;
    }
    let years = Years::until(known.this_year());
    let early = years.cut().map(|[early, _]| early);
    let questions = [Some(years), early].map(|years| search.released(years?));
    Some(questions.into_iter().flatten().collect())
}

/// The operator to try on a word, and the question that tries it.
fn on_word(search: &SearchTerm, operators: Operators) -> Option<(Operator, SearchTerm)> {
    let ([word], false) = (search.words(), search.has_exclusions()) else { return None };
    if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || search.years().is_some() {
        return None;
    }
    let others = alphabet::letters().filter(|c| !word.starts_with(*c)).map(String::from);
    match (operators.not, operators.quotes) {
        (None, _) => Some((Operator::Not, search.excluding(others)?)),
        (Some(false), None) => Some((Operator::Quotes, search.ending(0)?)),
        (Some(_), _) => None,
    }
}

/// Whether the term would be given up after one more failure. A question of a trial that only ever meets
/// trouble is left before that: the term has nothing wrong.
pub(crate) fn is_last_attempt(term: &Term) -> bool {
    term.attempts + 1 >= MAX_ATTEMPTS
}

/// Fewest names on the plain page that must be excluded, and fewest that must stay, for a trial to say
/// anything.
pub(crate) const FEWEST: usize = 2;

/// Share of the names that must stay, to which pages may differ from one request to the next.
const STAYED: f64 = 0.8;

/// Whether `page`, the answer to `question`, is what `plain`, the page without the operator that is tried,
/// makes expect. It must show no name that does not match, and those of the plain page that do: an operator
/// that excludes too much would hide artists, and one that excludes nothing would split nothing.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::inquiry::testing::{World, page, search, term, trouble};
    use crate::term::Source;

    #[test]
    fn each_question_of_a_trial_has_tries_of_its_own() {
        let world = World::default();
        let genre = search("genre:\"rock\"");
        let term = term(Source::Genres, genre.clone());
        let mut trial = SaturatedTrial::of(&genre, page(["A", "B"], 5_000), &world.known()).unwrap();
        for _ in 0..2 {
            for _ in 1..TRIES {
                assert_eq!(trial.unanswered(trouble()), Ok(()));
            }
            assert!(matches!(trial.next(&term, &world.known()), Some(Next::Ask(_))));
            trial.learn(page(["A", "B"], 5_000));
        }
    }
}
