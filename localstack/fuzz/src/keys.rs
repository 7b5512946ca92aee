//! Keys and ids.

use collect::catalogue::{AlbumId, ArtistId, CategoryId, PlaylistId};
use collect::term::{Question, RunId, SearchTerm, Sources, TermKey};

/// A text to parse as a key, a search, an id, a run's name and a list of sources.
pub fn keys(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match TermKey::parse(text) {
        Ok(key) => assert_eq!(key.as_str(), text, "a parsed key must be canonical"),
        Err(error) => crate::readable(&error.to_string()),
    }
    match SearchTerm::new(text) {
        Ok(term) => search(&term),
        Err(error) => crate::readable(&error.to_string()),
    }
    let errors = [
        ArtistId::new(text).err().map(|error| error.to_string()),
        AlbumId::new(text).err().map(|error| error.to_string()),
        PlaylistId::new(text).err().map(|error| error.to_string()),
        CategoryId::new(text).err().map(|error| error.to_string()),
        RunId::new(text).err().map(|error| error.to_string()),
        text.parse::<Sources>().err().map(|error| error.to_string()),
    ];
    errors.iter().flatten().for_each(|error| crate::readable(error));
}

/// Checks that a term, and every term derived from it, is found under its key.
fn search(term: &SearchTerm) {
    findable(term);
    let letters = ['a', 'Z', '9', 'é', '\u{1161}', '\u{11a8}', '\u{301}', 'ß', '한', ' '];
    for letter in letters.into_iter().chain(term.query().chars()) {
        for index in 0..term.words().len() {
            term.extended(index, letter).iter().for_each(findable);
        }
        term.with_word(&letter.to_string()).iter().for_each(findable);
        let words = term.words().iter().map(|word| format!("{word}{letter}"));
        term.excluding(words).iter().for_each(findable);
    }
}

/// Checks that the key of a search parses to that search.
fn findable(term: &SearchTerm) {
    let key = Question::Search(term.clone()).key();
    assert_eq!(Question::parse(key.as_str()), Ok(Question::Search(term.clone())), "the key of {term:?}");
}
