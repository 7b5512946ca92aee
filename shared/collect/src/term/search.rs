//! Search terms: word prefixes, whole words, years, a genre, and excluded words, with one canonical form.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::years::Years;
use crate::catalogue::text::fold;

/// Most characters of required words. Longer ones come from no real name and would only grow the URL.
const MAX_WORD_CHARS: usize = 80;

/// Longest query in characters, exclusions and filters included; Spotify is said to refuse more than 250.
const MAX_QUERY_CHARS: usize = 240;

/// Longest query as it stands in a URL, in bytes: safely below the 2,048 that some servers on the way allow.
const MAX_ENCODED_BYTES: usize = 1_800;

/// Longest text in bytes that is taken for a query at all: far more than any folds down to. Whatever comes in
/// a message is compared word by word, and a megabyte of words would take minutes.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// Most required words of one query. Each further word only narrows, and names have few words.
const MAX_WORDS: usize = 4;

/// The operator before an excluded word. Words are folded to lower case, so none can be mistaken for it.
const NOT: &str = "NOT";

/// A search for artists that meet all of these conditions:
///
/// - for each of `words`, the name has a word that begins with it;
/// - for each of `whole`, the name has exactly that word;
/// - something of theirs was released in `years`;
/// - they have the `genre`;
/// - the name has no word that begins with one of `without`;
/// - the name has no word that is one of `without_whole`.
///
/// Canonical: words are folded and sorted. A required word that is the beginning of another is dropped, since
/// whatever matches the longer one matches it too; and so is an excluded word that begins with another
/// excluded one. Two ways to write the same question are therefore one term.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchTerm {
    words: Vec<String>,
    whole: Vec<String>,
    years: Option<Years>,
    genre: Option<String>,
    without: Vec<String>,
    without_whole: Vec<String>,
}

/// A query that cannot be a search term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerm {
    /// Nothing is left after folding.
    #[error("the search term {0:?} asks for nothing")]
    Empty(String),
    /// Every name that it wants is one that it excludes, or no year is left.
    #[error("the search term {0:?} excludes what it asks for")]
    Contradiction(String),
    /// Spotify honours one genre only.
    #[error("the search term {0:?} asks for two genres")]
    TwoGenres(String),
    /// A word that would be read as something else.
    #[error("the search term {0:?} has a quotation mark inside a word, or a filter that cannot be read")]
    Unreadable(String),
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
    /// The canonical term for `query`: words separated by white space, `"whole words"` in quotes, `year:2003`
    /// or `year:1955-1960`, `genre:"deep house"`; `NOT` excludes the word after it, or the whole words in
    /// quotes.
    pub fn new(query: &str) -> Result<Self, InvalidTerm> {
        let readable = || query.chars().take(MAX_WORD_CHARS).collect::<String>();
        if query.len() > MAX_TEXT_BYTES {
            return Err(InvalidTerm::TooLong(readable()));
        }
        let mut term = Self::default();
        let mut excluded = false;
        for piece in pieces(query) {
            if piece == NOT {
                excluded = true;
            } else if std::mem::take(&mut excluded) {
                if piece.starts_with('"') {
                    term.without_whole.extend(unquoted(piece));
                } else {
                    term.without.extend(folded(piece));
                }
            } else if let Some(years) = piece.strip_prefix("year:") {
                let years = Years::parse(years).ok_or_else(|| InvalidTerm::Unreadable(readable()))?;
                let both = term.years.map_or(Some(years), |known| known.intersection(years));
                term.years = Some(both.ok_or_else(|| InvalidTerm::Contradiction(readable()))?);
            } else if let Some(genre) = piece.strip_prefix("genre:") {
                let genre = canonical_genre(genre).ok_or_else(|| InvalidTerm::Unreadable(readable()))?;
                if term.genre.replace(genre.clone()).is_some_and(|known| known != genre) {
                    return Err(InvalidTerm::TwoGenres(readable()));
                }
            } else if piece.starts_with('"') {
                term.whole.extend(unquoted(piece));
            } else {
                term.words.extend(folded(piece));
            }
        }
        term.canonical(query)
    }

    /// The same term in the canonical form, if it is one.
    fn canonical(mut self, query: &str) -> Result<Self, InvalidTerm> {
        let readable = || query.chars().take(MAX_WORD_CHARS).collect::<String>();
        if let Some(word) = self.all_words().find(|word| !is_folded(word)) {
            return Err(InvalidTerm::NotFolded(word.chars().take(MAX_WORD_CHARS).collect()));
        }
        self.words.sort_unstable();
        self.without.sort_unstable();
        self.whole.sort_unstable();
        self.whole.dedup();
        // Sorted, a word stands directly before the words that it begins, or before others that begin with it
        // too.
        let mut required: Vec<String> = Vec::with_capacity(self.words.len());
        for word in self.words {
            if required.last().is_some_and(|last| word.starts_with(last.as_str())) {
                required.pop();
            }
            required.push(word);
        }
        required.retain(|prefix| !self.whole.iter().any(|word| word.starts_with(prefix.as_str())));
        self.words = required;
        self.without.dedup_by(|word, shorter| word.starts_with(shorter.as_str()));
        let without = &self.without;
        self.without_whole.retain(|word| !without.iter().any(|not| word.starts_with(not.as_str())));
        self.without_whole.sort_unstable();
        self.without_whole.dedup();
        if self.words.is_empty() && self.whole.is_empty() && self.years.is_none() && self.genre.is_none() {
            return Err(InvalidTerm::Empty(readable()));
        }
        if self
            .all_words()
            .any(|word| word.contains('"') || word.starts_with("year:") || word.starts_with("genre:"))
        {
            return Err(InvalidTerm::Unreadable(readable()));
        }
        let excluded = |word: &String| self.without.iter().any(|not| word.starts_with(not.as_str()));
        let never = |word: &String| excluded(word) || self.without_whole.contains(word);
        if self.words.iter().any(excluded) || self.whole.iter().any(never) {
            return Err(InvalidTerm::Contradiction(readable()));
        }
        if self.fits() { Ok(self) } else { Err(InvalidTerm::TooLong(readable())) }
    }

    fn all_words(&self) -> impl Iterator<Item = &String> {
        self.words.iter().chain(&self.whole).chain(&self.without).chain(&self.without_whole)
    }

    fn fits(&self) -> bool {
        let required = || self.words.iter().chain(&self.whole);
        let chars = required().map(|word| word.chars().count() + 1).sum::<usize>();
        let query = self.query();
        required().count() <= MAX_WORDS
            && chars <= MAX_WORD_CHARS + 1
            && query.chars().count() <= MAX_QUERY_CHARS
            && encoded_length(&query) <= MAX_ENCODED_BYTES
    }

    /// The required word prefixes, sorted.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The required whole words, sorted.
    pub fn whole(&self) -> &[String] {
        &self.whole
    }

    /// Whether it asks for years and nothing else, without exclusions.
    pub(crate) fn is_everything(&self) -> bool {
        self.years.and_then(|years| Self::default().released(years)).as_ref() == Some(self)
    }

    /// The prefixes that can be made longer: the required ones, or the empty one where there is none.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let empty = self.words.is_empty().then_some("");
        self.words.iter().map(String::as_str).chain(empty)
    }

    /// When something must have been released.
    pub fn years(&self) -> Option<Years> {
        self.years
    }

    /// The required genre, in lower case.
    pub fn genre(&self) -> Option<&str> {
        self.genre.as_deref()
    }

    /// The excluded word prefixes, sorted.
    pub fn without(&self) -> &[String] {
        &self.without
    }

    /// The excluded whole words, sorted.
    pub fn without_whole(&self) -> &[String] {
        &self.without_whole
    }

    /// Whether anything is excluded.
    pub fn has_exclusions(&self) -> bool {
        !self.without.is_empty() || !self.without_whole.is_empty()
    }

    /// Characters that may still be added to the query.
    pub fn room(&self) -> usize {
        MAX_QUERY_CHARS.saturating_sub(self.query().chars().count())
    }

    /// Whether a name of these words is among the results, as far as the name decides: years and genre are
    /// not asked.
    pub fn matches(&self, words: &[String]) -> bool {
        let has = |prefix: &String| words.iter().any(|word| word.starts_with(prefix.as_str()));
        self.words.iter().all(has)
            && self.whole.iter().all(|whole| words.contains(whole))
            && !self.excludes(words)
    }

    /// Whether a name of these words is excluded.
    pub fn excludes(&self, words: &[String]) -> bool {
        let excluded = |word: &String| {
            self.without.iter().any(|not| word.starts_with(not.as_str())) || self.without_whole.contains(word)
        };
        words.iter().any(excluded)
    }

    /// The query as Spotify is asked.
    pub fn query(&self) -> String {
        let mut pieces = self.words.clone();
        pieces.extend(self.whole.iter().map(|word| format!("\"{word}\"")));
        pieces.extend(self.years.map(|years| format!("year:{years}")));
        pieces.extend(self.genre.as_ref().map(|genre| format!("genre:\"{genre}\"")));
        let mut query = pieces.join(" ");
        for word in &self.without {
            query.push_str(" NOT ");
            query.push_str(word);
        }
        for word in &self.without_whole {
            query.push_str(" NOT \"");
            query.push_str(word);
            query.push('"');
        }
        query
    }

    /// The term with one more character on stem `index`, or nothing when that would be too long or is
    /// excluded.
    pub fn extended(&self, index: usize, next: char) -> Option<Self> {
        let mut term = self.clone();
        match term.words.get_mut(index) {
            Some(word) => word.push(next),
            None if index == 0 => term.words.push(next.to_string()),
            None => return None,
        }
        term.canonical("").ok().filter(|term| term != self)
    }

    /// The term in which the prefix `index` must be a whole word.
    pub fn ending(&self, index: usize) -> Option<Self> {
        let mut term = self.clone();
        let word = (index < term.words.len()).then(|| term.words.remove(index))?;
        term.whole.push(word);
        term.canonical("").ok()
    }

    /// The term with one more word, or nothing when that asks the same, is excluded or too long.
    pub fn with_word(&self, word: &str) -> Option<Self> {
        let mut term = self.clone();
        term.words.push(fold(word));
        term.canonical("").ok().filter(|term| term.words.len() > self.words.len())
    }

    /// The term with these words excluded too, or nothing when that would be too long or excludes what it
    /// asks for.
    pub fn excluding(&self, words: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut term = self.clone();
        term.without.extend(words);
        term.canonical("").ok()
    }

    /// The term in which no word may be exactly `word`, or nothing when that would be too long or excludes
    /// what it asks for.
    pub fn excluding_whole(&self, word: &str) -> Option<Self> {
        let mut term = self.clone();
        term.without_whole.push(fold(word));
        term.canonical("").ok()
    }

    /// The term in these years only, or nothing when that would be too long.
    pub fn released(&self, years: Years) -> Option<Self> {
        Self { years: Some(years), ..self.clone() }.canonical("").ok()
    }

    /// The term for artists of all years, and of unknown ones.
    #[must_use]
    pub fn of_all_years(&self) -> Self {
        Self { years: None, ..self.clone() }
    }

    /// What the term wants, without its exclusions.
    #[must_use]
    pub fn including_all(&self) -> Self {
        Self { without: Vec::new(), without_whole: Vec::new(), ..self.clone() }
    }
}

/// The folded words of a piece.
fn folded(piece: &str) -> Vec<String> {
    fold(piece).split_whitespace().map(str::to_owned).collect()
}

/// The folded words of a piece in quotes.
fn unquoted(piece: &str) -> Vec<String> {
    let inside = piece.strip_prefix('"').unwrap_or(piece);
    folded(inside.strip_suffix('"').unwrap_or(inside))
}

/// Cuts at white space outside quotes. A quote that is never closed reaches to the end.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let cuts = text.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    cuts.filter(|piece| !piece.is_empty())
}

/// A genre as it is compared: in lower case, with single spaces. Nothing if it is empty or could not stand in
/// quotes.
fn canonical_genre(genre: &str) -> Option<String> {
    let genre = genre.strip_prefix('"').and_then(|genre| genre.strip_suffix('"')).unwrap_or(genre);
    let genre = genre.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    (!genre.is_empty() && !genre.contains('"')).then_some(genre)
}

/// Bytes of `query` in a URL: letters and digits stand for themselves, a space is `+`, every other byte takes
/// three.
fn encoded_length(query: &str) -> usize {
    query.bytes().map(|byte| if byte.is_ascii_alphanumeric() || byte == b' ' { 1 } else { 3 }).sum()
}

/// Whether a word is as [`fold`] leaves it. A character put behind another may make a new one with it, as the
/// parts of a Hangul syllable do.
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
mod tests;
