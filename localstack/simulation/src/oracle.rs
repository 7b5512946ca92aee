//! A second model of the search: small, slow and obvious. It shares no rule with the collector, which splits,
//! pages and paces; it reads the catalogue from end to end and says who may be missing from a run.
//!
//! - A question shows whoever matches it.
//! - A run that searches for everything asks, in one way or another, for every word that begins with a Latin
//!   letter or a digit, and with a Cyrillic letter unless years and exclusions work: then it asks for whoever
//!   has a year and no such word. Other characters must be seen before they can be asked for.
//! - So whoever has such a word and is missing must match a question with a word that the run does not call
//!   answered, or the question for names without Latin letters and digits, if they are without. The question
//!   for everything, which neither asks for a word nor excludes one, excuses nobody once it is asked.
//!
//! A complete run has no such question, so it lacks nobody of them. A partial run lacks nobody else.

use std::collections::{BTreeMap, BTreeSet};

use collect::catalogue::{Artist, ArtistId, text};
use collect::term::{Question, SearchTerm, Term, TermState};

use crate::catalogue::Catalogue;

/// The question for everybody with a known year.
const ALL_YEARS: &str = "year:1900-2026";

/// The names of those whom a run lacks though no question that it leaves open would show them.
pub(crate) fn hidden<'a>(
    catalogue: &'a Catalogue,
    terms: &[Term],
    rows: &BTreeMap<ArtistId, Artist>,
) -> Vec<&'a str> {
    let left_open = terms.iter().filter_map(left_open);
    let excused: BTreeSet<usize> = left_open.flat_map(|search| catalogue.matching(&search.query())).collect();
    let dated: BTreeSet<usize> = catalogue.matching(ALL_YEARS).into_iter().collect();
    let is_hidden = |(number, artist): &(usize, &Artist)| {
        let is_dated = !catalogue.operators_work() || dated.contains(number);
        !rows.contains_key(&artist.id)
            && can_be_asked_for(&artist.name, is_dated)
            && !excused.contains(number)
    };
    catalogue.artists().enumerate().filter(is_hidden).map(|(_, artist)| artist.name.as_str()).collect()
}

/// The search that a term stands for, if the term is not called answered. The question for everything counts
/// as long as it waits: once it is asked, it puts the terms for what it leaves open.
fn left_open(term: &Term) -> Option<&SearchTerm> {
    let Question::Search(search) = &term.question else { return None };
    let is_closed = matches!(term.state, TermState::Done | TermState::Split);
    let asks_for_all = search.words().is_empty() && search.whole().is_empty() && !search.has_exclusions();
    (!is_closed && (!asks_for_all || !term.state.is_finished())).then_some(search)
}

/// Whether a word of the name begins with a character that every run asks for, or, of an artist with a known
/// year, with one that a question for a year shows.
fn can_be_asked_for(name: &str, is_dated: bool) -> bool {
    let is_known = |first: char| first.is_ascii_alphanumeric() || is_dated && ('а'..='я').contains(&first);
    text::words(name).iter().filter_map(|word| word.chars().next()).any(is_known)
}

#[cfg(test)]
mod tests {
    use collect::term::{RunId, Source};

    use super::*;

    fn term(query: &str, state: TermState) -> Term {
        let search = Question::Search(SearchTerm::new(query).unwrap());
        Term { state, ..Term::new(RunId::new("r").unwrap(), Source::Search, search, 1.0) }
    }

    #[test]
    fn whoever_is_missing_is_hidden_unless_an_open_question_would_show_them() {
        let catalogue = Catalogue::draw(1, true);
        let all: BTreeMap<ArtistId, Artist> =
            catalogue.artists().map(|artist| (artist.id.clone(), artist.clone())).collect();
        assert!(hidden(&catalogue, &[], &all).is_empty());
        let artist = catalogue.artists().find(|artist| can_be_asked_for(&artist.name, false)).unwrap();
        let rows: BTreeMap<_, _> = all.into_iter().filter(|(id, _)| *id != artist.id).collect();
        let word = &text::words(&artist.name)[0];
        for (query, state, is_hidden) in [
            (word.as_str(), TermState::Done, true),
            (word.as_str(), TermState::Split, true),
            (word.as_str(), TermState::Open, false),
            (word.as_str(), TermState::Failed, false),
            (word.as_str(), TermState::Ready, false),
            ("zzz", TermState::Open, true),
            ("year:1900-2026", TermState::Open, true),
            ("year:1900-2026", TermState::Ready, false),
            ("year:1900-2026 NOT zzz", TermState::Split, true),
        ] {
            let lacked = hidden(&catalogue, &[term(query, state)], &rows);
            assert_eq!(!lacked.is_empty(), is_hidden, "{query} {state:?}: {lacked:?}");
        }
    }

    #[test]
    fn characters_that_must_be_learned_first_are_not_asked_for_by_everybody() {
        for name in ["楽音 ba", "1"] {
            assert!(can_be_asked_for(name, true) && can_be_asked_for(name, false), "{name}");
        }
        assert!(can_be_asked_for("Мир", true) && !can_be_asked_for("Мир", false));
        assert!(!can_be_asked_for("楽音", true) && !can_be_asked_for("Øba", true));
    }
}
