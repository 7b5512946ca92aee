//! A search over a catalogue in memory, with a script of errors for tests.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::lock;
use crate::artist::Artist;
use crate::ports::spotify::{Evidence, SearchPage, SearchQuestion, Spotify, SpotifyError};
use crate::text;

/// Artists in the order that a search shows them, each with the words of its name.
#[derive(Debug, Default)]
pub struct Catalogue(Vec<(Artist, Vec<String>)>);

impl Catalogue {
    /// A catalogue of these artists, the most relevant first.
    pub fn new(artists: Vec<Artist>) -> Self {
        let with_words = |artist: Artist| {
            let words = text::words(&artist.name);
            (artist, words)
        };
        Self(artists.into_iter().map(with_words).collect())
    }

    fn matching(&self, query: &str, not_works: bool) -> impl Iterator<Item = &Artist> {
        let query = if not_works { query.to_owned() } else { query.to_lowercase() };
        let (mut wanted, mut excluded, mut not) = (Vec::new(), Vec::new(), false);
        for piece in query.split(' ') {
            match piece {
                "NOT" => not = true,
                _ if std::mem::take(&mut not) => excluded.push(piece.to_owned()),
                _ => wanted.push(piece.to_owned()),
            }
        }
        let matches = move |words: &[String]| {
            let has = |prefix: &String| words.iter().any(|word| word.starts_with(prefix.as_str()));
            wanted.iter().all(has) && !excluded.iter().any(has)
        };
        self.0.iter().filter(move |(_, words)| matches(words)).map(|(artist, _)| artist)
    }
}

/// A Spotify in memory.
#[derive(Debug)]
pub struct MemorySpotify {
    catalogue: Catalogue,
    /// Largest `limit`.
    page: u32,
    /// Largest `limit + offset`.
    window: u32,
    /// Whether `NOT` excludes; otherwise it is a word.
    not_works: bool,
    /// What the next requests get instead of an answer; `None` lets one through.
    script: Mutex<VecDeque<Option<SpotifyError>>>,
    asked: Mutex<Vec<SearchQuestion>>,
}

impl Default for MemorySpotify {
    fn default() -> Self {
        Self::new(Catalogue::default(), 50, 1000)
    }
}

impl MemorySpotify {
    /// A search over `catalogue` that shows `page` rows a request and `window` rows in all.
    pub fn new(catalogue: Catalogue, page: u32, window: u32) -> Self {
        Self { catalogue, page, window, not_works: true, script: Mutex::default(), asked: Mutex::default() }
    }

    /// The same, where `NOT` is a word like any other.
    #[must_use]
    pub fn without_not(self) -> Self {
        Self { not_works: false, ..self }
    }

    /// Lets the next requests fail with these errors, one each.
    pub fn fail_next(&self, errors: impl IntoIterator<Item = SpotifyError>) {
        lock(&self.script).extend(errors.into_iter().map(Some));
    }

    /// Every question so far, refused ones included.
    pub fn asked(&self) -> Vec<SearchQuestion> {
        lock(&self.asked).clone()
    }
}

impl Spotify for MemorySpotify {
    async fn search(&self, question: &SearchQuestion) -> Result<SearchPage, SpotifyError> {
        lock(&self.asked).push(question.clone());
        if let Some(Some(error)) = lock(&self.script).pop_front() {
            return Err(error);
        }
        let rejected = |message: String| {
            let evidence =
                Evidence { endpoint: "GET /search".into(), status: Some(400), detail: message.clone() };
            Err(SpotifyError::Rejected { message, evidence })
        };
        if question.limit == 0 || question.limit > self.page {
            return rejected("Invalid limit".into());
        }
        if question.limit + question.offset > self.window {
            return rejected(format!("Limit + Offset exceeds maximum of {}", self.window));
        }
        let matching = self.catalogue.matching(&question.query, self.not_works);
        let artists: Vec<Artist> =
            matching.skip(question.offset as usize).take(question.limit as usize).cloned().collect();
        let total = self.catalogue.matching(&question.query, self.not_works).count() as u64;
        let rows = u32::try_from(artists.len()).unwrap_or(u32::MAX);
        Ok(SearchPage {
            artists,
            rows,
            total: Some(total),
            has_next: u64::from(question.offset + rows) < total,
        })
    }
}
