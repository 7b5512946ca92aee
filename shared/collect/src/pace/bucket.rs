//! A bucket: the one place where its pace stands, changed only by leases and refusals.
//!
//! The rules are pure. The control table applies them as "read, change, write if nobody wrote in between", so every
//! function shares one pace.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::day::Day;
use super::learn::LearnedRate;
use super::rate::{Pacing, RATE_WINDOW, tolerance};
use super::recent::Recent;
use super::stamp;

/// Permits of one lease: enough that pacing costs about a tenth of a write a request.
const PERMITS_PER_LEASE: f64 = 10.0;

/// Permits further apart than a wait in place can bridge are leased one by one: a deferred message would miss them.
const LONGEST_INTERVAL: Duration = Duration::from_millis(1900);

/// A permit of a learned pace is never good for longer than this: it is what a burst may add to a window.
const LONGEST_TOLERANCE: Duration = Duration::from_secs(2);

/// A bucket that nobody asked for this long has paused: what it was about to try has to wait for a full window again.
const PAUSE: Duration = Duration::from_mins(10);

/// Where a refusal is likely, a permit is good for this share of the interval only. Requests then stay far enough apart that
/// one hears of the refusal of the one before it.
const RISKY_VALIDITY: f64 = 0.3;

/// What the control table knows of a bucket. Times are stored as microseconds of the epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketState {
    /// Due time of the first free permit.
    #[serde(rename = "next_us", with = "stamp")]
    pub next: Timestamp,
    /// No request may leave before this.
    #[serde(rename = "hold_until_us", with = "stamp")]
    pub hold_until: Timestamp,
    /// Counts the holds. A lease of an earlier epoch is void.
    pub epoch: u64,
    /// Permits granted so far.
    pub granted: u64,
    /// Refusals (429) that set a hold.
    pub refused: u64,
    /// Permits of the last half minute.
    pub recent: Recent,
    /// The rate as far as it has been learned.
    pub learned: LearnedRate,
    /// The rolling 24 hours.
    pub day: Day,
}

/// A wish for permits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeaseRequest {
    /// Now.
    pub now: Timestamp,
    /// What the operator fixes.
    pub pacing: Pacing,
    /// The time that one request and its work take, which says how many permits can be used before they are too old.
    pub time_per_use: Duration,
    /// Nothing is leased if the first permit is due later than this from now.
    pub horizon: Duration,
    /// Permits of earlier leases that were never used, given back to the day's count.
    pub unused: u32,
}

/// The answer to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeaseAnswer {
    /// Permits.
    Granted(Lease),
    /// A hold stands, or the day's quota is used up.
    Held {
        /// Its end.
        until: Timestamp,
        /// The epoch that it began.
        epoch: u64,
    },
    /// The first free permit is due beyond the horizon.
    Busy {
        /// When it is due.
        next: Timestamp,
    },
}

/// Permits that are due at `first_due` and every `interval` after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lease {
    /// Due time of the first.
    pub first_due: Timestamp,
    /// How many.
    pub permits: u32,
    /// Time between two.
    pub interval: Duration,
    /// How long after its due time each may be used.
    pub validity: Duration,
    /// Whether a refusal is likely: then the bucket is read again before each use.
    pub risky: bool,
    /// The epoch they belong to.
    pub epoch: u64,
}

/// A refusal that sets a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The epoch of the permit that was refused.
    pub epoch: u64,
    /// Its due time.
    pub due: Timestamp,
    /// When the refusal came.
    pub at: Timestamp,
    /// No request before this.
    pub until: Timestamp,
    /// Which of the two limits refused.
    pub limit: Limit,
    /// Permits of the refused worker that were never used.
    pub unused: u32,
}

/// Spotify's two limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests in a rolling 30 seconds.
    Window,
    /// Requests in a rolling 24 hours.
    Day,
}

impl BucketState {
    /// The end of the hold or of the used-up day, if either stands at `now`.
    pub fn held_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.hold_until > now {
            Some(self.hold_until)
        } else {
            (self.day.left(now) == Some(0)).then(|| self.day.frees_at(now))
        }
    }

    /// Requests per 30 seconds under `pacing` at present.
    pub fn rate(&self, pacing: Pacing) -> f64 {
        pacing.rate.map_or(self.learned.rate(), |rate| f64::from(rate.requests()))
    }

    /// Leases permits, if any may be given. Where none is, nothing changes, so that what the caller gives back is counted
    /// once, with the lease that it gets.
    pub fn lease(&mut self, request: &LeaseRequest) -> LeaseAnswer {
        let mut after = self.clone();
        let answer = after.lease_if_free(request);
        if matches!(answer, LeaseAnswer::Granted(_)) {
            *self = after;
        }
        answer
    }

    fn lease_if_free(&mut self, request: &LeaseRequest) -> LeaseAnswer {
        let now = request.now;
        self.day.allow(request.pacing.per_day);
        self.day.give_back(request.unused);
        self.recent.give_back(request.unused, now);
        if let Some(until) = self.held_at(now) {
            return LeaseAnswer::Held { until, epoch: self.epoch };
        }
        if self.next > now + request.horizon {
            return LeaseAnswer::Busy { next: self.next };
        }
        let used = self.recent.within_window_before(now);
        if request.pacing.rate.is_none() {
            self.learned.grow(used, self.next + PAUSE < now, now);
        }
        let lease = self.next_lease(request, used);
        let place = self.next.max(now);
        self.next = place + lease.interval.saturating_mul(lease.permits);
        self.granted = self.granted.saturating_add(lease.permits.into());
        self.recent.add(place, lease.interval, lease.permits);
        self.day.add(lease.first_due, self.next, lease.permits, now);
        LeaseAnswer::Granted(lease)
    }

    fn next_lease(&self, request: &LeaseRequest, used: f64) -> Lease {
        let rate = self.rate(request.pacing);
        let fixed = request.pacing.rate.map(super::rate::Rate::interval);
        let interval = fixed.unwrap_or_else(|| RATE_WINDOW.div_f64(rate.max(0.1)));
        let risky = fixed.is_none() && self.learned.is_risky(used);
        let late_per_use = request.time_per_use.saturating_sub(interval);
        let (early, late) = match fixed {
            Some(_) => tolerance(rate),
            None if risky => (Duration::ZERO, tolerance(rate).1.min(interval.mul_f64(RISKY_VALIDITY))),
            None => learned_tolerance(rate, late_per_use),
        };
        let place = self.next.max(request.now);
        let first_due = (place - early).max(request.now);
        let validity = Duration::try_from((place + late).duration_since(first_due)).unwrap_or(late);
        // The k-th permit is due after k intervals and used after k uses; it must not be older than its validity then.
        let usable = validity.as_secs_f64() / late_per_use.as_secs_f64();
        let usable = if interval > LONGEST_INTERVAL { 1.0 } else { usable };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=10")]
        let permits = PERMITS_PER_LEASE.min(usable).max(1.0) as u32;
        Lease {
            first_due,
            permits: self.day.left(request.now).map_or(permits, |left| permits.min(left)),
            interval,
            validity,
            risky,
            epoch: self.epoch,
        }
    }

    /// Takes a refusal in: learned from once per epoch, whichever of several comes first; a later end extends the hold.
    pub fn hold(&mut self, held: &Held) {
        if held.epoch == self.epoch {
            self.epoch = self.epoch.saturating_add(1);
            self.refused = self.refused.saturating_add(1);
            // What was due after the refused permit has not left, or was refused with it.
            let void = self.recent.cut_after(held.due);
            self.recent.give_back(held.unused, held.due);
            match held.limit {
                Limit::Window => {
                    self.learned.refused(self.recent.within_window_before(held.due), held.at, held.until);
                    self.day.give_back(void.saturating_add(held.unused));
                }
                Limit::Day => {
                    self.day.refused(void.saturating_add(held.unused).saturating_add(1), held.at, held.until);
                }
            }
        }
        self.hold_until = self.hold_until.max(held.until);
    }
}

/// The tolerance of a learned pace: what a worker needs that is slower than the pace of all, since no promise of a number
/// depends on it.
fn learned_tolerance(rate: f64, late_per_use: Duration) -> (Duration, Duration) {
    let (early, late) = tolerance(rate);
    let needed = late_per_use.mul_f64(PERMITS_PER_LEASE);
    (early, late.max(needed.min(LONGEST_TOLERANCE)))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::pace::Rate;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
    }

    fn fixed(rate: u32) -> Pacing {
        Pacing::fixed(Rate::per_30s(NonZeroU32::new(rate).unwrap()))
    }

    fn request(millis: i64, pacing: Pacing) -> LeaseRequest {
        LeaseRequest {
            now: at(millis),
            pacing,
            time_per_use: Duration::from_millis(100),
            horizon: Duration::from_secs(2),
            unused: 0,
        }
    }

    fn refusal(millis: i64, epoch: u64, seconds: i64) -> Held {
        Held {
            epoch,
            due: at(millis),
            at: at(millis),
            until: at(millis + seconds * 1000),
            limit: Limit::Window,
            unused: 0,
        }
    }

    fn granted(answer: LeaseAnswer) -> Lease {
        match answer {
            LeaseAnswer::Granted(lease) => lease,
            other => unreachable!("not granted: {other:?}"),
        }
    }

    #[test]
    fn permits_are_given_one_after_the_other_and_not_beyond_the_horizon() {
        let mut bucket = BucketState::default();
        let first = granted(bucket.lease(&request(0, fixed(300))));
        assert_eq!((first.first_due, first.permits), (at(0), 10));
        let second = granted(bucket.lease(&request(10, fixed(300))));
        assert_eq!(second.first_due, at(0) + first.interval * 10);
        assert!(matches!(bucket.lease(&request(20, fixed(300))), LeaseAnswer::Busy { .. }));
        assert_eq!(granted(bucket.lease(&request(60_000, fixed(300)))).first_due, at(60_000));
        assert_eq!(bucket.granted, 30);
    }

    #[test]
    fn nothing_is_leased_during_a_hold_and_concurrent_refusals_count_once() {
        let mut bucket = BucketState::default();
        granted(bucket.lease(&request(0, Pacing::default())));
        for _ in 0..6 {
            bucket.hold(&refusal(100, 0, 5));
        }
        let rate = bucket.learned.rate();
        assert_eq!((bucket.epoch, bucket.refused, bucket.hold_until), (1, 1, at(5100)));
        bucket.hold(&refusal(200, 0, 1));
        assert_eq!((bucket.hold_until, bucket.learned.rate()), (at(5100), rate), "dropped once");
        assert!(matches!(
            bucket.lease(&request(5099, Pacing::default())),
            LeaseAnswer::Held { epoch: 1, .. }
        ));
        assert_eq!(granted(bucket.lease(&request(5100, Pacing::default()))).epoch, 1);
    }

    #[test]
    fn a_used_up_day_holds_the_bucket_without_another_refusal() {
        let mut bucket = BucketState::default();
        let pacing = Pacing { per_day: Some(15), ..fixed(300) };
        assert_eq!(granted(bucket.lease(&request(0, pacing))).permits, 10);
        assert_eq!(granted(bucket.lease(&request(0, pacing))).permits, 5);
        assert!(matches!(bucket.lease(&request(3000, pacing)), LeaseAnswer::Held { .. }));
        let a_day_later = bucket.held_at(at(3000)).unwrap();
        assert!(matches!(
            bucket.lease(&LeaseRequest { now: a_day_later, ..request(0, pacing) }),
            LeaseAnswer::Granted(_)
        ));
    }

    #[test]
    fn the_stored_form_is_small_enough_for_one_write_unit() {
        let mut bucket = BucketState::default();
        for second in 0..200_000 {
            bucket.lease(&request(second * 1000, fixed(300)));
        }
        bucket.hold(&refusal(200_000_000, 0, 5));
        let stored = serde_json::to_string(&bucket).unwrap();
        assert!(
            stored.len() < 2_500,
            "{} bytes as text, of which digits pack two to a byte: {stored}",
            stored.len()
        );
        assert_eq!(serde_json::from_str::<BucketState>(&stored).unwrap(), bucket);
    }

    #[test]
    fn what_is_given_back_counts_once_however_often_no_permit_is_free() {
        let mut bucket = BucketState::default();
        while matches!(bucket.lease(&request(0, fixed(30))), LeaseAnswer::Granted(_)) {}
        let before = bucket.clone();
        for _ in 0..3 {
            let answer = bucket.lease(&LeaseRequest { unused: 1, ..request(0, fixed(30)) });
            assert!(matches!(answer, LeaseAnswer::Busy { .. }), "{answer:?}");
        }
        assert_eq!(bucket, before);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_30_seconds_hold_more_requests_than_the_operators_rate(
            rate in 1_u32..900,
            leases in prop::collection::vec((0_i64..3000, 0.0..=1.0_f64), 1..120),
        ) {
            let (mut bucket, mut now, mut sent) = (BucketState::default(), 0, Vec::new());
            for (pause, late) in leases {
                now += pause;
                if let LeaseAnswer::Granted(lease) = bucket.lease(&request(now, fixed(rate))) {
                    let late = (lease.validity + Duration::from_millis(250)).mul_f64(late);
                    sent.extend((0..lease.permits).map(|k| lease.first_due + lease.interval * k + late));
                }
            }
            sent.sort_unstable();
            let mut first = 0;
            for (last, at) in sent.iter().enumerate() {
                while sent[first] + Duration::from_secs(30) < *at {
                    first += 1;
                }
                prop_assert!(last - first < rate as usize, "{} requests in 30 s at a rate of {}", last - first + 1, rate);
            }
        }

        #[test]
        fn time_always_moves_on_and_no_permit_is_lost_for_ever(
            steps in prop::collection::vec((0_i64..40_000, any::<bool>(), 0_i64..100), 1..200),
        ) {
            let (mut bucket, mut now) = (BucketState::default(), 0);
            for (pause, refuse, seconds) in steps {
                now += pause;
                match bucket.lease(&request(now, Pacing::default())) {
                    LeaseAnswer::Granted(lease) => {
                        prop_assert!(lease.permits > 0 && lease.first_due >= at(now) && lease.interval > Duration::ZERO);
                        prop_assert!(lease.first_due >= bucket.hold_until, "a permit due during a hold");
                        if refuse {
                            bucket.hold(&refusal(now, lease.epoch, seconds));
                        }
                    }
                    LeaseAnswer::Held { until, .. } => prop_assert!(until > at(now)),
                    LeaseAnswer::Busy { next } => prop_assert!(next > at(now)),
                }
                prop_assert!(bucket.learned.rate().is_finite() && bucket.learned.rate() >= 1.0);
            }
            let after = bucket.hold_until.max(bucket.next) + Duration::from_secs(1);
            let late = LeaseRequest { now: after, ..request(0, Pacing::default()) };
            prop_assert!(matches!(bucket.lease(&late), LeaseAnswer::Granted(_)), "a bucket that never grants again");
        }
    }
}
