//! Splitting a saturated term: by the next character, by whole words, by years of release, by another word.
//!
//! A saturated search for the prefix `p` hides some of the names that have a word beginning with `p`. Such a
//! word either goes on with a character (then the term `p` + character finds the name) or is exactly `p`. A
//! name of the second kind is found under its other words, unless these are exactly some saturated prefix
//! too. What is asked beside the longer prefixes depends on what the app's search understands:
//!
//! | works | a saturated prefix `p` is split into | what stays open |
//! |---|---|---|
//! | `NOT` | its largest longer prefixes, and one rest that excludes them, names that are exactly `p` included. Where the word by itself saturates: `"p"` and `p NOT "p"` if that works too, otherwise the rest by the first letter of another word, each name once; then by years | single years of one word that saturate, and artists whose years are not known |
//! | quotes | every longer prefix, and `"p"`; that one, where it saturates, by years, and pairs of the words that saturate even in single years | words that saturate by themselves, and the question for everything |
//! | `year:` alone | every longer prefix; where names were seen to end here, pairs of saturated words that were seen beside each other, and last `p` by years | every prefix that saturates, and the question for everything |
//! | none of them | every longer prefix, and the same pairs | the same |
//!
//! Each part comes with a forecast of its size, from the shares that the parent's results have shown
//! ([`Seen`]), so that the large parts are asked first and the empty ones last or never.
//!
//! Assumed of names where `NOT` fails: a word that has begun in one alphabet goes on in its base letters, or
//! in letters that the term's own pages have shown. With `NOT`, nothing is assumed.
//!
//! Every part asks for less than its whole: it requires more, or as much and excludes more
//! (`is_narrower`). Terms are put once, so a part that had been split before would be taken for answered.

mod not;
mod whole;
mod years;

use std::collections::BTreeMap;

use self::not::{fitting, is_letter, is_narrower, plain};
pub use self::not::{split_with_not, without_other_roots};
pub use self::whole::pairs;
use self::whole::whole_words;
use self::years::{by_genre, by_shorter_years, by_years, in_one_year};
use crate::catalogue::alphabet;
use crate::catalogue::alphabet::may_follow;
use crate::term::{Operators, SearchTerm, Seen, Years};

/// A term that a saturated term is split into.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it asks.
    pub term: SearchTerm,
    /// How many artists are expected to match it.
    pub size: f64,
    /// How many of them the parent's pages have shown already.
    pub shown: f64,
}

/// How a saturated term is to be split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The terms to ask instead.
    pub parts: Vec<Part>,
    /// Whether every name that the term matches is matched by a part, or by a root that is asked anyway: then
    /// nothing of it needs to be asked any more.
    pub covered: bool,
    /// Whether names were seen that no part finds, because the term is a whole word of theirs.
    pub whole: bool,
    /// Why the parts do not cover all that the term may hide, if so.
    pub residue: Option<&'static str>,
}

/// How many names the general frequency of letters counts for, against what was seen to follow this very
/// term.
const PRIOR_NAMES: f64 = 3.0;

/// Occurrences that a letter is credited with before it was seen.
const UNSEEN_LETTER: f64 = 0.2;

/// The residue of a term that was cut by years.
const YEARS_ONLY: &str = "names that end here are known by their years of release only";

/// The residue of whole words that saturate.
const WHOLE_WORDS: &str = "names that consist of saturated whole words may be hidden";

/// The residue of a term of which a part asks for no less. That would be a mistake in the rules below; it
/// must not hide anybody.
const IN_CIRCLES: &str = "a part of it asks for no less than it does";

/// The residue of a search for signs.
const SIGNS: &str = "names made of signs only cannot be separated further";

/// Artists that a search for a prefix in some years is expected to find beside the longer prefixes and the
/// pairs: so it is asked when nothing else is left.
const FOUND_BY_YEARS: f64 = 0.1;

/// The character that lengthens a word, and the part that this makes.
type Longer = (char, Part);

/// What splitting may count on.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// The operators that work, as far as is known.
    pub operators: Operators,
    /// Rows that a search shows in all.
    pub depth: u32,
    /// The year that it is.
    pub this_year: i16,
}

/// Splits `term`, which about `total` artists match, by the best means at hand.
pub fn divide(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if let Some(split) = by_shorter_years(term, seen, total) {
        return split;
    }
    if term.genre().is_some() && term.words().is_empty() {
        return by_genre(term, seen, total, means);
    }
    if term.words().is_empty() && term.whole().is_empty() {
        // The characters that it has shown are searched as roots of their own.
        let residue = Some("names that begin with a character that was never seen may be hidden");
        return Split { residue, ..Split::default() };
    }
    if let Some(split) = in_one_year(term, seen, total, means) {
        return split;
    }
    if asks_for_signs(term) {
        return signs(term, seen, total);
    }
    if term.words().is_empty() && means.operators.not != Some(true) {
        return whole_words(term, seen, total, means);
    }
    let mut split = if means.operators.not == Some(true) {
        split_with_not(term, seen, total, means)
    } else {
        split(term, seen, total, means.operators.quotes == Some(true))
    };
    // Where `NOT` works, what is not covered here is a rest whose parts were excluded before.
    let names_end_here = means.operators.not == Some(true) || split.whole;
    if split.residue.is_some()
        && names_end_here
        && means.operators.years == Some(true)
        && term.years().is_none()
    {
        split.residue = Some(YEARS_ONLY);
        let years = by_years(term, seen, total, Years::until(means.this_year));
        if means.operators.not == Some(true) {
            split.parts.extend(years);
            split.whole = false;
        } else {
            // Their names have other words, or go on: the longer prefixes and the pairs find nearly all.
            split.parts.extend(years.into_iter().map(|part| Part {
                size: FOUND_BY_YEARS,
                shown: 0.0,
                ..part
            }));
        }
    }
    if !split.parts.iter().all(|part| is_narrower(&part.term, term)) {
        // It may have been split before.
        split.parts.retain(|part| is_narrower(&part.term, term));
        return Split { covered: false, residue: Some(IN_CIRCLES), ..split };
    }
    split
}

/// Whether a required word has neither letter nor digit.
pub(crate) fn asks_for_signs(term: &SearchTerm) -> bool {
    term.words().iter().any(|word| !word.contains(char::is_alphanumeric))
}

/// Splits a search for signs. Spotify finds names of signs alone where nothing but signs is asked for, so
/// that neither years nor exclusions nor quotes cut it.
fn signs(term: &SearchTerm, seen: &Seen, total: f64) -> Split {
    let parts = longer(term, seen, total).into_iter().map(|(_, part)| part).collect();
    Split { parts, residue: Some(SIGNS), ..Split::default() }
}

/// Splits `term`, which about `total` artists match, by the next character of one word. The word that is
/// extended is the one that occurs least often as a whole word, since what ends there cannot be extended.
/// Where quotes work, those names are a part too, and the parts cover the term; otherwise nobody can tell
/// whether there are such names.
pub fn split(term: &SearchTerm, seen: &Seen, total: f64, quotes: bool) -> Split {
    let index = seen.longest();
    let mut parts: Vec<Part> = longer(term, seen, total).into_iter().map(|(_, part)| part).collect();
    let nothing_longer = parts.is_empty();
    if quotes && let Some(ending) = ending(term, index) {
        let (share, shown) = (seen.whole_share(), seen.word(index).map_or(0, |word| word.whole));
        parts.push(Part { term: ending, size: total * share, shown: f64::from(shown) });
        let last = term.words().get(index).and_then(|word| word.chars().last());
        let covered = last.is_some_and(|last| alphabet::continuations(last).next().is_some());
        let residue =
            (!covered).then_some("words that go on with a character that was never seen may be hidden");
        return Split { parts, covered, residue, whole: false };
    }
    let whole = term.words().is_empty() || seen.word(index).is_some_and(|word| word.whole > 0);
    let residue = if nothing_longer && !whole {
        "saturated, and no longer term is known"
    } else if whole {
        WHOLE_WORDS
    } else {
        "a name that is exactly this word would be hidden"
    };
    Split { parts, covered: false, whole, residue: Some(residue) }
}

/// The term with one more character on word `index`, unless that is excluded. The exclusions of its sisters
/// are dropped: they have shown their part, and hardly matter to a longer word.
fn extended(term: &SearchTerm, index: usize, c: char) -> Option<SearchTerm> {
    let longer = plain(term).extended(index, c)?;
    let excluded =
        longer.words().iter().any(|word| term.without().iter().any(|not| word.starts_with(not.as_str())));
    let letters = term.without().iter().filter(|word| is_letter(word)).cloned();
    (!excluded).then(|| fitting(&longer, letters))
}

/// The term in which the prefix `index` must be a whole word. The exclusions of longer prefixes are dropped.
fn ending(term: &SearchTerm, index: usize) -> Option<SearchTerm> {
    let letters = term.without().iter().filter(|word| is_letter(word)).cloned();
    Some(fitting(&plain(term).ending(index)?, letters))
}

/// The term with each character that may go on from it, and how many artists match that.
fn longer(term: &SearchTerm, seen: &Seen, total: f64) -> Vec<Longer> {
    let index = seen.longest();
    let learned = seen.word(index).map(|word| word.next.clone()).unwrap_or_default();
    let stem = term.words().get(index);
    let last = stem.and_then(|word| word.chars().last());
    let outside = seen.letters().iter().filter(|(letter, _)| !alphabet::is_root(**letter));
    let letters = outside.map(|(c, _)| *c).filter(|c| last.is_some_and(|last| may_follow(last, *c)));
    let first = stem.is_none().then(|| alphabet::letters().chain(alphabet::digits())).into_iter().flatten();
    let possible = last.into_iter().flat_map(alphabet::continuations).chain(letters).chain(first);
    let mut next: BTreeMap<char, u32> = possible.map(|c| (c, 0)).collect();
    next.extend(learned);
    let occurrences =
        |c: char| f64::from(seen.letters().get(&c).copied().unwrap_or_default()) + UNSEEN_LETTER;
    let all: f64 = next.keys().map(|c| occurrences(*c)).sum();
    let part = |(c, names): (char, u32)| {
        let likely = f64::from(names) + PRIOR_NAMES * occurrences(c) / all;
        let size = total * likely / (f64::from(seen.names()) + PRIOR_NAMES);
        let term = extended(term, index, c)?;
        Some((c, Part { term, size: size.max(f64::from(names)), shown: f64::from(names) }))
    };
    next.into_iter().filter_map(part).collect()
}

#[cfg(test)]
mod tests;
