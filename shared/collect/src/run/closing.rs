//! How far the closing of a run has come: first its terms are counted, and when it is closed they get their
//! end.
//!
//! Both go page by page and keep where they stand, so that neither a million terms nor a crash can keep a run
//! from closing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::term::{TermKey, TermSummary};

/// The count of a run's terms so far. It is kept on the run while that stays idle, and forgotten when a term
/// is ready again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counting {
    /// The last term of the pages that are counted; nothing at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TermKey>,
    /// What they come to.
    pub report: Report,
}

impl Counting {
    /// Counts a page in that goes on after `next`.
    pub fn take_in(&mut self, terms: &[TermSummary], next: Option<TermKey>) {
        for term in terms {
            self.report.count(term);
        }
        self.after = next;
    }
}

/// A closed run whose terms are being given their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// When the run was closed.
    pub since: Timestamp,
    /// The end: after this they may be deleted.
    pub end: Timestamp,
    /// The last term that has it; nothing at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TermKey>,
}
