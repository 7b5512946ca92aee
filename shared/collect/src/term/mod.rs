//! Terms: the questions of a run, and what became of each.

mod key;
mod kinds;
mod lane;
mod operators;
mod progress;
mod question;
mod run_id;
mod search;
mod seen;
mod source;
mod summary;
mod tally;
mod trial;
mod walk;
mod years;

use jiff::Timestamp;
pub use key::{InvalidKey, TermKey};
pub use kinds::{
    Albums, ArtistAlbums, Capabilities, CapabilitiesProgress, Categories, CategoryPlaylists,
    FeaturedPlaylists, FeaturesOfTracks, GenreCategories, GenreCategory, GenrePlaylist,
    GenrePlaylistProgress, GenreSearch, GenreSeeds, Hydrate, List, ListProgress, MOST_ALBUMS, MOST_REFRESHED,
    NewAlbums, NewReleases, Playlist, PlaylistHeader, PlaylistProgress, PlaylistSearch, Purpose, Refresh,
    Related, Sample, SampleProgress, SearchProgress, Stale, Subjects,
};
pub use lane::Lane;
pub use operators::{Operator, Operators};
pub use progress::Progress;
pub use question::Question;
pub use run_id::{InvalidRunId, RunId};
pub use search::{InvalidTerm, SearchTerm};
pub use seen::{Seen, SeenWord};
use serde::{Deserialize, Serialize};
pub(crate) use source::Beginning;
pub use source::{Aim, InvalidSources, Source, Sources};
pub use summary::TermSummary;
pub use tally::{LastPage, Tally};
pub use trial::Trial;
pub use walk::{Step, Walk};
pub use years::Years;

/// Where a term is on its way: `ready` -> `sent` -> one of the four ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TermState {
    /// Waits in the frontier for room in the window.
    Ready,
    /// In the window: a message of it is in SQS, or was meant to be.
    Sent,
    /// Answered to the end.
    Done,
    /// Saturated; its follow-up terms cover what it could not show.
    Split,
    /// Saturated, and nothing that can be asked is sure to show the rest.
    Open,
    /// Given up after real failures, or a question that Spotify rejects.
    Failed,
}

impl TermState {
    /// Whether the term is at one of its ends and is never worked again in this run, unless an operator sends
    /// a failed one again.
    pub fn is_finished(self) -> bool {
        !matches!(self, Self::Ready | Self::Sent)
    }

    /// The name in tables, logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Split => "split",
            Self::Open => "open",
            Self::Failed => "failed",
        }
    }
}

/// A term of the frontier.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The run that asks it.
    pub run: RunId,
    /// The way to find artists that it belongs to.
    pub source: Source,
    /// What it asks.
    pub question: Question,
    /// Where it is on its way.
    pub state: TermState,
    /// Expected new artists per request; the highest is dispatched first.
    pub priority: f64,
    /// How often it was dispatched. A message of an earlier dispatch is stale.
    pub generation: u32,
    /// Real failures since its last answer.
    pub attempts: u32,
    /// While `sent`: when the dispatch counts as lost and the term is given back.
    pub lease_until: Option<Timestamp>,
    /// The term whose results led to it.
    pub parent: Option<TermKey>,
    /// How many terms lie above it: a follow-up is one deeper than the term that led to it.
    pub depth: u32,
    /// What it has cost and brought so far.
    pub tally: Tally,
    /// How far it has come.
    pub progress: Progress,
    /// Why it is open or failed.
    pub reason: Option<String>,
}

impl Term {
    /// A new term, ready to be dispatched.
    pub fn new(run: RunId, source: Source, question: impl Into<Question>, priority: f64) -> Self {
        let question = question.into();
        debug_assert!(
            source.buckets().contains(&question.bucket()),
            "{source} needs the bucket {:?} for {}",
            question.bucket(),
            question.key()
        );
        Self {
            progress: question.progress(),
            tally: Tally::default(),
            run,
            source,
            question,
            state: TermState::Ready,
            priority,
            generation: 0,
            attempts: 0,
            lease_until: None,
            parent: None,
            depth: 0,
            reason: None,
        }
    }

    /// A follow-up of this term, one deeper.
    #[must_use]
    pub fn follow_up(&self, question: impl Into<Question>, priority: f64) -> Self {
        self.follow_up_of(self.source, question, priority)
    }

    /// A follow-up of this term in another source.
    #[must_use]
    pub fn follow_up_of(&self, source: Source, question: impl Into<Question>, priority: f64) -> Self {
        Self {
            parent: Some(self.key()),
            depth: self.depth.saturating_add(1),
            ..Self::new(self.run.clone(), source, question, priority)
        }
    }

    /// Its place among the ready terms.
    pub fn lane(&self) -> Lane {
        Lane::Ready(self.source)
    }

    /// Its canonical key.
    pub fn key(&self) -> TermKey {
        self.question.key()
    }

    /// Whether its priority foretells what its next request brings. That of a term which finds out how to go
    /// on does not: it is artificial, so that the term is asked before everything else or after it.
    pub(crate) fn is_forecast(&self) -> bool {
        match &self.question {
            // Those that ask for tracks are among them: how many artists they bring is no measure of them.
            Question::Capabilities(_)
            | Question::Sample(_)
            | Question::GenreCategories(_)
            | Question::GenreCategory(_)
            | Question::GenreSearch(_)
            | Question::GenrePlaylist(_)
            | Question::FeaturesOfTracks(_) => false,
            Question::Search(search) => !search.is_everything() || self.parent.is_some(),
            Question::PlaylistSearch(_)
            | Question::GenreSeeds(_)
            | Question::Categories(_)
            | Question::CategoryPlaylists(_)
            | Question::FeaturedPlaylists(_)
            | Question::Playlist(_)
            | Question::Related(_)
            | Question::NewReleases(_)
            | Question::NewAlbums(_)
            | Question::ArtistAlbums(_)
            | Question::Albums(_)
            | Question::Hydrate(_)
            | Question::Stale(_)
            | Question::Refresh(_) => true,
        }
    }

    /// Artists per request so far that the run saw here first; `None` before the first answer.
    pub fn measured_yield(&self) -> Option<f64> {
        let Tally { requests, .. } = self.tally;
        (requests > 0).then(|| f64::from(self.tally.first_seen()) / f64::from(requests))
    }
}
