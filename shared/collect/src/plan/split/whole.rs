//! Whole words that saturate, where `NOT` does not work: years cut them, and pairs of them.

use super::years::by_years;
use super::{Means, Part, Split, WHOLE_WORDS, YEARS_ONLY};
use crate::term::{SearchTerm, Seen, Years};

/// Names that must have been seen for a word to count as never standing beside another.
const TELLING: u32 = 100;

/// Share of the names of a whole word that are expected to have another given one.
const UNKNOWN_PAIR: f64 = 0.001;

/// Splits a term of whole words only, where `NOT` does not work. Its names are found by their other words,
/// unless these saturate as whole words too; so there is nothing to lengthen. Years cut it; where a single
/// year still saturates, pairs with the other words of which that is true are all that is left to ask.
pub(super) fn whole_words(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if term.years().is_none() && means.operators.years == Some(true) {
        let parts = by_years(term, seen, total, Years::until(means.this_year));
        return Split { parts, residue: Some(YEARS_ONLY), ..Split::default() };
    }
    Split { whole: true, residue: Some(WHOLE_WORDS), ..Split::default() }
}

/// The term with each of `words` that was seen beside it, `total` artists matching the term: what may hide
/// names in which both are whole. With a word that was never seen beside it few names can be found, unless
/// few names were seen at all.
pub fn pairs(term: &SearchTerm, seen: &Seen, words: &[String], total: f64) -> Vec<Part> {
    if let ([], [own]) = (term.words(), term.whole()) {
        return whole_pairs(own, words, total);
    }
    let Some(beside) = seen.word(seen.longest()).map(|word| &word.beside) else { return Vec::new() };
    let pair = |word: &String| {
        let names = match beside.get(word) {
            Some(names) => f64::from(*names),
            None if seen.names() < TELLING => 0.0,
            None => return None,
        };
        let size = total * (names + 0.1) / f64::from(seen.names().max(1));
        Some(Part { term: term.with_word(word)?, size, shown: names })
    };
    words.iter().filter_map(pair).collect()
}

/// The whole word `own` with each other one of `words`: what stands beside a word in quotes is not
/// remembered.
fn whole_pairs(own: &str, words: &[String], total: f64) -> Vec<Part> {
    let pair = |word: &String| SearchTerm::new(&format!("\"{own}\" \"{word}\"")).ok();
    let part = |term: SearchTerm| Part { term, size: total * UNKNOWN_PAIR, shown: 0.0 };
    words.iter().filter(|word| *word != own).filter_map(pair).map(part).collect()
}
