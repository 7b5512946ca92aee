//! Terms: the questions of a run, and what became of each.

mod bucket;
mod question;
mod search;
mod years;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use bucket::Bucket;
pub use question::{InvalidKey, MOST_ALBUMS, MOST_REFRESHED, Question, TermKey};
pub use search::{InvalidTerm, SearchTerm};
pub use years::Years;

use crate::capability::{Subjects, Trial};
use crate::everything;
use crate::paging::Walk;
use crate::ports::Lane;
use crate::run::RunId;
use crate::seen::Seen;
use crate::source::Source;

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
    /// Whether the term is at one of its ends and is never worked again in this run, unless an operator sends a failed one
    /// again ([`letters`](crate::letters)).
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
    /// Artists that no earlier answer of any term had shown, in this run or another.
    pub new: u32,
    /// Artists known from earlier runs that no earlier answer of this run had shown.
    pub returned: u32,
    /// Rows of artists that this run had seen before, written again because something changed.
    pub changed: u32,
    /// Artists of a slice of the sample.
    #[serde(skip_serializing_if = "is_zero")]
    pub sampled: u32,
    /// Those of them that this run had seen before.
    #[serde(skip_serializing_if = "is_zero")]
    pub recaptured: u32,
    /// Sightings of artists of whom no more than id and name is known.
    pub bare: u32,
}

impl Tally {
    /// Artists that the run saw here first, whether an earlier run had seen them or not.
    pub fn first_seen(&self) -> u32 {
        self.new.saturating_add(self.returned)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What the last page of a term brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastPage {
    /// Rows of artists.
    pub rows: u32,
    /// Artists that are new to this run, whatever an earlier one has seen: told for the first time, or completed.
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
    /// What its trials were answered, each under its query. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub trials: BTreeMap<String, Trial>,
    /// What it has found to ask endpoints about. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Subjects>,
    /// The version of the playlist that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
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
    /// Splits between it and its root.
    pub depth: u32,
    /// How far it has come.
    pub progress: Progress,
    /// Why it is open or failed.
    pub reason: Option<String>,
}

impl Term {
    /// A new term, ready to be dispatched.
    pub fn new(run: RunId, source: Source, question: Question, priority: f64) -> Self {
        Self {
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
            ..Self::new(self.run.clone(), self.source, question, priority)
        }
    }

    /// A follow-up of this term in another source.
    #[must_use]
    pub fn follow_up_of(&self, source: Source, question: Question, priority: f64) -> Self {
        Self { source, ..self.follow_up(question, priority) }
    }

    /// Its place among the ready terms.
    pub fn lane(&self) -> Lane {
        Lane::Ready(self.source)
    }

    /// Its canonical key.
    pub fn key(&self) -> TermKey {
        self.question.key()
    }

    /// Whether its priority foretells what its next request brings. That of a term which finds out how to go on does not:
    /// it is asked before everything else.
    pub(crate) fn is_forecast(&self) -> bool {
        match &self.question {
            Question::Capabilities | Question::Sample(_) => false,
            Question::Search(search) => !everything::is_everything(search) || self.parent.is_some(),
            _ => true,
        }
    }

    /// Artists per request so far that the run saw here first; `None` before the first answer.
    pub fn measured_yield(&self) -> Option<f64> {
        let tally = self.progress.tally;
        (tally.requests > 0).then(|| f64::from(tally.first_seen()) / f64::from(tally.requests))
    }
}
