//! A search over a catalogue in memory, with a script of errors for tests.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::lock;
use crate::artist::Artist;
use crate::ports::spotify::{Evidence, Page, Request, Spotify, SpotifyError};
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
    asked: Mutex<Vec<Request>>,
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

    /// Every request so far, refused ones included.
    pub fn asked(&self) -> Vec<Request> {
        lock(&self.asked).clone()
    }

    /// The query of every search so far, refused ones included.
    pub fn queries(&self) -> Vec<String> {
        let query = |request: &Request| match request {
            Request::Search { query, .. } => Some(query.clone()),
            _ => None,
        };
        lock(&self.asked).iter().filter_map(query).collect()
    }
}

impl Spotify for MemorySpotify {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        lock(&self.asked).push(request.clone());
        if let Some(Some(error)) = lock(&self.script).pop_front() {
            return Err(error);
        }
        let Request::Search { query, page, .. } = request else {
            let endpoint = request.endpoint().name().to_owned();
            let evidence = Evidence { endpoint, status: Some(403), detail: "Forbidden".to_owned() };
            return Err(SpotifyError::Closed { evidence });
        };
        let rejected = |message: String| {
            let evidence =
                Evidence { endpoint: "GET /search".into(), status: Some(400), detail: message.clone() };
            Err(SpotifyError::Rejected { message, evidence })
        };
        if page.limit == 0 || page.limit > self.page {
            return rejected("Invalid limit".into());
        }
        if page.limit + page.offset > self.window {
            return rejected(format!("Limit + Offset exceeds maximum of {}", self.window));
        }
        let matching = self.catalogue.matching(query, self.not_works);
        let artists: Vec<Artist> =
            matching.skip(page.offset as usize).take(page.limit as usize).cloned().collect();
        let total = self.catalogue.matching(query, self.not_works).count() as u64;
        let rows = u32::try_from(artists.len()).unwrap_or(u32::MAX);
        Ok(Page {
            artists,
            rows,
            total: Some(total),
            has_next: u64::from(page.offset + rows) < total,
            ..Page::default()
        })
    }
}
