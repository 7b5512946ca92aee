//! Terms: the questions of a run, and what became of each.

mod search;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use search::{InvalidTerm, SearchTerm};

use crate::paging::Walk;
use crate::run::RunId;
use crate::seen::Seen;

/// The endpoints that share one Spotify limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// `GET /search`.
    Search,
    /// `GET /artists`, `/artists/{id}` and `/artists/{id}/related-artists`.
    Artists,
    /// `GET /artists/{id}/albums` and `/albums`.
    ArtistAlbums,
    /// `GET /playlists/{id}` and its tracks.
    Playlists,
    /// `GET /browse/...`.
    Browse,
    /// `GET /recommendations...`.
    Recommendations,
}

impl Bucket {
    /// The buckets that terms are asked from.
    pub const ALL: [Self; 6] = [
        Self::Search,
        Self::Artists,
        Self::ArtistAlbums,
        Self::Playlists,
        Self::Browse,
        Self::Recommendations,
    ];

    /// The name in tables, logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Artists => "artists",
            Self::ArtistAlbums => "artist-albums",
            Self::Playlists => "playlists",
            Self::Browse => "browse",
            Self::Recommendations => "recommendations",
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a term asks. The canonical key is derived from it, so that one question is one term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Artists whose names match a search.
    Search(SearchTerm),
}

impl Question {
    /// The canonical key: the kind, a colon, the canonical question.
    pub fn key(&self) -> TermKey {
        match self {
            Self::Search(term) => TermKey(format!("search:{term}")),
        }
    }

    /// The bucket whose limit the question is asked under.
    pub fn bucket(&self) -> Bucket {
        match self {
            Self::Search(_) => Bucket::Search,
        }
    }
}

/// The canonical key of a term, such as `search:abb`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TermKey(String);

/// A string that is no term key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The part before the colon names no kind of question.
    #[error("{0:?} is no term key: it must begin with `search:`")]
    Kind(String),
    /// The part after the colon is no question.
    #[error("{key:?} is no term key: {source}")]
    Question {
        /// The key as it came, cut to a readable length.
        key: String,
        /// What is wrong with it.
        source: InvalidTerm,
    },
    /// It asks something, but not in the canonical form.
    #[error("{key:?} is no canonical term key; it would be {canonical:?}")]
    NotCanonical {
        /// The key as it came.
        key: String,
        /// The same question in the canonical form.
        canonical: String,
    },
}

impl TermKey {
    /// Reads a key, which must be canonical.
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        Question::parse(key).map(|question| question.key())
    }

    /// The key as it stands in tables and messages.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Question {
    /// Reads the question back from its canonical key.
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        let readable = || key.chars().take(100).collect::<String>();
        let query = key.strip_prefix("search:").ok_or_else(|| InvalidKey::Kind(readable()))?;
        let term =
            SearchTerm::new(query).map_err(|source| InvalidKey::Question { key: readable(), source })?;
        let question = Self::Search(term);
        let canonical = question.key();
        if canonical.as_str() == key {
            Ok(question)
        } else {
            Err(InvalidKey::NotCanonical {
                key: readable(),
                canonical: canonical.0.chars().take(100).collect(),
            })
        }
    }
}

impl fmt::Display for TermKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for TermKey {
    type Error = InvalidKey;

    fn try_from(key: String) -> Result<Self, InvalidKey> {
        Self::parse(&key)
    }
}

impl From<TermKey> for String {
    fn from(key: TermKey) -> Self {
        key.0
    }
}

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
    /// Whether the term is at one of its ends and is never worked again in this run.
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

/// What a term has cost and brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Requests that Spotify answered or failed to answer; refusals (429) are not among them.
    pub requests: u32,
    /// Rows of artists seen, repeats included.
    pub rows: u32,
    /// Artists that no earlier answer of any term had shown.
    pub new: u32,
    /// Known artists whose row was written again: something changed, or their first sighting in this run.
    pub changed: u32,
}

/// What the last page of a term brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastPage {
    /// Rows of artists.
    pub rows: u32,
    /// Artists that no earlier answer of any term had shown.
    pub new: u32,
}

/// How far a term has come, kept on the term so that a deferred or parked term asks nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Pages behind and before it.
    pub walk: Walk,
    /// The artists that the pages have shown, each as a hash of its id. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub artists: BTreeSet<u32>,
    /// What the results so far tell about how to split it. Forgotten when the term is finished.
    pub seen: Seen,
    /// Whether its follow-up terms are in the frontier already.
    pub parted: bool,
    /// What the last page brought.
    pub last_page: LastPage,
    /// Cost and yield so far.
    pub tally: Tally,
}

/// A term of the frontier.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The run that asks it.
    pub run: RunId,
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
    /// Splits between it and its root.
    pub depth: u32,
    /// How far it has come.
    pub progress: Progress,
    /// Why it is open or failed.
    pub reason: Option<String>,
}

impl Term {
    /// A new term, ready to be dispatched.
    pub fn new(run: RunId, question: Question, priority: f64) -> Self {
        Self {
            run,
            question,
            state: TermState::Ready,
            priority,
            generation: 0,
            attempts: 0,
            lease_until: None,
            parent: None,
            depth: 0,
            progress: Progress::default(),
            reason: None,
        }
    }

    /// A follow-up of this term, one split deeper.
    #[must_use]
    pub fn follow_up(&self, question: Question, priority: f64) -> Self {
        Self {
            parent: Some(self.key()),
            depth: self.depth.saturating_add(1),
            ..Self::new(self.run.clone(), question, priority)
        }
    }

    /// Its canonical key.
    pub fn key(&self) -> TermKey {
        self.question.key()
    }

    /// New artists per request so far; `None` before the first answer.
    pub fn measured_yield(&self) -> Option<f64> {
        let tally = self.progress.tally;
        (tally.requests > 0).then(|| f64::from(tally.new) / f64::from(tally.requests))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_as_the_question_it_came_from() {
        let question = Question::Search(SearchTerm::new("The Dj").unwrap());
        assert_eq!(question.key().as_str(), "search:dj the");
        assert_eq!(Question::parse("search:dj the"), Ok(question));
    }

    #[test]
    fn a_key_that_is_not_canonical_is_refused_with_the_one_that_is() {
        let error = TermKey::parse("search:the DJ").unwrap_err().to_string();
        assert!(error.contains("search:the DJ") && error.contains("search:dj the"), "{error}");
        assert!(TermKey::parse("playlist:x").unwrap_err().to_string().contains("playlist:x"));
        assert!(TermKey::parse("search: ").unwrap_err().to_string().contains("no words"));
    }
}
