//! Leases: permits taken from a bucket some at a time.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;

/// How long after its due time a permit may still be used.
pub const PERMIT_VALIDITY: Duration = Duration::from_millis(500);

/// How much the time from here to Spotify may vary between two requests.
pub const TRANSIT: Duration = Duration::from_millis(250);

/// The window of Spotify's rate limit.
const RATE_WINDOW: Duration = Duration::from_secs(30);

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
    /// Requests that leave within 30 s were due within `w = 30 s + PERMIT_VALIDITY + TRANSIT`. With one due each `i`, `w` holds
    /// at most `floor(w / i) + 1`, which stays within the rate `r` exactly when `i > w / r`.
    pub fn interval(self) -> Duration {
        let window = RATE_WINDOW + PERMIT_VALIDITY + TRANSIT;
        let micros = window.as_micros() / u128::from(self.0.get()) + 1;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// What the control table knows of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketState {
    /// Due time of the first free permit.
    pub next: Timestamp,
    /// No request may leave before this.
    pub hold_until: Timestamp,
    /// Counts the holds. A lease of an earlier epoch is void.
    pub epoch: u64,
    /// Permits granted so far.
    pub granted: u64,
    /// Refusals (429) that set a hold.
    pub refused: u64,
}

impl BucketState {
    /// The end of the hold, if one stands at `now`.
    pub fn held_at(&self, now: Timestamp) -> Option<Timestamp> {
        (self.hold_until > now).then_some(self.hold_until)
    }

    /// What a lease does to the bucket: the rule that the control table's conditional writes carry out, and that the
    /// in-memory control applies directly.
    pub fn lease(&mut self, request: &LeaseRequest) -> LeaseAnswer {
        if let Some(until) = self.held_at(request.now) {
            return LeaseAnswer::Held { until, epoch: self.epoch };
        }
        if self.next > request.now + request.horizon {
            return LeaseAnswer::Busy { next: self.next };
        }
        let first_due = self.next.max(request.now);
        self.next = first_due + request.cost();
        self.granted += u64::from(request.permits);
        LeaseAnswer::Granted { first_due, epoch: self.epoch }
    }

    /// What a refusal does to the bucket: counted once per epoch; a later end extends the hold.
    pub fn hold(&mut self, held: &Held) {
        if held.epoch == self.epoch {
            self.epoch += 1;
            self.refused += 1;
        }
        self.hold_until = self.hold_until.max(held.until);
    }
}

/// A wish for permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRequest {
    /// Now.
    pub now: Timestamp,
    /// How many.
    pub permits: u32,
    /// Time between two permits.
    pub interval: Duration,
    /// Nothing is leased if the first permit is due later than this from now.
    pub horizon: Duration,
}

impl LeaseRequest {
    /// How far the lease moves the bucket's `next`.
    pub fn cost(&self) -> Duration {
        self.interval.saturating_mul(self.permits)
    }
}

/// The answer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseAnswer {
    /// The permits are due at `first_due` and every interval after it.
    Granted {
        /// Due time of the first.
        first_due: Timestamp,
        /// The epoch they belong to.
        epoch: u64,
    },
    /// A hold stands.
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

/// A refusal that sets a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The epoch of the permit that was refused.
    pub epoch: u64,
    /// No request before this.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + millis).unwrap()
    }

    fn request(millis: i64, permits: u32) -> LeaseRequest {
        LeaseRequest {
            now: at(millis),
            permits,
            interval: Duration::from_millis(100),
            horizon: Duration::from_secs(2),
        }
    }

    #[test]
    fn permits_are_given_one_after_the_other_and_not_beyond_the_horizon() {
        let mut bucket = BucketState::default();
        assert_eq!(bucket.lease(&request(0, 15)), LeaseAnswer::Granted { first_due: at(0), epoch: 0 });
        assert_eq!(bucket.lease(&request(10, 15)), LeaseAnswer::Granted { first_due: at(1500), epoch: 0 });
        assert_eq!(bucket.lease(&request(20, 1)), LeaseAnswer::Busy { next: at(3000) });
        assert_eq!(bucket.lease(&request(9000, 1)), LeaseAnswer::Granted { first_due: at(9000), epoch: 0 });
        assert_eq!(bucket.granted, 31);
    }

    #[test]
    fn nothing_is_leased_during_a_hold_and_concurrent_refusals_count_once() {
        let mut bucket = BucketState::default();
        bucket.hold(&Held { epoch: 0, until: at(5000) });
        bucket.hold(&Held { epoch: 0, until: at(4000) });
        assert_eq!((bucket.epoch, bucket.refused, bucket.hold_until), (1, 1, at(5000)));
        assert_eq!(bucket.lease(&request(4999, 1)), LeaseAnswer::Held { until: at(5000), epoch: 1 });
        assert!(matches!(bucket.lease(&request(5000, 1)), LeaseAnswer::Granted { epoch: 1, .. }));
    }

    proptest! {
        #[test]
        fn no_30_seconds_hold_more_requests_than_the_rate(
            rate in 1_u32..400,
            leases in prop::collection::vec((0_i64..4000, 1_u32..30, 0_i64..=750), 1..200),
        ) {
            let interval = Rate::per_30s(NonZeroU32::new(rate).unwrap()).interval();
            let (mut bucket, mut now, mut sent) = (BucketState::default(), 0, Vec::new());
            for (pause, permits, late) in leases {
                now += pause;
                let wish = LeaseRequest { now: at(now), permits, interval, horizon: Duration::from_secs(2) };
                if let LeaseAnswer::Granted { first_due, .. } = bucket.lease(&wish) {
                    let due = (0..permits).map(|k| first_due + interval * k);
                    sent.extend(due.map(|due| due + Duration::from_millis(late.unsigned_abs())));
                }
            }
            sent.sort_unstable();
            for (index, first) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|at| **at <= *first + Duration::from_secs(30)).count();
                prop_assert!(within <= rate as usize, "{} requests in 30 s at a rate of {}", within, rate);
            }
        }
    }
}
