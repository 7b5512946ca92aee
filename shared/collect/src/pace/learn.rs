//! Learning the rate that Spotify allows in its rolling 30 seconds.
//!
//! 1. **Grow while clean.** Without a known ceiling the rate grows by half every clean, fully used rate
//!    period.
//! 2. **A refusal tells the ceiling.** The request that is refused is the first above the limit, so the
//!    permits that were due in the 30 seconds before it *are* the limit, however the rate moved meanwhile.
//!    The rate goes just under it: `(ceiling - 1) * (1 - margin)`, one request for the edge and a margin for
//!    jitter.
//! 3. **Stay.** A refusal at that rate, without a probe, means that jitter needs more margin (if about as
//!    much was sent as before) or that the limit has fallen (the new count says to what).
//! 4. **Probe when it pays.** Only exceeding the ceiling can show that it has risen, and each failed try
//!    costs the penalty that was seen. A try every `penalty / PROBE_COST` keeps what failed tries cost under
//!    `PROBE_COST` of the time: minutes apart where Spotify asks for a second, a day apart where it asks for
//!    ten minutes.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rate::RATE_PERIOD;
use super::stamp;
use super::wait::LONGEST_HOLD;

/// Requests per 30 seconds that nothing is known to refuse.
const START: f64 = 60.0;

/// Growth per rate period where no ceiling is known.
const FAST_GROWTH: f64 = 1.5;

/// First growth after a ceiling was found to have risen; doubles its excess each rate period.
const CAREFUL_GROWTH: f64 = 1.1;

/// How far above the ceiling a probe goes.
const PROBE: f64 = 1.06;

/// The share of time that failed probes may cost.
const PROBE_COST: f64 = 0.008;

/// Probes are never closer than this. After a pause, half the time between two has to pass.
const PROBE_AT_LEAST_AFTER: Duration = Duration::from_mins(12);

/// And never further apart than this.
const LONGEST_REST: Duration = Duration::from_hours(30 * 24);

/// Margin below the ceiling for jitter: at least, and at most.
const MARGIN: (f64, f64) = (0.005, 0.15);

/// The share of a rate period that must have been used before it says anything about the rate.
const USED: f64 = 0.7;

/// Up to this many times what was clean before, nothing new is tried.
const NOTHING_NEW: f64 = 1.02;

/// The rate of the app as far as it has been learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnedRate {
    /// Requests per 30 seconds at present.
    #[serde(deserialize_with = "stamp::rate")]
    rate: f64,
    /// Requests in 30 seconds at which Spotify refused.
    #[serde(deserialize_with = "stamp::rate_if_any", skip_serializing_if = "Option::is_none")]
    ceiling: Option<f64>,
    /// Growth of the next clean rate period.
    #[serde(deserialize_with = "stamp::growth")]
    growth: f64,
    /// Kept below the ceiling.
    #[serde(deserialize_with = "stamp::share")]
    margin: f64,
    /// The last hold for this limit, in seconds.
    #[serde(deserialize_with = "stamp::amount")]
    penalty_s: f64,
    /// Since when the rate is what it is.
    #[serde(with = "stamp")]
    since: Timestamp,
    /// When the ceiling may be tried again.
    #[serde(with = "stamp")]
    probe_at: Timestamp,
    /// Whether the rate is above the ceiling on trial.
    probing: bool,
    /// The most that was sent in a rate period and not refused.
    #[serde(deserialize_with = "stamp::amount")]
    clean: f64,
    /// What was being sent when that was last looked at, half a minute ago at most.
    #[serde(deserialize_with = "stamp::amount")]
    looked: f64,
    /// When that was.
    #[serde(with = "stamp")]
    looked_at: Timestamp,
}

impl Default for LearnedRate {
    fn default() -> Self {
        Self {
            rate: START,
            ceiling: None,
            growth: FAST_GROWTH,
            margin: MARGIN.0,
            penalty_s: 0.0,
            since: Timestamp::UNIX_EPOCH,
            probe_at: Timestamp::UNIX_EPOCH,
            probing: false,
            clean: 0.0,
            looked: 0.0,
            looked_at: Timestamp::UNIX_EPOCH,
        }
    }
}

impl LearnedRate {
    /// Requests per 30 seconds at present.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Requests in 30 seconds at which Spotify refused last.
    pub fn ceiling(&self) -> Option<f64> {
        self.ceiling
    }

    /// Times that nobody can have written by `now`: more than a hold and the rest after it ahead of it.
    pub(super) fn beyond(&self, now: Timestamp) -> Option<Timestamp> {
        let latest = now + LONGEST_HOLD + LONGEST_REST;
        [self.since, self.probe_at, self.looked_at].into_iter().find(|time| *time > latest)
    }

    /// Whether a refusal is likely enough that each request should make sure of the last one's fate: when
    /// more is being sent in 30 seconds (`used`) than was ever clean.
    pub fn is_risky(&self, used: f64) -> bool {
        (self.ceiling.is_none() || self.probing) && used > self.clean * NOTHING_NEW
    }

    /// Lets a clean rate period count. `used` permits were due in the 30 seconds before `now`; `paused` says
    /// that none was asked for in the last minutes.
    pub(super) fn grow(&mut self, used: f64, paused: bool, now: Timestamp) {
        if paused {
            self.since = now;
            self.probe_at = self.probe_at.max(now + self.rest() / 2);
        }
        if self.looked_at + RATE_PERIOD <= now {
            // What was sent then has been answered by now.
            self.clean = self.clean.max(self.looked);
            (self.looked, self.looked_at) = (used, now);
        }
        if now < self.since + RATE_PERIOD || used < USED * self.rate {
            return;
        }
        match self.ceiling {
            Some(ceiling) if !self.probing && now >= self.probe_at => {
                self.probing = true;
                self.rate = ceiling * PROBE + 1.0;
            }
            Some(_) if !self.probing => return,
            ceiling => {
                if ceiling.is_some() {
                    // A whole rate period above the ceiling was clean: the limit has risen, nobody knows how
                    // far.
                    self.ceiling = None;
                    self.probing = false;
                    self.growth = CAREFUL_GROWTH;
                }
                self.rate *= self.growth;
                self.growth = (1.0 + (self.growth - 1.0) * 2.0).min(FAST_GROWTH);
            }
        }
        self.rate = self.rate.min(stamp::MOST);
        self.since = now;
    }

    /// Learns from a refusal at `now`, when `sent` permits were due in the 30 seconds before the refused one,
    /// and Spotify asked to wait until `until`.
    pub(super) fn refused(&mut self, sent: f64, now: Timestamp, until: Timestamp) {
        let sent = sent.max(1.0);
        let same_ceiling = self.ceiling.is_some_and(|ceiling| sent >= 0.93 * ceiling);
        let (least, most) = MARGIN;
        self.margin = match (same_ceiling, self.probing) {
            (true, false) => (self.margin * 2.5).min(most),
            (true, true) => (self.margin * 0.8).max(least),
            (false, _) => least,
        };
        // Of two looks at one limit the lower is the safer.
        let ceiling = if same_ceiling {
            self.ceiling.map_or(sent, |ceiling| sent.min(ceiling.midpoint(sent)))
        } else {
            sent
        };
        self.ceiling = Some(ceiling);
        self.clean = self.clean.min(ceiling * 0.98);
        (self.looked, self.looked_at) = (0.0, until);
        self.rate = ((ceiling - 1.0) * (1.0 - self.margin)).max(1.0);
        self.growth = CAREFUL_GROWTH;
        self.probing = false;
        self.penalty_s = until.duration_since(now).as_secs_f64().max(0.0);
        self.since = until;
        self.probe_at = until + self.rest();
    }

    /// The time between two probes.
    fn rest(&self) -> Duration {
        Duration::from_secs_f64((self.penalty_s / PROBE_COST).min(LONGEST_REST.as_secs_f64()))
            .max(PROBE_AT_LEAST_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    /// A learned ceiling of 180, refused at 0 with a hold of `penalty` seconds.
    fn learned(penalty: i64) -> LearnedRate {
        let mut learned = LearnedRate { since: at(-60), ..LearnedRate::default() };
        learned.refused(180.0, at(0), at(penalty));
        learned
    }

    #[test]
    fn it_grows_by_half_every_clean_and_used_rate_period() {
        let mut learned = LearnedRate { since: at(0), ..LearnedRate::default() };
        learned.grow(60.0, false, at(29));
        assert!((learned.rate() - 60.0).abs() < 1e-9);
        learned.grow(40.0, false, at(30));
        assert!((learned.rate() - 60.0).abs() < 1e-9, "an idle rate period says nothing");
        learned.grow(60.0, false, at(30));
        assert!((learned.rate() - 90.0).abs() < 1e-9);
    }

    #[test]
    fn a_refusal_sets_the_rate_just_under_what_was_sent() {
        let rate = learned(30).rate();
        assert!((177.0..179.0).contains(&rate), "{rate}");
    }

    #[test]
    fn probes_are_rarer_where_the_penalty_is_higher() {
        let probed = |learned: &LearnedRate, seconds: i64| {
            let mut later = learned.clone();
            later.grow(180.0, false, at(seconds));
            later.is_risky(180.0)
        };
        assert!(!probed(&learned(30), 3600) && probed(&learned(30), 3800));
        assert!(!probed(&learned(600), 20 * 3600) && probed(&learned(600), 22 * 3600));
        assert!(!probed(&learned(1), 600) && probed(&learned(1), 800));
    }

    #[test]
    fn a_clean_probe_lets_the_rate_grow_again() {
        let mut learned = learned(30);
        learned.grow(178.0, false, at(4000));
        assert!(learned.is_risky(180.0) && learned.rate() > 190.0);
        learned.grow(191.0, false, at(4031));
        assert!(learned.ceiling().is_none() && learned.rate() > 200.0);
    }

    #[test]
    fn once_the_limit_has_fallen_what_was_clean_before_is_a_risk_again() {
        let mut learned = LearnedRate { since: at(-60), clean: 300.0, ..LearnedRate::default() };
        learned.refused(180.0, at(0), at(30));
        learned.grow(178.0, false, at(4000));
        assert!(learned.probing && learned.is_risky(185.0), "{learned:?}");
    }

    #[test]
    fn a_probe_asks_at_least_one_request_more_than_the_ceiling() {
        let mut learned = LearnedRate { since: at(-60), ..LearnedRate::default() };
        learned.refused(5.0, at(0), at(30));
        learned.grow(5.0, false, at(4000));
        assert!((6.0..7.0).contains(&learned.rate()), "6 % of 5 are no whole request: {}", learned.rate());
    }

    #[test]
    fn a_limit_that_fell_is_learned_from_the_next_refusal() {
        let mut learned = learned(30);
        learned.refused(90.0, at(600), at(630));
        assert!((87.0..90.0).contains(&learned.rate()), "{}", learned.rate());
    }

    #[test]
    fn a_refusal_below_the_ceiling_widens_the_margin() {
        let mut learned = learned(30);
        let before = learned.rate();
        learned.refused(178.0, at(600), at(630));
        assert!(learned.rate() < before - 2.0, "{} after {before}", learned.rate());
    }

    #[test]
    fn after_a_pause_a_whole_rate_period_must_be_clean_before_it_grows() {
        let mut learned = LearnedRate { since: at(0), ..LearnedRate::default() };
        for (paused, second, expected) in [(true, 900, 60.0), (false, 929, 60.0), (false, 930, 90.0)] {
            learned.grow(60.0, paused, at(second));
            assert!((learned.rate() - expected).abs() < 1e-9, "{} at {second}", learned.rate());
        }
    }
}
