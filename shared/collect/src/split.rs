//! Splitting a saturated term, first by the next character, then by another word.
//!
//! A saturated search for the prefix `p` hides some of the names that have a word beginning with `p`. Such a word either
//! goes on with a character (then the term `p` + character finds the name) or is exactly `p`. A name of the second kind is
//! found under its other words, unless these are exactly some saturated prefix too. So beside the longer prefixes only
//! pairs of saturated whole words need asking ("dj" with "the"), then triples of those pairs that saturate again; and only
//! of words that are whole words often, since a pair like "a j" mostly brings names that other terms bring anyway. Names
//! that consist of nothing but saturated whole words may stay hidden: that is the residue, and it is counted as open.
//!
//! Assumed of names: a word that has begun in one alphabet goes on in it, unless results have shown otherwise.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::alphabet::{self, may_follow};
use crate::term::SearchTerm;
use crate::text;

/// What the results of a term tell about splitting it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// For each word of the term, in the term's order.
    words: Vec<SeenWord>,
    /// Letters and digits outside the base alphabet, wherever they stand in a name.
    letters: BTreeSet<char>,
    /// Names learned from.
    names: u32,
    /// Names in which every word is a whole word of the term.
    alone: u32,
}

/// A word is paired with others if at least this share of the names has it as a whole word.
const PAIRED_SHARE: f64 = 0.2;

/// What the names of the results have for one word of the term.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct SeenWord {
    /// Characters that follow the prefix.
    next: BTreeSet<char>,
    /// Names that have the prefix as a whole word.
    whole: u32,
}

impl Seen {
    /// Learns from one name among the results of `term`.
    pub fn learn(&mut self, term: &SearchTerm, name: &str) {
        self.words.resize_with(term.words().len(), SeenWord::default);
        let words = text::words(name);
        for (seen, prefix) in self.words.iter_mut().zip(term.words()) {
            let rests = words.iter().filter_map(|word| word.strip_prefix(prefix.as_str()));
            let mut whole = false;
            for rest in rests {
                match rest.chars().next() {
                    Some(next) => _ = seen.next.insert(next),
                    None => whole = true,
                }
            }
            seen.whole += u32::from(whole);
        }
        self.names += 1;
        self.alone += u32::from(!words.is_empty() && words.iter().all(|word| term.words().contains(word)));
        let characters = words.iter().flat_map(|word| word.chars());
        self.letters.extend(characters.filter(|c| text::begins_a_word(*c) && !alphabet::is_root(*c)));
    }

    /// Searches for the letters outside the base alphabet: what stands within one name may begin another.
    pub fn new_roots(&self) -> impl Iterator<Item = SearchTerm> {
        self.letters.iter().filter_map(|c| SearchTerm::new(&c.to_string()).ok())
    }
}

/// How a saturated term is to be split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Terms with one more character on one word.
    pub longer: Vec<SearchTerm>,
    /// Whether it has to be paired with the other saturated whole words: all its words are whole words often.
    pub paired: bool,
    /// Why the follow-up terms do not cover all that the term may hide, if so.
    pub residue: Option<&'static str>,
}

/// Splits `term` by what its results have shown. The word that is extended is the one that occurs least often as a whole
/// word, since what ends there cannot be extended.
pub fn split(term: &SearchTerm, seen: &Seen) -> Split {
    let whole = |index: usize| seen.words.get(index).map_or(0, |word| word.whole);
    let index = (0..term.words().len()).min_by_key(|index| whole(*index)).unwrap_or_default();
    let learned = seen.words.get(index).map(|word| word.next.clone()).unwrap_or_default();
    let last = term.words().get(index).and_then(|word| word.chars().last());
    let letters =
        seen.letters.iter().copied().filter(|letter| last.is_some_and(|last| may_follow(last, *letter)));
    let next: BTreeSet<char> =
        last.into_iter().flat_map(alphabet::continuations).chain(learned).chain(letters).collect();
    let longer: Vec<SearchTerm> = next.into_iter().filter_map(|c| term.extended(index, c)).collect();
    let paired = f64::from(whole(index)) >= PAIRED_SHARE * f64::from(seen.names.max(1));
    let residue = if longer.is_empty() && !paired {
        Some("saturated, and no longer term is known")
    } else if whole(index) > 0 && (seen.alone > 0 || !paired) {
        Some("names that consist of saturated whole words may be hidden")
    } else {
        None
    };
    Split { longer, paired, residue }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(query: &str) -> SearchTerm {
        SearchTerm::new(query).unwrap()
    }

    fn seen(term: &SearchTerm, names: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for name in names {
            seen.learn(term, name);
        }
        seen
    }

    #[test]
    fn a_prefix_is_split_over_its_script_and_what_was_seen() {
        let the = term("the");
        let split = split(&the, &seen(&the, &["Theño", "Theя", "Big Them"]));
        let longer: Vec<String> = split.longer.iter().map(SearchTerm::query).collect();
        assert_eq!(longer.len(), 37, "a-z, 0-9 and the letter that was seen: {longer:?}");
        assert!(longer.contains(&"theя".to_owned()) && longer.contains(&"then".to_owned()));
        assert_eq!((split.paired, split.residue), (false, None));
    }

    #[test]
    fn a_whole_word_asks_for_pairs_and_a_name_that_is_the_term_leaves_a_residue() {
        let the = term("the");
        assert!(split(&the, &seen(&the, &["The Xs"])).paired);
        assert_eq!(split(&the, &seen(&the, &["The Xs"])).residue, None);
        assert!(split(&the, &seen(&the, &["THE"])).residue.is_some());
        let both = term("dj the");
        assert!(split(&both, &seen(&both, &["The DJ"])).residue.is_some());
    }

    #[test]
    fn the_word_that_still_goes_on_is_the_one_extended() {
        let pair = term("s the");
        let split = split(&pair, &seen(&pair, &["The Sands", "The S", "The Songs"]));
        assert!(split.longer.contains(&term("so the")), "{:?}", split.longer);
        assert!(!split.longer.contains(&term("s thea")));
        assert!(split.paired);
    }

    #[test]
    fn a_script_without_a_base_goes_on_with_what_was_seen() {
        let han = term("音");
        let split = split(&han, &seen(&han, &["音楽", "音色 音"]));
        assert_eq!(split.longer, [term("音楽"), term("音色")]);
        let nothing = super::split(&han, &seen(&han, &["音"]));
        assert!(nothing.longer.is_empty() && nothing.residue.is_some());
    }

    #[test]
    fn a_word_that_is_seldom_whole_is_not_paired_and_leaves_a_residue() {
        let a = term("a");
        let mostly_longer = ["A Boat", "Amber", "Anvil", "Apron", "Atlas", "Avocado"];
        let split = split(&a, &seen(&a, &mostly_longer));
        assert!(!split.paired && split.residue.is_some(), "{split:?}");
    }

    #[test]
    fn characters_outside_the_base_become_roots() {
        let a = term("a");
        let seen = seen(&a, &["A 音楽", "A Звук", "A 한글"]);
        assert_eq!(
            seen.new_roots().map(|root| root.query()).collect::<Vec<_>>(),
            ["楽", "글"],
            "the others are in the base"
        );
    }
}
