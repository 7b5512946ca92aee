//! What is read of a term where all terms of a run are read.

use super::{Source, Tally, Term, TermKey, TermState};

/// A term without its progress: enough to count it, to ask it again in the next run, and to let it expire.
#[derive(Clone, Debug, PartialEq)]
pub struct TermSummary {
    /// Its key.
    pub key: TermKey,
    /// The way to find artists that it belongs to.
    pub source: Source,
    /// Where it is on its way.
    pub state: TermState,
    /// Expected new artists per request.
    pub priority: f64,
    /// What it has cost and brought.
    pub tally: Tally,
    /// Why it is open or failed.
    pub reason: Option<String>,
}

impl From<&Term> for TermSummary {
    fn from(term: &Term) -> Self {
        Self {
            key: term.key(),
            source: term.source,
            state: term.state,
            priority: term.priority,
            tally: term.tally,
            reason: term.reason.clone(),
        }
    }
}
