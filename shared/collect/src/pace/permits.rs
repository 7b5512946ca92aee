//! The permits that one execution environment holds.

use std::time::Duration;

use jiff::Timestamp;

use super::lease::{BucketState, Held, LeaseAnswer, LeaseRequest, PERMIT_VALIDITY, Rate};
use super::wait::{NotNow, WaitPolicy};
use crate::ports::{Clock, Control, PortError, Scheduling};
use crate::term::Bucket;

/// Leases never reach further than this, so that an environment that ends early forfeits little.
const LONGEST_LEASE: Duration = Duration::from_secs(1);

/// A hold that another environment set is noticed within this: before a permit is used, the bucket is read again if it
/// was last heard of longer ago.
const KNOWLEDGE_VALIDITY: Duration = Duration::from_millis(100);

/// Most permits of one lease.
const MOST_PERMITS: u32 = 20;

/// What the pace of this environment is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Never more than this.
    pub rate: Rate,
}

/// The permits of one bucket that an execution environment has leased and not used, and what it knows of holds.
///
/// One per environment and bucket; it lives across messages and invocations, since a lease is still good then.
#[derive(Debug)]
pub struct Permits {
    bucket: Bucket,
    pacing: Pacing,
    next_due: Timestamp,
    left: u32,
    epoch: u64,
    hold_until: Timestamp,
    /// When the control table was last heard of the bucket.
    known_at: Timestamp,
    /// Moving average of the time that a request and its work take, in seconds: how much of a lease can be used in time.
    seconds_per_use: f64,
    last_use: Option<Timestamp>,
}

impl Permits {
    /// No permits yet.
    pub fn new(bucket: Bucket, pacing: Pacing) -> Self {
        Self {
            bucket,
            pacing,
            next_due: Timestamp::MIN,
            left: 0,
            epoch: 0,
            hold_until: Timestamp::MIN,
            known_at: Timestamp::MIN,
            seconds_per_use: 0.2,
            last_use: None,
        }
    }

    /// The bucket they are for.
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// How far deferred terms are spread: the time that `window` requests take.
    pub fn wait_policy(&self, window: usize) -> WaitPolicy {
        let window = u32::try_from(window).unwrap_or(u32::MAX);
        WaitPolicy { spread: self.pacing.rate.interval().saturating_mul(window) }
    }

    /// Takes in what the control table said at `now`: a hold that another environment set ends the lease.
    pub fn observe(&mut self, state: BucketState, now: Timestamp) {
        self.known_at = now;
        if state.epoch > self.epoch || state.hold_until > self.hold_until {
            self.enter_epoch(state.epoch, state.hold_until);
        }
    }

    /// Waits for a permit and takes it; it must be used at once. The inner `Err` says why there is none.
    pub async fn take<P: Scheduling>(&mut self, ports: &P) -> Result<Result<Permit, NotNow>, PortError> {
        self.measure_use(ports.clock().now());
        loop {
            let now = ports.clock().now();
            if self.hold_until > now {
                return Ok(Err(NotNow::Held(self.hold_until)));
            }
            self.forfeit(now);
            if self.left == 0 {
                if let Some(not_now) = self.lease(ports, now).await? {
                    return Ok(Err(not_now));
                }
            } else if !WaitPolicy::in_place(now, self.next_due) {
                return Ok(Err(NotNow::Busy(self.next_due)));
            } else if self.next_due > now {
                ports.clock().sleep(until(now, self.next_due)).await;
            } else if self.known_at + KNOWLEDGE_VALIDITY < now {
                let state = ports.control().bucket(self.bucket).await?;
                self.observe(state, ports.clock().now());
            } else {
                return Ok(Ok(self.use_next(now)));
            }
        }
    }

    /// Leases further permits, or says why there are none.
    async fn lease<P: Scheduling>(&mut self, ports: &P, now: Timestamp) -> Result<Option<NotNow>, PortError> {
        let wish = self.wish(now);
        match ports.control().lease(self.bucket, &wish).await? {
            LeaseAnswer::Granted { first_due, epoch } => {
                self.epoch = epoch;
                self.next_due = first_due;
                self.left = wish.permits;
                self.known_at = ports.clock().now();
                Ok(None)
            }
            LeaseAnswer::Held { until, epoch } => {
                self.enter_epoch(epoch, until);
                Ok(Some(NotNow::Held(until)))
            }
            LeaseAnswer::Busy { next } => Ok(Some(NotNow::Busy(next))),
        }
    }

    /// A permit was refused with 429: the bucket is on hold until `until`, for everybody.
    pub async fn refused<P: Scheduling>(
        &mut self,
        ports: &P,
        permit: Permit,
        until: Timestamp,
    ) -> Result<(), PortError> {
        self.enter_epoch(self.epoch, until);
        ports.control().hold(self.bucket, &Held { epoch: permit.epoch, until }).await
    }

    /// A new lease, no more than can be used in time.
    fn wish(&self, now: Timestamp) -> LeaseRequest {
        let interval = self.pacing.rate.interval();
        // The k-th permit is due after k intervals and used after k uses; it must not be older than its validity then.
        let late_per_use = (self.seconds_per_use - interval.as_secs_f64()).max(0.0);
        let usable = PERMIT_VALIDITY.as_secs_f64() / late_per_use;
        let reach = LONGEST_LEASE.as_secs_f64() / interval.as_secs_f64();
        let permits = usable.min(reach).clamp(1.0, f64::from(MOST_PERMITS));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=20")]
        let permits = permits as u32;
        LeaseRequest { now, permits, interval, horizon: WaitPolicy::horizon() }
    }

    /// Gives up the permits that are too old to use.
    fn forfeit(&mut self, now: Timestamp) {
        while self.left > 0 && self.next_due + PERMIT_VALIDITY < now {
            self.left -= 1;
            self.next_due += self.pacing.rate.interval();
        }
    }

    fn use_next(&mut self, now: Timestamp) -> Permit {
        self.left -= 1;
        self.next_due += self.pacing.rate.interval();
        self.last_use = Some(now);
        Permit { epoch: self.epoch }
    }

    fn measure_use(&mut self, now: Timestamp) {
        if let Some(last) = self.last_use.take() {
            let seconds = now.duration_since(last).as_secs_f64().clamp(0.0, 2.0);
            self.seconds_per_use += 0.2 * (seconds - self.seconds_per_use);
        }
    }

    fn enter_epoch(&mut self, epoch: u64, hold_until: Timestamp) {
        self.left = 0;
        self.epoch = epoch;
        self.hold_until = self.hold_until.max(hold_until);
    }
}

fn until(now: Timestamp, due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

/// Leave to send one request of a bucket, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    epoch: u64,
}
