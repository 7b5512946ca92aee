//! Search terms: sets of word prefixes, wanted and excluded, with one canonical form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::fold;

/// Most characters of wanted words. Longer ones come from no real name and would only grow the URL.
const MAX_WORD_CHARS: usize = 80;

/// Longest query in characters, exclusions included.
const MAX_QUERY_CHARS: usize = 240;

/// Most words that are wanted in one query. Each further word only narrows, and names have few words.
const MAX_WORDS: usize = 4;

/// The operator before an excluded word. Words are folded to lower case, so none can be mistaken for it.
const NOT: &str = "NOT";

/// A search for artists whose names have, for each of `words`, a word that begins with it, and none that begins with one
/// of `without`.
///
/// Canonical: words are folded and sorted. A wanted word that is the beginning of another is dropped, since whatever
/// matches the longer one matches it too; and so is an excluded word that begins with another. Two ways to write the same
/// question are therefore one term.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchTerm {
    words: Vec<String>,
    without: Vec<String>,
}

/// A query that cannot be a search term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerm {
    /// Nothing is left after folding.
    #[error("the search term {0:?} has no words")]
    Empty(String),
    /// Every name that it wants is one that it excludes.
    #[error("the search term {0:?} excludes what it asks for")]
    Contradiction(String),
    /// Not in the form in which names are compared, so that it could not be read back from its key.
    #[error("the search term {0:?} is not folded")]
    NotFolded(String),
    /// More than a query may hold.
    #[error(
        "the search term {0:?} is longer than {MAX_WORD_CHARS} characters or {MAX_WORDS} words, or {MAX_QUERY_CHARS} in all"
    )]
    TooLong(String),
}

impl SearchTerm {
    /// The canonical term for the words of `query`, which are separated by white space; `NOT` excludes the word after it.
    pub fn new(query: &str) -> Result<Self, InvalidTerm> {
        let (mut words, mut without) = (Vec::new(), Vec::new());
        let mut excluded = false;
        for piece in query.split_whitespace() {
            if piece == NOT {
                excluded = true;
                continue;
            }
            let list = if std::mem::take(&mut excluded) { &mut without } else { &mut words };
            list.extend(fold(piece).split_whitespace().map(str::to_owned));
        }
        Self::of(words, without, query)
    }

    fn of(mut words: Vec<String>, mut without: Vec<String>, query: &str) -> Result<Self, InvalidTerm> {
        let readable = || query.chars().take(MAX_WORD_CHARS).collect::<String>();
        if let Some(word) = words.iter().chain(&without).find(|word| !is_folded(word)) {
            return Err(InvalidTerm::NotFolded(word.chars().take(MAX_WORD_CHARS).collect()));
        }
        words.sort_unstable();
        without.sort_unstable();
        // Sorted, a word stands directly before the words that it begins, or before others that begin with it too.
        let mut wanted: Vec<String> = Vec::with_capacity(words.len());
        for word in words {
            if wanted.last().is_some_and(|last| word.starts_with(last.as_str())) {
                wanted.pop();
            }
            wanted.push(word);
        }
        without.dedup_by(|word, shorter| word.starts_with(shorter.as_str()));
        if wanted.is_empty() {
            return Err(InvalidTerm::Empty(readable()));
        }
        if wanted.iter().any(|word| without.iter().any(|not| word.starts_with(not.as_str()))) {
            return Err(InvalidTerm::Contradiction(readable()));
        }
        let term = Self { words: wanted, without };
        let chars = term.words.iter().map(|word| word.chars().count() + 1).sum::<usize>();
        let in_all = term.query().chars().count();
        if term.words.len() > MAX_WORDS || chars > MAX_WORD_CHARS + 1 || in_all > MAX_QUERY_CHARS {
            return Err(InvalidTerm::TooLong(readable()));
        }
        Ok(term)
    }

    /// The wanted word prefixes, sorted.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The excluded word prefixes, sorted.
    pub fn without(&self) -> &[String] {
        &self.without
    }

    /// Whether a name of these words is among the results.
    pub fn matches(&self, words: &[String]) -> bool {
        let has = |prefix: &String| words.iter().any(|word| word.starts_with(prefix.as_str()));
        self.words.iter().all(has) && !self.excludes(words)
    }

    /// Whether a name of these words is excluded.
    pub fn excludes(&self, words: &[String]) -> bool {
        words.iter().any(|word| self.without.iter().any(|not| word.starts_with(not.as_str())))
    }

    /// The query as Spotify is asked.
    pub fn query(&self) -> String {
        let mut query = self.words.join(" ");
        for word in &self.without {
            query.push_str(" NOT ");
            query.push_str(word);
        }
        query
    }

    /// The term with one more character on word `index`, or nothing when that would be too long or is excluded.
    pub fn extended(&self, index: usize, next: char) -> Option<Self> {
        let mut words = self.words.clone();
        words.get_mut(index)?.push(next);
        Self::of(words, self.without.clone(), "").ok().filter(|term| term != self)
    }

    /// The term with one more word, or nothing when that asks the same, is excluded or too long.
    pub fn with_word(&self, word: &str) -> Option<Self> {
        let words = self.words.iter().cloned().chain([fold(word)]).collect();
        Self::of(words, self.without.clone(), "").ok().filter(|term| term.words.len() > self.words.len())
    }

    /// The term with these words excluded too, or nothing when that would be too long or excludes what it asks for.
    pub fn excluding(&self, words: impl IntoIterator<Item = String>) -> Option<Self> {
        let without = self.without.iter().cloned().chain(words).collect();
        Self::of(self.words.clone(), without, "").ok()
    }

    /// The wanted words alone.
    #[must_use]
    pub fn including_all(&self) -> Self {
        Self { words: self.words.clone(), without: Vec::new() }
    }
}

/// Whether a word is as [`fold`] leaves it. A character put behind another may make a new one with it, as the parts of a
/// Hangul syllable do.
fn is_folded(word: &str) -> bool {
    let plain = word.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
    plain || (fold(word) == word && !word.contains(char::is_whitespace))
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
        assert_eq!(
            term("s NOT ab NOT B NOT a"),
            term("S NOT a NOT b"),
            "whatever begins with `ab` begins with `a`"
        );
        assert_eq!(term("s NOT a").query(), "s NOT a");
        assert_eq!(term("s not a").words(), ["a", "not", "s"], "in lower case it is a word");
    }

    #[test]
    fn what_is_no_question_is_named() {
        assert_eq!(SearchTerm::new(" \u{301} "), Err(InvalidTerm::Empty(" \u{301} ".into())));
        assert!(matches!(SearchTerm::new(&"x".repeat(81)), Err(InvalidTerm::TooLong(_))));
        assert!(matches!(SearchTerm::new("a b c d e"), Err(InvalidTerm::TooLong(_))));
        assert!(matches!(SearchTerm::new("sa NOT s"), Err(InvalidTerm::Contradiction(_))));
        assert!(matches!(SearchTerm::new(" NOT s"), Err(InvalidTerm::Empty(_))));
    }

    #[test]
    fn a_term_narrows_by_a_character_or_by_a_word() {
        assert_eq!(term("dj the").extended(1, 'o'), Some(term("dj theo")));
        assert_eq!(term("the").with_word("dj"), Some(term("dj the")));
        assert_eq!(term("the").with_word("th"), None, "every match of `the` matches `th`");
        assert_eq!(term("th NOT the").extended(0, 'e'), None);
        assert_eq!(term("th NOT a").excluding(["the".into(), "a".into()]), Some(term("th NOT a NOT the")));
        assert_eq!(term("th").excluding((0..60).map(|n| format!("x{n:02}"))), None, "too long");
    }

    #[test]
    fn a_character_that_joins_the_one_before_it_does_not_lengthen_a_term() {
        assert_eq!(term("\u{1100}").extended(0, '\u{1161}'), None, "together they are one syllable");
        assert_eq!(term("a").extended(0, 'B'), None);
        assert_eq!(term("a").with_word("b c"), None);
    }

    proptest! {
        #[test]
        fn every_term_that_is_made_of_another_is_found_under_its_key(query in "\\PC{1,9}", next in any::<char>()) {
            if let Ok(term) = SearchTerm::new(&query) {
                let made = [
                    term.extended(0, next),
                    term.with_word(&next.to_string()),
                    term.excluding([format!("{}{next}", term.words()[0])]),
                ];
                for term in made.into_iter().flatten() {
                    prop_assert_eq!(SearchTerm::new(&term.query()), Ok(term));
                }
            }
        }

        #[test]
        fn canonical_form_is_a_fixed_point(query in "(\\PC{0,9}( NOT )?){0,4}") {
            if let Ok(term) = SearchTerm::new(&query) {
                prop_assert_eq!(SearchTerm::new(&term.query()), Ok(term));
            }
        }
    }
}
