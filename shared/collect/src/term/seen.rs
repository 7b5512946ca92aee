//! What the results of a term tell: which characters follow, which words stand beside it, how often names end
//! there.
//!
//! The rows of a search come by relevance, mostly popularity, and popularity says next to nothing about
//! spelling. The first pages of a saturated term are therefore about a fair sample of all that matches it,
//! and the shares seen in the sample are about the shares of the whole; names that equal the query may come
//! first, and then count for more than they are. Everything that splitting foretells rests on this.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalogue::{alphabet, text};
use crate::term::SearchTerm;

/// What the names among the results of a term have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// For each stem of the term, in the term's order.
    words: Vec<SeenWord>,
    /// Letters and digits wherever they stand in a name, the words of the term itself left out.
    letters: BTreeMap<char, u32>,
    /// Letters of other scripts that begin words.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    initials: BTreeSet<char>,
    /// Signs that stand for a word.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    signs: BTreeSet<char>,
    /// Names learned from.
    names: u32,
}

/// What the names of the results have for one stem of the term.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeenWord {
    /// Characters that follow the prefix, each with the number of names.
    pub next: BTreeMap<char, u32>,
    /// Names that have the prefix as a whole word.
    pub whole: u32,
    /// The other words of those names. Words that are seen once are forgotten when there are too many.
    pub beside: BTreeMap<String, u32>,
}

/// Most words that are remembered beside a word.
const MOST_BESIDE: usize = 300;

/// Longest word that is remembered beside a word, in bytes. What is seen must fit into the term's item,
/// whatever the names.
const LONGEST_BESIDE: usize = 160;

/// Most letters, initials and signs that are remembered, of each: more than the names of one search have.
const MOST_LETTERS: usize = 3000;

/// Occurrences in names of one term from which on a letter is searched for although it begins no word of
/// them. On real names, letters that occur less often bring one artist in ten requests.
const COMMON: u32 = 3;

/// Counts `key`, unless it is new and there are `most` already.
fn count<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K, most: usize) {
    if counts.len() < most || counts.contains_key(&key) {
        let count = counts.entry(key).or_default();
        *count = count.saturating_add(1);
    }
}

/// Remembers `characters`, unless there are too many already.
fn remember(known: &mut BTreeSet<char>, characters: impl Iterator<Item = char>) {
    for c in characters {
        if known.len() < MOST_LETTERS {
            known.insert(c);
        }
    }
}

impl Seen {
    /// Learns from one name among the results of `term`.
    pub fn learn(&mut self, term: &SearchTerm, name: &str) {
        self.words.resize_with(term.stems().count(), SeenWord::default);
        let mut words = text::words(name);
        self.names = self.names.saturating_add(1);
        words.retain(|word| !term.whole().contains(word));
        for (seen, stem) in self.words.iter_mut().zip(term.stems()) {
            seen.learn(stem, &words);
        }
        let initials = words.iter().filter_map(|word| word.chars().next());
        remember(
            &mut self.initials,
            initials.filter(|c| text::begins_a_word(*c) && !c.is_ascii_alphanumeric()),
        );
        remember(&mut self.signs, text::signs(name));
        for word in &words {
            let rests = term.words().iter().filter_map(|prefix| word.strip_prefix(prefix.as_str()));
            let rest = rests.min_by_key(|rest| rest.len()).unwrap_or(word);
            for c in rest.chars().filter(|c| text::begins_a_word(*c)) {
                count(&mut self.letters, c, MOST_LETTERS);
            }
        }
    }

    /// Names learned from.
    pub fn names(&self) -> u32 {
        self.names
    }

    /// What was seen of stem `index` of the term.
    pub fn word(&self, index: usize) -> Option<&SeenWord> {
        self.words.get(index)
    }

    /// The stem of the term that is a whole word least often, and so the one to extend.
    pub fn longest(&self) -> usize {
        (0..self.words.len()).min_by_key(|index| self.words[*index].whole).unwrap_or_default()
    }

    /// Share of the names that no longer prefix finds, because every word of the term is a whole word of
    /// theirs. At least half a name: that none was seen does not say that there is none.
    pub fn whole_share(&self) -> f64 {
        let whole = self.words.iter().map(|word| word.whole).min().unwrap_or_default();
        (f64::from(whole) + 0.5) / (f64::from(self.names) + 1.0)
    }

    /// How often each letter occurs in names.
    pub fn letters(&self) -> &BTreeMap<char, u32> {
        &self.letters
    }

    /// Searches for the letters and signs outside the base alphabet that begin words, and for the letters
    /// that several names have: what stands within names may begin another.
    pub fn new_roots(&self) -> impl Iterator<Item = SearchTerm> {
        let common = self.letters.iter().filter(|(_, names)| **names >= COMMON).map(|(c, _)| c);
        let new = self.initials.iter().chain(common).chain(&self.signs);
        searches(new.filter(|c| !alphabet::is_root(**c)))
    }

    /// Searches for the signs, and for the letters of other scripts, that names were seen to begin a word
    /// with.
    pub fn seen_roots(&self) -> impl Iterator<Item = SearchTerm> {
        searches(self.initials.iter().chain(&self.signs))
    }
}

/// The search for each of these characters that can be searched for.
fn searches<'a>(characters: impl Iterator<Item = &'a char>) -> impl Iterator<Item = SearchTerm> {
    characters.filter_map(|c| SearchTerm::new(&c.to_string()).ok())
}

impl SeenWord {
    fn learn(&mut self, prefix: &str, words: &[String]) {
        let mut whole = false;
        let mut next: Vec<char> = Vec::new();
        for rest in words.iter().filter_map(|word| word.strip_prefix(prefix)) {
            match rest.chars().next() {
                Some(c) if !next.contains(&c) => next.push(c),
                Some(_) => {}
                None => whole = true,
            }
        }
        for c in next {
            count(&mut self.next, c, MOST_LETTERS);
        }
        if whole {
            self.whole = self.whole.saturating_add(1);
            for word in words.iter().filter(|word| *word != prefix && word.len() <= LONGEST_BESIDE) {
                if self.beside.len() >= MOST_BESIDE && !self.beside.contains_key(word) {
                    self.beside.retain(|_, names| *names > 1);
                }
                count(&mut self.beside, word.clone(), MOST_BESIDE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_a_full_search_shows_is_searched_for() {
        let term = SearchTerm::new("year:2021").unwrap();
        let mut seen = Seen::default();
        for c in ('\u{4e00}'..).take(1_000) {
            seen.learn(&term, &c.to_string());
        }
        assert_eq!(seen.seen_roots().count(), 1_000);
    }
}
