//! What Spotify knows of the app, and of what it has said.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use collect::catalogue::ArtistId;
use collect::ports::TermMessage;
use collect::term::{Question, Term, TermKey};
use collect::web_api::{Bucket, Request};

use super::asked::Asked;
use crate::moment::Moment;
use crate::plan::Broken;
use crate::vanished::Vanished;

/// The time over which the rolling limit counts.
const RATE_PERIOD: Duration = Duration::from_secs(30);

/// What the service knows.
#[derive(Debug, Default)]
pub(crate) struct Service {
    /// Requests that were let in during the last 30 seconds.
    pub(super) arrivals: VecDeque<Moment>,
    pub(super) held_until: Moment,
    /// The ends of spent quotas.
    pub(super) spent_until: BTreeMap<Bucket, Moment>,
    /// Requests that were let in.
    pub(super) requests: u64,
    /// Requests that were noted once more than they were sent.
    noted_twice: u64,
    pub(super) long_holds: u32,
    /// Failures on behalf of a term since its progress was kept.
    pub(super) in_a_row: BTreeMap<String, u32>,
    /// All failures on behalf of a term.
    pub(super) troubles: BTreeMap<String, u32>,
    /// What is never answered.
    broken: Broken,
    /// What is gone.
    pub(super) vanished: Vanished,
    /// Artists that were shown with all their fields.
    pub(super) shown: BTreeSet<usize>,
    /// The followers that artists have gained.
    pub(super) gained: BTreeMap<usize, u64>,
    /// Requests that were answered, by term.
    pub(super) answered: BTreeSet<(String, String)>,
    pub(super) stopped: Option<u8>,
    /// Whether what stopped the run was fixed: Spotify answers from then on.
    pub(super) mended: bool,
}

impl Service {
    /// A service that never answers what is broken, nor what is asked of the vanished.
    pub(crate) fn new(broken: Broken, vanished: Vanished, long_holds: u32) -> Self {
        Self { long_holds, broken, vanished, ..Self::default() }
    }

    /// How often a request for the term failed.
    pub(crate) fn troubles_of(&self, term: &Term) -> u32 {
        self.troubles.get(term.key().as_str()).copied().unwrap_or_default()
    }

    /// Whether a request is never answered.
    pub(super) fn never_answers(&self, asked: &Asked<'_>) -> bool {
        let is_search = match asked.request {
            Request::Search { query, .. } => self.broken.queries.contains(query),
            _ => false,
        };
        is_search || asked.term.as_ref().is_some_and(|term| self.broken.terms.contains(term))
    }

    /// Whether the question is never answered.
    pub(crate) fn is_broken(&self, question: &Question) -> bool {
        let Broken { queries, terms } = &self.broken;
        if terms.contains(&question.key()) {
            return true;
        }
        match question {
            Question::Search(search) => queries.contains(&search.query()),
            Question::PlaylistSearch(playlists) => queries.contains(&playlists.0.query()),
            Question::Playlist(playlist) => self.vanished.has_playlist(&playlist.0),
            // It begins with a search for that.
            Question::Capabilities(_) => queries.contains("a"),
            Question::GenreSeeds(_)
            | Question::Categories(_)
            | Question::CategoryPlaylists(_)
            | Question::FeaturedPlaylists(_)
            | Question::Related(_)
            | Question::NewReleases(_)
            | Question::NewAlbums(_)
            | Question::ArtistAlbums(_)
            | Question::Albums(_)
            | Question::Hydrate(_)
            | Question::Stale(_)
            | Question::Refresh(_)
            | Question::Sample(_)
            | Question::GenreCategories(_)
            | Question::GenreCategory(_)
            | Question::GenreSearch(_)
            | Question::GenrePlaylist(_)
            | Question::FeaturesOfTracks(_) => false,
        }
    }

    /// Whether the question of the term that a message names is never answered.
    pub(crate) fn breaks(&self, message: &str) -> bool {
        let question = serde_json::from_str::<TermMessage>(message).ok();
        let question = question.and_then(|message| Question::parse(message.key.as_str()).ok());
        question.is_some_and(|question| self.is_broken(&question))
    }

    /// The artists that were shown with all fields, and written so.
    pub(crate) fn shown(&self) -> BTreeSet<usize> {
        self.shown.clone()
    }

    /// The row of an artist is deleted: what was shown is not known any more.
    pub(super) fn forget(&mut self, artist: &ArtistId) {
        self.shown.retain(|number| artist.as_str().parse() != Ok(*number));
    }

    /// Whether the artist is among them.
    pub(super) fn was_shown(&self, artist: usize) -> bool {
        self.shown.contains(&artist)
    }

    /// Gives an artist more followers. Returns how many it has gained in all.
    pub(super) fn gain(&mut self, artist: usize, more: u64) -> u64 {
        let gained = self.gained.entry(artist).or_default();
        *gained += more;
        *gained
    }

    /// How many followers an artist has gained.
    pub(crate) fn gained(&self, artist: usize) -> u64 {
        self.gained.get(&artist).copied().unwrap_or_default()
    }

    /// Whether the app was told that nothing is answered any more.
    pub(crate) fn has_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Spotify answers again.
    pub(crate) fn mend(&mut self) {
        self.mended = true;
    }

    /// The run goes on: nothing is left of its stop.
    pub(super) fn resumes(&mut self) {
        self.stopped = None;
    }

    /// Requests that were let in.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// So many requests are noted twice among what the run has spent, since an answer of the table was lost.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of requests")]
    pub(crate) fn noted_twice(&mut self, requests: f64) {
        self.noted_twice += requests as u64;
    }

    /// Requests that a run may count as spent.
    pub(crate) fn spent(&self) -> u64 {
        self.requests + self.noted_twice
    }

    /// Another run asks everything again.
    pub(crate) fn next_run(&mut self) {
        self.answered.clear();
        self.in_a_row.clear();
    }

    /// The term's progress was kept after an answer: what failed before is forgotten, save the last failure,
    /// which may have come after that answer.
    pub(crate) fn progress_kept(&mut self, term: &TermKey) {
        if let Some(count) = self.in_a_row.get_mut(term.as_str()) {
            *count = (*count).min(1);
        }
    }

    /// Whether a request is too many in the last 30 seconds; if not, it is let in.
    pub(super) fn lets_in(&mut self, now: Moment, limit: usize) -> bool {
        while self.arrivals.front().is_some_and(|first| now.since(*first) >= RATE_PERIOD) {
            self.arrivals.pop_front();
        }
        let room = self.arrivals.len() < limit;
        if room {
            self.arrivals.push_back(now);
            self.requests += 1;
        }
        room
    }
}
