//! The permits that one execution environment holds.

use std::time::Duration;

use jiff::Timestamp;

use super::bucket::{BucketState, Held, Lease, LeaseAnswer, LeaseRequest, Limit};
use super::rate::{Pacing, RATE_WINDOW};
use super::wait::{NotNow, WaitPolicy};
use crate::ports::{Clock, Control, PortError, Scheduling};
use crate::term::Bucket;

/// A hold that another environment set is noticed within this: before a permit is used, the bucket is read again if it
/// was last heard of longer ago.
pub const KNOWLEDGE_VALIDITY: Duration = Duration::from_millis(250);

/// The same where a refusal is likely.
const RISKY_KNOWLEDGE_VALIDITY: Duration = Duration::from_millis(8);

/// Permits that were not used are given back within this, or not at all: an environment may sleep for a day, and what it
/// would give back then was counted for a day that is over.
const GIVEN_BACK_WITHIN: Duration = Duration::from_mins(1);

/// The permits of one bucket that an execution environment has leased and not used, and what it knows of holds.
///
/// One per environment and bucket; it lives across messages and invocations, since a lease is still good then.
#[derive(Debug)]
pub struct Permits {
    bucket: Bucket,
    pacing: Pacing,
    /// What is left of the lease: its first permit is the next one.
    lease: Option<Lease>,
    /// Permits that grew too old, and were not yet given back.
    unused: u32,
    /// When the last of them was due.
    unused_due: Timestamp,
    epoch: u64,
    hold_until: Timestamp,
    /// A refusal that the control table has not been told of yet.
    untold: Option<Held>,
    /// Requests per 30 seconds when the bucket was last heard of.
    rate: f64,
    /// When that was.
    known_at: Timestamp,
    /// Moving average of the time that a request and its work take.
    time_per_use: Duration,
    last_use: Option<Timestamp>,
}

impl Permits {
    /// No permits yet.
    pub fn new(bucket: Bucket, pacing: Pacing) -> Self {
        Self {
            bucket,
            pacing,
            lease: None,
            unused: 0,
            unused_due: Timestamp::MIN,
            epoch: 0,
            hold_until: Timestamp::MIN,
            untold: None,
            rate: BucketState::default().rate(pacing),
            known_at: Timestamp::MIN,
            time_per_use: Duration::from_millis(200),
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
        WaitPolicy { spread: RATE_WINDOW.div_f64(self.rate.max(0.1)).saturating_mul(window) }
    }

    /// Takes in what the control table said at `now`: a hold that another environment set ends the lease.
    pub fn observe(&mut self, state: &BucketState, now: Timestamp) {
        self.known_at = now;
        self.rate = state.rate(self.pacing);
        if state.epoch > self.epoch || state.hold_until > self.hold_until {
            self.enter_epoch(state.epoch, state.hold_until);
        }
    }

    /// Waits for a permit and takes it; it must be used at once. The inner `Err` says why there is none.
    pub async fn take<P: Scheduling>(&mut self, ports: &P) -> Result<Result<Permit, NotNow>, PortError> {
        self.measure_use(ports.clock().now());
        self.tell(ports).await?;
        loop {
            let now = ports.clock().now();
            if self.hold_until > now {
                return Ok(Err(NotNow::Held(self.hold_until)));
            }
            self.forfeit(now);
            let Some(lease) = self.lease else {
                if let Some(not_now) = self.lease_more(ports, now).await? {
                    return Ok(Err(not_now));
                }
                continue;
            };
            let knowledge = if lease.risky { RISKY_KNOWLEDGE_VALIDITY } else { KNOWLEDGE_VALIDITY };
            if !WaitPolicy::in_place(now, lease.first_due) {
                return Ok(Err(NotNow::Busy(lease.first_due)));
            } else if lease.first_due > now {
                ports.clock().sleep(time_until(now, lease.first_due)).await;
            } else if self.known_at + knowledge < now {
                let state = ports.control().bucket(self.bucket).await?;
                // Counted from when it was read: an answer that took long says little, and the loop asks again.
                self.observe(&state, now.max(ports.clock().now() - knowledge));
            } else {
                self.last_use = Some(now);
                self.drop_first();
                return Ok(Ok(Permit { epoch: lease.epoch, due: lease.first_due }));
            }
        }
    }

    /// A permit was refused with 429: the bucket is on hold until `until`, for everybody.
    pub async fn refused<P: Scheduling>(
        &mut self,
        ports: &P,
        permit: Permit,
        limit: Limit,
        until: Timestamp,
    ) -> Result<(), PortError> {
        self.enter_epoch(self.epoch, until);
        let unused = std::mem::take(&mut self.unused);
        let at = ports.clock().now();
        self.untold = Some(Held { epoch: permit.epoch, due: permit.due, at, until, limit, unused });
        self.tell(ports).await
    }

    /// Tells the control table of a refusal. As long as that fails, only this environment knows of the hold, so it is tried
    /// again before anything else.
    async fn tell<P: Scheduling>(&mut self, ports: &P) -> Result<(), PortError> {
        if let Some(held) = self.untold {
            ports.control().hold(self.bucket, &held).await?;
            self.untold = None;
        }
        Ok(())
    }

    /// The end of the hold that this environment knows of, if one stands at `now`.
    pub fn held_at(&self, now: Timestamp) -> Option<Timestamp> {
        (self.hold_until > now).then_some(self.hold_until)
    }

    /// Leases further permits, or says why there are none.
    async fn lease_more<P: Scheduling>(
        &mut self,
        ports: &P,
        now: Timestamp,
    ) -> Result<Option<NotNow>, PortError> {
        let request = LeaseRequest {
            now,
            pacing: self.pacing,
            time_per_use: self.time_per_use,
            horizon: WaitPolicy::horizon(),
            unused: self.unused,
        };
        match ports.control().lease(self.bucket, &request).await? {
            LeaseAnswer::Granted(lease) => {
                self.unused = 0;
                self.epoch = lease.epoch;
                self.lease = Some(lease);
                self.known_at = now;
                Ok(None)
            }
            LeaseAnswer::Held { until, epoch } => {
                self.enter_epoch(epoch, until);
                Ok(Some(NotNow::Held(until)))
            }
            LeaseAnswer::Busy { next } => Ok(Some(NotNow::Busy(next))),
        }
    }

    /// Gives up the permits that are too old to use.
    fn forfeit(&mut self, now: Timestamp) {
        while let Some(lease) = self.lease.filter(|lease| lease.first_due + lease.validity < now) {
            self.drop_first();
            self.unused += 1;
            self.unused_due = lease.first_due;
        }
        if self.unused_due + GIVEN_BACK_WITHIN < now {
            self.unused = 0;
        }
    }

    fn drop_first(&mut self) {
        if let Some(lease) = &mut self.lease {
            lease.permits -= 1;
            lease.first_due += lease.interval;
        }
        self.lease = self.lease.filter(|lease| lease.permits > 0);
    }

    fn measure_use(&mut self, now: Timestamp) {
        if let Some(last) = self.last_use.take() {
            let used = time_until(last, now).min(Duration::from_secs(2));
            self.time_per_use = (self.time_per_use * 4 + used) / 5;
        }
    }

    fn enter_epoch(&mut self, epoch: u64, hold_until: Timestamp) {
        // The hold has taken what is left of the lease off the bucket's counts.
        self.lease = None;
        self.epoch = epoch;
        self.hold_until = self.hold_until.max(hold_until);
    }
}

fn time_until(now: Timestamp, due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

/// Leave to send one request of a bucket, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    epoch: u64,
    due: Timestamp,
}
