//! The port to the terms of a run.

use jiff::Timestamp;

use super::error::PortError;
use crate::term::{Lane, Progress, RunId, Tally, Term, TermKey, TermState, TermSummary};

/// All terms of all runs. Every write is conditional, so that repeats and late comers change nothing.
#[trait_variant::make(Send)]
pub trait Frontier {
    /// Puts terms that do not exist yet; those that do are left as they are. Returns how many were new.
    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError>;

    /// The term as it is now (a consistent read).
    async fn get(&self, run: &RunId, key: &TermKey) -> Result<Option<Term>, PortError>;

    /// Up to `limit` terms of a lane, those of highest priority first for a ready lane, those whose lease
    /// ends first for the sent lane. May lag behind the writes: the claim that follows is conditional.
    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<Ranked>, PortError>;

    /// How many terms are in a lane, counted up to `limit`. May lag behind the writes.
    async fn count(&self, run: &RunId, lane: Lane, limit: usize) -> Result<usize, PortError>;

    /// `ready` -> `sent`, as the next generation. `None` if the term was not ready.
    async fn send(
        &self,
        run: &RunId,
        key: &TermKey,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, PortError>;

    /// `sent` -> `ready`, if it is still `sent` in this generation. Returns whether it was. What is not kept
    /// anew stays as it was last written.
    async fn give_back(&self, claim: &Claim, kept: Option<Kept<'_>>) -> Result<bool, PortError>;

    /// Keeps progress, tally, attempts and a longer lease on a term of this generation that is not finished.
    /// Returns whether it was so.
    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        tally: Tally,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError>;

    /// The last write of a term, if it is of this generation and not finished. Returns whether it was.
    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError>;

    /// One page of a run's terms in the order of their keys, after `after` (a consistent read): up to
    /// `limit`, or as many as one read returns.
    async fn page(&self, run: &RunId, after: Option<&TermKey>, limit: usize) -> Result<TermPage, PortError>;

    /// Sets the end of these terms of a run that is over: after `end` they may be deleted. Terms that are
    /// gone stay so.
    async fn expire(&self, run: &RunId, terms: &[TermKey], end: Timestamp) -> Result<(), PortError>;
}

/// A part of a run's terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermPage {
    /// The terms; none of them where a read passed only over others.
    pub terms: Vec<TermSummary>,
    /// After which key the next page begins; nothing only at the end.
    pub next: Option<TermKey>,
}

/// A term in a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Its key.
    pub key: TermKey,
    /// Its place: the priority of a ready term, the end of a sent one's lease in milliseconds of the epoch.
    pub rank: f64,
}

/// A term in one generation: who holds it may write it until somebody else dispatches it again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The run.
    pub run: RunId,
    /// The term.
    pub key: TermKey,
    /// The dispatch.
    pub generation: u32,
}

/// What a term that is given back keeps of the work on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept<'a> {
    /// Where it stands.
    pub progress: &'a Progress,
    /// What it has cost and brought.
    pub tally: Tally,
    /// Its place in the ready lane from now on.
    pub priority: f64,
    /// Real failures since the last answer.
    pub attempts: u32,
}

/// How a term ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// One of the four ends.
    pub state: TermState,
    /// Where it stood.
    pub progress: Progress,
    /// What it has cost and brought.
    pub tally: Tally,
    /// Real failures.
    pub attempts: u32,
    /// Why it is open or failed.
    pub reason: Option<String>,
}
