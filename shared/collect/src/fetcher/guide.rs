//! What an execution environment remembers of the run that it works.

use super::offered::Offered;
use crate::plan::{Findings, Yield, Yields};
use crate::run::Latest;
use crate::term::Source;

/// What is known of the sources and endpoints, and what was asked of them meanwhile.
#[derive(Debug, Default)]
pub(super) struct Guide {
    /// What this run or an earlier one has found out.
    pub(super) findings: Findings,
    /// What the sources have brought lately.
    pub(super) yields: Yields,
    /// What they have brought in this batch, or before, that is not reported to the other environments yet.
    pub(super) unreported: Yields,
    /// What was found and finished last, not reported yet either.
    pub(super) latest: Latest,
    /// Follow-up terms that were put into the frontier lately.
    pub(super) offered: Offered,
    /// Whether the run has begun with leaves that were made without `NOT`.
    pub(super) leaves_lack_not: bool,
    /// Whether the sample of a run that ends early was drawn here.
    pub(super) sampled: bool,
}

impl Guide {
    /// Counts what a request of `source` brought.
    pub(super) fn count(&mut self, source: Source, brought: Yield) {
        self.yields.add(source, brought);
        self.unreported.add(source, brought);
    }

    /// Takes in what all environments have reported; what this one has not comes on top.
    pub(super) fn know(&mut self, reported: Yields) {
        self.yields = reported;
        for (source, brought) in &self.unreported.0 {
            self.yields.add(*source, *brought);
        }
    }

    /// It is reported, or the run that it is about is over.
    pub(super) fn forget_unreported(&mut self) {
        self.unreported = Yields::default();
        self.latest = Latest::default();
    }
}
