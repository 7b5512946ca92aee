//! What an operator may set.

use std::time::Duration;

use crate::pace::Pacing;
use crate::paging::PageLimits;

/// The collector's settings; the same for every function of a deployment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The pace of every bucket.
    pub pacing: Pacing,
    /// How many terms are in the queue at most.
    pub window: usize,
    /// The page limits of an app that nothing is known of yet.
    pub limits: PageLimits,
    /// The longest a request may take, with the writes that follow it: nothing is begun that could not end in time.
    pub request_time: Duration,
}

/// Real failures in a row, with no answer between them, after which a term is given up.
pub const MAX_ATTEMPTS: u32 = 5;

/// Most requests that one term can need under usual limits: 100 pages of 10, each asked again once.
const REQUESTS_PER_TERM: u32 = 200;

impl Settings {
    /// The page limits that Spotify grants at best.
    pub const BEST_LIMITS: PageLimits = PageLimits { page: 50, window: 1000 };

    /// How long a dispatched term counts as on its way: longer than the longest deferral, and than the whole window can
    /// take at this pace, so that a term is not given back while its message waits its turn.
    pub fn lease_time(&self) -> Duration {
        let window = u32::try_from(self.window).unwrap_or(u32::MAX);
        let queued = self.pacing.rate.interval().saturating_mul(window.saturating_mul(REQUESTS_PER_TERM));
        Duration::from_mins(30).saturating_add(queued).min(Duration::from_hours(336))
    }
}
