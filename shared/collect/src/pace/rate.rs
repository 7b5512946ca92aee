//! Rates: requests in Spotify's window, and what an operator may fix.

use std::num::NonZeroU32;
use std::time::Duration;

/// The window of Spotify's rate limit.
pub(super) const RATE_WINDOW: Duration = Duration::from_secs(30);

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
    /// Requests that leave within 30 s were due within `w = 30 s + validity + TRANSIT`. With one due each `i`, `w` holds at most
    /// `floor(w / i) + 1`, which stays within the rate `r` exactly when `i > w / r`.
    pub fn interval(self) -> Duration {
        let window = RATE_WINDOW + validity(f64::from(self.requests())) + TRANSIT;
        let micros = window.as_micros() / u128::from(self.0.get()) + 1;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// How long after its due time a permit may still be used at `rate` requests in 30 seconds.
///
/// A fast pace is shared by several workers, of which each uses the permits of a lease one request time apart while they
/// are due one interval apart; they need longer. What it costs is in [`Rate::interval`].
pub(super) fn validity(rate: f64) -> Duration {
    if rate > 600.0 { Duration::from_secs(1) } else { Duration::from_millis(300) }
}

/// What an operator fixes. What is not fixed is learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pacing {
    /// The most requests in any 30 seconds.
    pub rate: Option<Rate>,
    /// The most requests in any 24 hours.
    pub per_day: Option<u32>,
}

impl Pacing {
    /// A fixed rate, and no limit per day but the one that is learned.
    pub const fn fixed(rate: Rate) -> Self {
        Self { rate: Some(rate), per_day: None }
    }
}
