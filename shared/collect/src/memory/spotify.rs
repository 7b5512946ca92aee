//! A search over a catalogue in memory, with a script of errors for tests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use super::lock;
use crate::catalogue::{Artist, Track, text};
use crate::ports::Spotify;
use crate::term::{Operator, SearchTerm, Years};
use crate::web_api::{Evidence, Page, Request, SpotifyError};

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

    /// The artists that match `query`, the most relevant first; none where it is no question. Everybody
    /// released something in one year of four decades.
    fn matching(&self, query: &str) -> impl Iterator<Item = &Artist> {
        let term = SearchTerm::new(query).ok();
        let matches = move |(artist, words): &&(Artist, Vec<String>)| {
            let year = u16::try_from(1980 + artist.id.short_hash() % 40).unwrap_or_default();
            let released = Years::new(year, year);
            term.as_ref().is_some_and(|term| {
                let in_years = term.years().is_none_or(|years| {
                    released.is_some_and(|released| years.intersection(released).is_some())
                });
                in_years && term.matches(words)
            })
        };
        self.0.iter().filter(matches).map(|(artist, _)| artist)
    }
}

/// A Spotify in memory.
#[derive(Debug)]
pub struct MemorySpotify {
    catalogue: Catalogue,
    /// Largest `limit`.
    page: u32,
    /// Largest `limit + offset`.
    depth: u32,
    /// The operators that do not work: they are words like any other.
    broken: BTreeSet<Operator>,
    /// What queries get that are never answered.
    unanswered: BTreeMap<String, SpotifyError>,
    /// What it recommends to everybody; without it, the endpoint is closed.
    recommended: Option<Vec<Track>>,
    /// Whether every answer tells other numbers of followers than the one before.
    followers_move: bool,
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
    /// A search over `catalogue` that shows `page` rows a request and `depth` rows in all.
    pub fn new(catalogue: Catalogue, page: u32, depth: u32) -> Self {
        Self {
            catalogue,
            page,
            depth,
            broken: BTreeSet::new(),
            unanswered: BTreeMap::new(),
            recommended: None,
            followers_move: false,
            script: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// The same, where these operators are words like any other.
    #[must_use]
    pub fn without(self, operators: impl IntoIterator<Item = Operator>) -> Self {
        Self { broken: operators.into_iter().collect(), ..self }
    }

    /// The same, where `query` always gets `error` instead of an answer.
    #[must_use]
    pub fn never_answering(mut self, query: &str, error: SpotifyError) -> Self {
        self.unanswered.insert(query.to_owned(), error);
        self
    }

    /// The same, where everybody is recommended these tracks.
    #[must_use]
    pub fn recommending(self, tracks: Vec<Track>) -> Self {
        Self { recommended: Some(tracks), ..self }
    }

    /// The same, where every answer tells other numbers of followers than the one before.
    #[must_use]
    pub fn with_moving_followers(self) -> Self {
        Self { followers_move: true, ..self }
    }

    /// An artist as the `number`-th answer tells of it.
    fn as_answered(&self, artist: &Artist, number: u64) -> Artist {
        let moved = self.followers_move.then_some(number);
        Artist { followers: moved.or(artist.followers), ..artist.clone() }
    }

    /// The query, with what does not work as words.
    fn understood(&self, query: &str) -> String {
        self.broken.iter().fold(query.to_owned(), |query, operator| match operator {
            Operator::Not => query.replace("NOT", "not"),
            Operator::Quotes => query.replace('"', " "),
            Operator::NotQuotes => query.replace("NOT \"", "not \""),
            Operator::Years => query.replace("year:", "year ").replace('-', " "),
        })
    }

    /// Lets the next requests fail with these errors, one each.
    pub fn fail_next(&self, errors: impl IntoIterator<Item = SpotifyError>) {
        self.play_next(errors.into_iter().map(Some));
    }

    /// Lets the next requests fail with these errors, and answers those whose turn has none.
    pub fn play_next(&self, turns: impl IntoIterator<Item = Option<SpotifyError>>) {
        lock(&self.script).extend(turns);
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
        let number = {
            let mut asked = lock(&self.asked);
            asked.push(request.clone());
            asked.len() as u64
        };
        if let Some(Some(error)) = lock(&self.script).pop_front() {
            return Err(error);
        }
        if let (Request::Recommendations(_), Some(tracks)) = (request, &self.recommended) {
            let rows = u32::try_from(tracks.len()).unwrap_or(u32::MAX);
            return Ok(Page { tracks: tracks.clone(), rows, ..Page::default() });
        }
        let Request::Search { query, page, .. } = request else {
            let endpoint = request.endpoint().name().to_owned();
            let evidence = Evidence { endpoint, status: Some(403), detail: "Forbidden".to_owned() };
            return Err(SpotifyError::Closed { evidence });
        };
        if let Some(error) = self.unanswered.get(query) {
            return Err(error.clone());
        }
        let rejected = |message: String| {
            let evidence =
                Evidence { endpoint: "GET /search".into(), status: Some(400), detail: message.clone() };
            Err(SpotifyError::Rejected { message, evidence })
        };
        if page.limit == 0 || page.limit > self.page {
            return rejected("Invalid limit".into());
        }
        if page.limit + page.offset > self.depth {
            return rejected(format!("Limit + Offset exceeds maximum of {}", self.depth));
        }
        let query = self.understood(query);
        let matching = self.catalogue.matching(&query);
        let shown = matching.skip(page.offset as usize).take(page.limit as usize);
        let artists: Vec<Artist> = shown.map(|artist| self.as_answered(artist, number)).collect();
        let total = self.catalogue.matching(&query).count() as u64;
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
