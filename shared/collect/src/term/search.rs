//! Search terms: sets of word prefixes with one canonical form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::fold;

/// Longest query in characters that is asked. Longer ones come from no real name and would only grow the URL.
const MAX_QUERY_CHARS: usize = 80;

/// Most words in one query. Each further word only narrows, and names have few words.
const MAX_WORDS: usize = 4;

/// A search for artists whose names have, for each of these prefixes, a word that begins with it.
///
/// Canonical: words are folded and sorted, and a word that is the beginning of another is dropped, since whatever
/// matches the longer one matches it too. Two ways to write the same question are therefore one term.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchTerm {
    words: Vec<String>,
}

/// A query that cannot be a search term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerm {
    /// Nothing is left after folding.
    #[error("the search term {0:?} has no words")]
    Empty(String),
    /// More than a query may hold.
    #[error("the search term {0:?} is longer than {MAX_QUERY_CHARS} characters or {MAX_WORDS} words")]
    TooLong(String),
}

impl SearchTerm {
    /// The canonical term for the words of `query`, which are separated by white space.
    pub fn new(query: &str) -> Result<Self, InvalidTerm> {
        let folded = fold(query);
        let mut words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        // Sorted, a word stands directly before the words that it begins, or before others that begin with it too.
        let mut canonical: Vec<String> = Vec::with_capacity(words.len());
        for word in words {
            if canonical.last().is_some_and(|last| word.starts_with(last.as_str())) {
                canonical.pop();
            }
            canonical.push(word);
        }
        let chars = canonical.iter().map(|word| word.chars().count() + 1).sum::<usize>();
        if canonical.is_empty() {
            Err(InvalidTerm::Empty(query.to_owned()))
        } else if canonical.len() > MAX_WORDS || chars > MAX_QUERY_CHARS + 1 {
            Err(InvalidTerm::TooLong(query.chars().take(MAX_QUERY_CHARS).collect()))
        } else {
            Ok(Self { words: canonical })
        }
    }

    /// The word prefixes, sorted.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The query as Spotify is asked.
    pub fn query(&self) -> String {
        self.words.join(" ")
    }

    /// The term with one more character on word `index`, or nothing when that would be too long.
    pub fn extended(&self, index: usize, next: char) -> Option<Self> {
        let mut words = self.words.clone();
        words.get_mut(index)?.push(next);
        Self::new(&words.join(" ")).ok().filter(|term| term != self)
    }

    /// The term with one more word, or nothing when that asks the same or is too long.
    pub fn with_word(&self, word: &str) -> Option<Self> {
        Self::new(&format!("{} {word}", self.query())).ok().filter(|term| term.words.len() > self.words.len())
    }
}

impl fmt::Display for SearchTerm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.query())
    }
}

impl TryFrom<String> for SearchTerm {
    type Error = InvalidTerm;

    fn try_from(query: String) -> Result<Self, InvalidTerm> {
        Self::new(&query)
    }
}

impl From<SearchTerm> for String {
    fn from(term: SearchTerm) -> Self {
        term.query()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(query: &str) -> SearchTerm {
        SearchTerm::new(query).unwrap()
    }

    #[test]
    fn two_ways_to_write_a_question_are_one_term() {
        assert_eq!(term("The Dj"), term("  dj   thé "));
        assert_eq!(term("a abba ab"), term("ABBA"), "the beginning of another word asks nothing more");
        assert_ne!(term("ab ac"), term("ab"));
    }

    #[test]
    fn what_is_no_question_is_named() {
        assert_eq!(SearchTerm::new(" \u{301} "), Err(InvalidTerm::Empty(" \u{301} ".into())));
        assert!(matches!(SearchTerm::new(&"x".repeat(81)), Err(InvalidTerm::TooLong(_))));
        assert!(matches!(SearchTerm::new("a b c d e"), Err(InvalidTerm::TooLong(_))));
    }

    #[test]
    fn a_term_narrows_by_a_character_or_by_a_word() {
        assert_eq!(term("dj the").extended(1, 'o'), Some(term("dj theo")));
        assert_eq!(term("the").with_word("dj"), Some(term("dj the")));
        assert_eq!(term("the").with_word("th"), None, "every match of `the` matches `th`");
    }

    proptest! {
        #[test]
        fn canonical_form_is_a_fixed_point(query in "\\PC{0,40}") {
            if let Ok(term) = SearchTerm::new(&query) {
                prop_assert_eq!(SearchTerm::new(&term.query()), Ok(term));
            }
        }
    }
}
