//! The systematic search: all strings of one length over an alphabet, in order, none left out or asked twice. Adaptive search
//! finds more with less; this is for those who want to ask exactly these questions.

use crate::run::RunId;
use crate::source::Source;
use crate::term::{Question, SearchTerm, Term};

/// All strings of `length` characters over `alphabet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    alphabet: Vec<char>,
    length: u32,
}

impl Default for Strings {
    /// `0000` to `zzzz` over 0-9 and a-z.
    fn default() -> Self {
        Self { alphabet: ('0'..='9').chain('a'..='z').collect(), length: 4 }
    }
}

impl Strings {
    /// How many there are.
    pub fn count(&self) -> u64 {
        (self.alphabet.len() as u64).saturating_pow(self.length)
    }

    /// The string at place `number` of the order, counted from 0.
    pub fn at(&self, number: u64) -> Option<String> {
        if number >= self.count() {
            return None;
        }
        let base = self.alphabet.len() as u64;
        let character = |place: u32| {
            let digit = number / base.saturating_pow(place) % base;
            self.alphabet.get(usize::try_from(digit).unwrap_or_default())
        };
        (0..self.length).rev().map(character).collect()
    }

    /// The terms of up to `count` strings from place `first` on. The earlier a string, the higher its place in the frontier;
    /// all of them stand behind whatever is expected to bring anything.
    #[expect(clippy::cast_precision_loss, reason = "a place among some millions")]
    pub fn terms(&self, run: &RunId, first: u64, count: usize) -> Vec<Term> {
        let all = self.count();
        let end = all.min(first.saturating_add(count as u64));
        let term = |number: u64| {
            let search = SearchTerm::new(&self.at(number)?).ok()?;
            let place = 1e-3 * (1.0 - number as f64 / all as f64);
            Some(Term::new(run.clone(), Source::Systematic, Question::Search(search), place))
        };
        (first..end).filter_map(term).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn strings_come_in_order_and_none_is_missing() {
        let strings = Strings { alphabet: vec!['0', '1', 'a'], length: 2 };
        let all: Vec<String> = (0..strings.count()).filter_map(|number| strings.at(number)).collect();
        assert_eq!(all, ["00", "01", "0a", "10", "11", "1a", "a0", "a1", "aa"]);
        assert_eq!(strings.at(9), None);
        let strings = Strings::default();
        assert_eq!(
            (strings.at(0).as_deref(), strings.at(36 * 36 * 36 * 36 - 1).as_deref()),
            (Some("0000"), Some("zzzz"))
        );
    }

    #[test]
    fn chunks_fit_together_and_are_asked_in_order() {
        let run = RunId::new("r").unwrap();
        let strings = Strings::default();
        let terms: Vec<Term> = (0..5).flat_map(|chunk| strings.terms(&run, chunk * 1_000, 1_000)).collect();
        assert_eq!(terms.iter().map(Term::key).collect::<BTreeSet<_>>().len(), 5_000);
        assert!(terms.windows(2).all(|pair| pair[0].priority > pair[1].priority));
        assert_eq!(strings.terms(&run, strings.count() - 3, 1_000).len(), 3);
    }
}
