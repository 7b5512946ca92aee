//! What an app may ask in a time: the rolling 30-second limit and the 24-hour quotas. Pure: the time is
//! passed in.
//!
//! Time is a [`Duration`] since some start, the same start for all calls.

mod quota;
mod settings;
mod window;

use std::collections::BTreeMap;
use std::time::Duration;

use self::quota::Quota;
pub use self::settings::{Bucket, LimitSettings, Penalty};
use self::window::Window;

/// Whether a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts into the window and its bucket's quota.
    Pass,
    /// The rolling limit is reached, or its hold is not over. Counts into nothing.
    Throttled {
        /// How long to wait from now, at least.
        retry_after: Duration,
        /// Whether the app was on hold already when it asked.
        during_hold: bool,
    },
    /// The bucket's quota is spent. Counts into the window of neither.
    QuotaSpent {
        /// How long to wait from now, at least.
        retry_after: Duration,
        /// Whether the app had been refused so before it asked.
        during_hold: bool,
    },
}

/// The limits of one app, and what it has used of them.
#[derive(Debug, Default)]
pub struct Limits {
    settings: LimitSettings,
    window: Window,
    quotas: BTreeMap<Bucket, Quota>,
}

impl Limits {
    /// An app that has asked nothing yet.
    pub fn new(settings: LimitSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The limits as they are set.
    pub fn settings(&self) -> &LimitSettings {
        &self.settings
    }

    /// Changes the limits. What was used stays used, and a hold that was announced stays.
    pub fn set(&mut self, settings: LimitSettings) {
        self.settings = settings;
    }

    /// Judges a request of `bucket` that arrives at `now`. A request of no bucket has no quota.
    pub fn judge(&mut self, bucket: Option<Bucket>, now: Duration) -> Verdict {
        if let Some(refusal) = self.window.refusal(&self.settings, now) {
            return Verdict::Throttled { retry_after: refusal.wait, during_hold: refusal.during_hold };
        }
        let quota = bucket.and_then(|bucket| Some((bucket, *self.settings.quotas.get(&bucket)?)));
        if let Some((bucket, most)) = quota {
            let quota = self.quotas.entry(bucket).or_default();
            if let Some(refusal) = quota.take(most, self.settings.quota_period(), now) {
                return Verdict::QuotaSpent { retry_after: refusal.wait, during_hold: refusal.during_hold };
            }
        }
        self.window.count(&self.settings, now);
        Verdict::Pass
    }
}

/// A refusal by one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal {
    wait: Duration,
    during_hold: bool,
}

#[cfg(test)]
mod tests;
