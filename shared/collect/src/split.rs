//! Splitting a saturated term, first by the next character, then by another word.
//!
//! A saturated search for the prefix `p` hides some of the names that have a word beginning with `p`. Such a word either
//! goes on with a character (then the term `p` + character finds the name) or is exactly `p`. A name of the second kind is
//! found under its other words, unless these are exactly some saturated prefix too. So beside the longer prefixes only
//! pairs of saturated whole words need asking ("dj" with "the"), then triples of those pairs that saturate again. Names
//! that consist of nothing but saturated whole words may stay hidden: that is the residue, and it is counted as open.
//!
//! Each part comes with a forecast of its size, from the shares that the parent's results have shown
//! ([`seen`](crate::seen)), so that the large parts are asked first and the empty ones last or never.
//!
//! Assumed of names: a word that has begun in one alphabet goes on in it, unless results have shown otherwise.

use std::collections::BTreeMap;

use crate::alphabet::{self, may_follow};
use crate::seen::Seen;
use crate::term::SearchTerm;

/// A term that a saturated term is split into.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it asks.
    pub term: SearchTerm,
    /// How many artists match it, as far as can be foretold.
    pub size: f64,
    /// How many of them the parent's pages have shown already.
    pub shown: f64,
}

/// How a saturated term is to be split.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Terms with one more character on one word.
    pub longer: Vec<Part>,
    /// Whether names were seen that no longer term finds.
    pub whole: bool,
    /// Why the follow-up terms do not cover all that the term may hide, if so.
    pub residue: Option<&'static str>,
}

/// How many names the general frequency of letters counts for, against what was seen to follow this very term.
const PRIOR_NAMES: f64 = 3.0;

/// Occurrences that a letter is credited with before it was seen.
const UNSEEN_LETTER: f64 = 0.2;

/// Splits `term`, which about `total` artists match, by what its results have shown. The word that is extended is the one
/// that occurs least often as a whole word, since what ends there cannot be extended.
pub fn split(term: &SearchTerm, seen: &Seen, total: f64) -> Split {
    let index = seen.longest();
    let learned = seen.word(index).map(|word| word.next.clone()).unwrap_or_default();
    let last = term.words().get(index).and_then(|word| word.chars().last());
    let outside = seen.letters().iter().filter(|(letter, _)| !alphabet::is_root(**letter));
    let letters = outside.map(|(c, _)| *c).filter(|c| last.is_some_and(|last| may_follow(last, *c)));
    let possible = last.into_iter().flat_map(alphabet::continuations).chain(letters);
    let mut next: BTreeMap<char, u32> = possible.map(|c| (c, 0)).collect();
    next.extend(learned);
    let occurrences =
        |c: char| f64::from(seen.letters().get(&c).copied().unwrap_or_default()) + UNSEEN_LETTER;
    let all: f64 = next.keys().map(|c| occurrences(*c)).sum();
    let part = |(c, names): (char, u32)| {
        let likely = f64::from(names) + PRIOR_NAMES * occurrences(c) / all;
        let size = total * likely / (f64::from(seen.names()) + PRIOR_NAMES);
        let term = term.extended(index, c)?;
        Some(Part { term, size: size.max(f64::from(names)), shown: f64::from(names) })
    };
    let longer: Vec<Part> = next.into_iter().filter_map(part).collect();
    let whole = seen.word(index).is_some_and(|word| word.whole > 0);
    let residue = if longer.is_empty() && !whole {
        Some("saturated, and no longer term is known")
    } else if whole {
        Some("names that consist of saturated whole words may be hidden")
    } else {
        None
    };
    Split { longer, whole, residue }
}

/// The term with each of `words` that was seen beside it, `total` artists matching the term: what may hide names in which
/// both are whole. With a word that was never seen beside it few names can be found.
pub fn pairs(term: &SearchTerm, seen: &Seen, words: &[String], total: f64) -> Vec<Part> {
    let Some(beside) = seen.word(seen.longest()).map(|word| &word.beside) else { return Vec::new() };
    let pair = |word: &String| {
        let names = f64::from(*beside.get(word)?);
        let size = total * names / f64::from(seen.names().max(1));
        Some(Part { term: term.with_word(word)?, size, shown: names })
    };
    words.iter().filter_map(pair).collect()
}
