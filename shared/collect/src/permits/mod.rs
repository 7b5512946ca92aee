//! The permits that one execution environment holds, whatever function it runs.

mod account;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use self::account::Account;
use crate::pace::{
    Hold, InHand, Lease, LeaseAnswer, LeaseRequest, Limit, NotNow, PaceState, Pacing, RATE_PERIOD, Refused,
    Settlement, WaitPolicy,
};
use crate::ports::{Clock, Control, PortError, Scheduling};
use crate::web_api::Bucket;

/// A hold that another environment set is noticed within this, or within the time of a reading if that is
/// longer: before a permit is used, the pace is read again if it was last heard of longer ago.
pub const KNOWLEDGE_VALIDITY: Duration = Duration::from_millis(250);

/// The same where a refusal is likely.
const RISKY_KNOWLEDGE_VALIDITY: Duration = Duration::from_millis(8);

/// Readings of the pace in a row before a permit is used, however long each takes: where all are slow, one
/// more would say no more, and the permit would grow too old to use.
const READINGS_IN_A_ROW: usize = 3;

/// The same in all, those after waits for a next permit included. Where a permit is good for less time than a
/// reading takes, none would ever be used.
const MOST_READINGS: usize = 6;

/// The permits that an execution environment has leased and not used, and what it knows of holds.
///
/// One per environment; it lives across messages and invocations, since a lease is still good then. A permit
/// that was leased for one bucket is good for any other whose day nobody limits; what was counted for the one
/// and used for the other is put right with the next lease or refusal. For a bucket with a known quota or an
/// operator's allowance a part of its day must have been leased.
#[derive(Debug)]
pub struct Permits {
    pacing: Pacing,
    /// What is left of the lease: its first permit is the next one.
    lease: Option<Lease>,
    buckets: BTreeMap<Bucket, Account>,
    /// The app's epoch and hold.
    epoch: u64,
    hold_until: Timestamp,
    /// A hold that is not in the control table yet.
    unreported: Option<Hold>,
    /// Requests per 30 seconds when the pace was last heard of.
    rate: f64,
    /// When that was.
    known_at: Timestamp,
    /// Moving average of the time that a request and its work take.
    time_per_use: Duration,
    last_use: Option<Timestamp>,
}

impl Permits {
    /// No permits yet.
    pub fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            lease: None,
            buckets: Bucket::ALL.map(|bucket| (bucket, Account::default())).into(),
            epoch: 0,
            hold_until: Timestamp::MIN,
            unreported: None,
            rate: PaceState::default().rate(pacing),
            known_at: Timestamp::MIN,
            time_per_use: Duration::from_millis(200),
            last_use: None,
        }
    }

    /// How far deferred terms are spread: the time that `window` requests take.
    pub fn wait_policy(&self, window: usize) -> WaitPolicy {
        let window = u32::try_from(window).unwrap_or(u32::MAX);
        WaitPolicy { spread: RATE_PERIOD.div_f64(self.rate.max(0.1)).saturating_mul(window) }
    }

    /// Takes in what the control table said at `now`: a hold of the app that another environment set ends the
    /// lease.
    pub fn observe(&mut self, pace: &PaceState, now: Timestamp) {
        self.known_at = now;
        self.rate = pace.rate(self.pacing);
        if pace.epoch > self.epoch || pace.hold_until > self.hold_until {
            self.enter_epoch(pace.epoch, pace.hold_until);
        }
        let mut allowed = pace.clone();
        allowed.allow(self.pacing);
        for (bucket, state) in &allowed.buckets {
            self.account(*bucket).observe(state, now);
        }
    }

    fn account(&mut self, bucket: Bucket) -> &mut Account {
        self.buckets.entry(bucket).or_default()
    }

    /// Waits for a permit to ask `bucket` and takes it; it must be used at once.
    pub async fn take<P: Scheduling>(&mut self, ports: &P, bucket: Bucket) -> Result<Permit, NoPermit> {
        self.measure_use(ports.clock().now());
        self.tell(ports).await?;
        let (mut in_a_row, mut readings) = (0, 0);
        loop {
            let now = ports.clock().now();
            if let Some(until) = self.hold_at(bucket, now) {
                return Err(NotNow::OnHold(until).into());
            }
            self.forfeit(now);
            let Some(lease) = self.lease.filter(|lease| self.is_good_for(lease, bucket)) else {
                if let Some(until) = self.held_at(bucket, now) {
                    return Err(NotNow::OnHold(until).into());
                }
                let in_hand = self.lease.map(|lease| lease.in_hand());
                self.lease_more(ports, bucket, in_hand, now).await?;
                continue;
            };
            let knowledge = if lease.risky { RISKY_KNOWLEDGE_VALIDITY } else { KNOWLEDGE_VALIDITY };
            if !WaitPolicy::in_place(now, lease.first_due) {
                return Err(NotNow::Busy(lease.first_due).into());
            } else if lease.first_due > now {
                ports.clock().sleep(time_until(now, lease.first_due)).await;
                // Others may have been refused meanwhile.
                in_a_row = in_a_row.min(READINGS_IN_A_ROW - 1);
            } else if self.known_at + knowledge < now
                && in_a_row < READINGS_IN_A_ROW
                && readings < MOST_READINGS
            {
                (in_a_row, readings) = (in_a_row + 1, readings + 1);
                let pace = ports.control().pace().await?;
                // Counted from when it was read: an answer that took long says little, and the loop asks
                // again.
                self.observe(&pace, now.max(ports.clock().now() - knowledge));
            } else {
                self.last_use = Some(now);
                return Ok(self.use_first(&lease, bucket, now));
            }
        }
    }

    /// Whether `bucket` may be asked under the lease without reserving a part of its day.
    fn is_good_for(&self, lease: &Lease, bucket: Bucket) -> bool {
        let account = self.buckets.get(&bucket).copied().unwrap_or_default();
        let limited = account.has_quota || self.pacing.allowance(bucket).is_some();
        !limited || account.has_spare() || self.counts_for(lease, bucket)
    }

    /// Whether the lease's permits are counted in the day of `bucket`. Those of a bucket that was refused
    /// meanwhile were taken off it.
    fn counts_for(&self, lease: &Lease, bucket: Bucket) -> bool {
        let epoch = self.buckets.get(&bucket).map_or(0, |account| account.epoch);
        lease.bucket == bucket && lease.bucket_epoch == epoch
    }

    fn use_first(&mut self, lease: &Lease, bucket: Bucket, now: Timestamp) -> Permit {
        if !self.counts_for(lease, bucket) {
            self.account(bucket).charge(now);
            if self.counts_for(lease, lease.bucket) {
                self.account(lease.bucket).spare();
            }
        }
        self.drop_first();
        let bucket_epoch = self.account(bucket).epoch;
        Permit { bucket, epoch: lease.epoch, bucket_epoch, due: lease.first_due }
    }

    /// A permit was refused with 429, for everybody: the app is on hold, or the bucket if it was its quota.
    pub async fn refused<P: Scheduling>(
        &mut self,
        ports: &P,
        permit: Permit,
        refused: Refused,
    ) -> Result<(), PortError> {
        let Refused { limit, until, is_named } = refused;
        let Permit { bucket, epoch, bucket_epoch, due } = permit;
        let at = ports.clock().now();
        let settled = self.settlements(at);
        self.buckets.values_mut().for_each(Account::settled);
        match limit {
            Limit::Rate => self.enter_epoch(self.epoch, until),
            Limit::Day => {
                let account = self.account(bucket);
                account.epoch = account.epoch.max(bucket_epoch.saturating_add(1));
                account.hold_until = account.hold_until.max(until);
            }
        }
        self.unreported =
            Some(Hold { bucket, epoch, bucket_epoch, due, at, until, limit, is_named, settled });
        self.tell(ports).await
    }

    /// Tells the control table of a refusal. As long as that fails, only this environment knows of the hold,
    /// so it is tried again before anything else.
    async fn tell<P: Scheduling>(&mut self, ports: &P) -> Result<(), PortError> {
        if let Some(held) = &self.unreported {
            ports.control().hold(held).await?;
            self.unreported = None;
        }
        Ok(())
    }

    /// Until when nothing more of `bucket` can be asked at `now`, as far as this environment knows: a hold
    /// stands, or its day is used up. Of a day that is used up, permits in hand may be a part.
    pub fn held_at(&self, bucket: Bucket, now: Timestamp) -> Option<Timestamp> {
        let spent = self.buckets.get(&bucket).map(|account| account.spent_until).filter(|until| *until > now);
        self.hold_at(bucket, now).max(spent)
    }

    /// The end of the hold of the app or of `bucket`, if one stands at `now`.
    fn hold_at(&self, bucket: Bucket, now: Timestamp) -> Option<Timestamp> {
        let own = self.buckets.get(&bucket).map_or(Timestamp::MIN, |account| account.hold_until);
        Some(self.hold_until.max(own)).filter(|until| *until > now)
    }

    /// Leases further permits, or a part of the bucket's day for those in hand; or errs with the reason why
    /// there are none.
    async fn lease_more<P: Scheduling>(
        &mut self,
        ports: &P,
        bucket: Bucket,
        in_hand: Option<InHand>,
        now: Timestamp,
    ) -> Result<(), NoPermit> {
        let request = LeaseRequest {
            now,
            bucket,
            pacing: self.pacing,
            time_per_use: self.time_per_use,
            horizon: WaitPolicy::horizon(),
            in_hand,
            settled: self.settlements(now),
        };
        let leased = ports.control().lease(&request).await;
        let leased = leased.inspect_err(|_| self.buckets.values_mut().for_each(Account::settled_perhaps))?;
        self.observe(&leased.pace, now);
        match leased.answer {
            LeaseAnswer::Granted(lease) => {
                self.buckets.values_mut().for_each(Account::settled);
                self.account(bucket).counted(0, lease.first_due);
                self.epoch = lease.epoch;
                self.lease = Some(lease);
                Ok(())
            }
            LeaseAnswer::Reserved(permits) => {
                self.buckets.values_mut().for_each(Account::settled);
                self.account(bucket).counted(permits, now);
                Ok(())
            }
            LeaseAnswer::OnHold(until) => {
                let account = self.account(bucket);
                account.spent_until = account.spent_until.max(until);
                Err(NotNow::OnHold(until).into())
            }
            LeaseAnswer::Busy(next) => Err(NotNow::Busy(next).into()),
        }
    }

    /// What is to be put right in the counts.
    fn settlements(&self, now: Timestamp) -> Vec<Settlement> {
        self.buckets.iter().filter_map(|(bucket, account)| account.settlement(*bucket, now)).collect()
    }

    /// Gives up the permits that are too old to use.
    fn forfeit(&mut self, now: Timestamp) {
        while let Some(lease) = self.lease.filter(|lease| lease.first_due + lease.validity < now) {
            self.drop_first();
            let counts = self.counts_for(&lease, lease.bucket);
            let account = self.account(lease.bucket);
            account.forfeit(lease.first_due);
            if counts {
                account.spare();
            }
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
        // The hold has taken what is left of the lease off the counts.
        self.lease = None;
        self.epoch = epoch;
        self.hold_until = self.hold_until.max(hold_until);
    }
}

fn time_until(now: Timestamp, due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

/// Why there is no permit.
#[derive(Clone, Debug, PartialEq)]
pub enum NoPermit {
    /// No request may leave now.
    NotNow(NotNow),
    /// The control table could not be used.
    Port(PortError),
}

impl From<NotNow> for NoPermit {
    fn from(not_now: NotNow) -> Self {
        Self::NotNow(not_now)
    }
}

impl From<PortError> for NoPermit {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

/// Leave to send one request, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    bucket: Bucket,
    epoch: u64,
    bucket_epoch: u64,
    due: Timestamp,
}
