//! Rates: requests in Spotify's rate period, and what an operator may fix.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::web_api::Bucket;

/// The time over which Spotify's rate limit counts.
pub(crate) const RATE_PERIOD: Duration = Duration::from_secs(30);

/// How much the time from here to Spotify may vary between two requests.
pub const TRANSIT: Duration = Duration::from_millis(250);

/// A rate that is never exceeded: requests in any 30 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(NonZeroU32);

impl Rate {
    /// `requests` in any 30 seconds.
    pub const fn per_30s(requests: NonZeroU32) -> Self {
        Self(requests)
    }

    /// Requests in any 30 seconds.
    pub fn requests(self) -> u32 {
        self.0.get()
    }

    /// The time between two permits, rounded up to the microsecond.
    ///
    /// Requests that leave within 30 s had their place within `w = 30 s + early + late + TRANSIT` (see
    /// `tolerance`). With one place each `i`, `w` holds at most `floor(w / i) + 1`, which stays within the
    /// rate `r` exactly when `i > w / r`.
    pub fn interval(self) -> Duration {
        let (early, late) = tolerance(f64::from(self.requests()));
        let period = RATE_PERIOD + early + late + TRANSIT;
        let micros = period.as_micros() / u128::from(self.0.get()) + 1;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// How long before and after its place in the sequence a permit may be used at `rate` requests in 30 seconds
/// (the burst tolerance of the cell rate algorithm).
///
/// A fast pace is shared by several workers, of which each uses the permits of a lease one request time apart
/// while their places are one interval apart; so they need room on both sides. What it costs is in
/// [`Rate::interval`].
pub(super) fn tolerance(rate: f64) -> (Duration, Duration) {
    if rate > 600.0 {
        (Duration::from_millis(250), Duration::from_millis(1150))
    } else {
        (Duration::ZERO, Duration::from_millis(300))
    }
}

/// What an operator fixes. What is not fixed is learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pacing {
    /// The most requests in any 30 seconds.
    pub rate: Option<Rate>,
    /// The most searches in any 24 hours.
    pub search_per_day: Option<u32>,
}

impl Pacing {
    /// A fixed rate, and no limit per day but the one that is learned.
    pub const fn fixed(rate: Rate) -> Self {
        Self { rate: Some(rate), search_per_day: None }
    }

    /// The most requests of `bucket` in any 24 hours.
    pub fn allowance(&self, bucket: Bucket) -> Option<u32> {
        self.search_per_day.filter(|_| bucket == Bucket::Search)
    }
}
