//! The pace of the app: the one place where it stands, changed only by leases and refusals.
//!
//! The rules are pure. The control table applies them as "read, change, write if nobody wrote in between", so
//! every function shares one pace.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bucket::BucketState;
use super::learn::LearnedRate;
use super::lease::{Hold, InHand, Lease, LeaseAnswer, LeaseRequest, Limit, Settlement};
use super::rate::{Pacing, RATE_PERIOD, Rate, tolerance};
use super::stamp;
use crate::web_api::Bucket;

/// Permits of one lease: enough that pacing costs about a tenth of a write a request.
const PERMITS_PER_LEASE: f64 = 10.0;

/// Permits further apart than a wait in place can bridge are leased one by one: a deferred message would miss
/// them.
const LONGEST_INTERVAL: Duration = Duration::from_millis(1900);

/// A permit of a learned pace is never good for longer than this: it is what a burst may add to a rate
/// period.
const LONGEST_TOLERANCE: Duration = Duration::from_secs(2);

/// No permit is leased further ahead than this, clocks that differ included: the slowest pace leases one for
/// every five minutes.
const AHEAD: Duration = Duration::from_hours(1);

/// An app that asked nothing this long has paused: what it was about to try has to wait for a full rate
/// period again.
const PAUSE: Duration = Duration::from_mins(10);

/// Where a refusal is likely, a permit is good for this share of the interval only. Requests then stay far
/// enough apart that one hears of the refusal of the one before it.
const RISKY_VALIDITY: f64 = 0.3;

/// What the control table knows of the pace. Times are stored as microseconds of the epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaceState {
    /// Due time of the first free permit.
    #[serde(rename = "next_us", with = "stamp")]
    pub next: Timestamp,
    /// No request may leave before this.
    #[serde(rename = "hold_until_us", with = "stamp")]
    pub hold_until: Timestamp,
    /// Counts the holds of the app. A lease of an earlier epoch is void.
    #[serde(deserialize_with = "stamp::count")]
    pub epoch: u64,
    /// Permits granted so far.
    #[serde(deserialize_with = "stamp::count")]
    pub granted: u64,
    /// Refusals for the rate that set a hold.
    #[serde(deserialize_with = "stamp::count")]
    pub refused: u64,
    /// The rate as far as it has been learned.
    pub learned: LearnedRate,
    /// The buckets that have been used.
    pub buckets: BTreeMap<Bucket, BucketState>,
}

impl PaceState {
    /// Says what in a stored pace cannot have been written by `now`, if anything. Whoever believed a permit
    /// that is due in a hundred years would wait for it, and nobody would hear of it. A hold may last as long
    /// as an operator likes.
    pub fn check(&self, now: Timestamp) -> Result<(), String> {
        let soon = now + AHEAD;
        let recent = self.buckets.values().filter_map(|bucket| bucket.recent.last());
        let used = self.buckets.values().filter_map(|bucket| bucket.day.last());
        let ahead = recent.chain(used).chain([self.next]).find(|time| *time > soon);
        let learned = self.buckets.values().filter_map(|bucket| bucket.day.beyond(now));
        match ahead.or(self.learned.beyond(now)).or(learned.min()) {
            Some(time) => Err(format!("{time} is later than anything that can have been written at {now}")),
            None => Ok(()),
        }
    }

    /// When `bucket` may be asked again, if a hold of the app or of the bucket stands at `now` or its day is
    /// used up.
    pub fn held_at(&self, bucket: Bucket, now: Timestamp) -> Option<Timestamp> {
        let app = (self.hold_until > now).then_some(self.hold_until);
        app.max(self.buckets.get(&bucket).and_then(|state| state.held_at(now)))
    }

    /// Requests per 30 seconds under `pacing` at present.
    pub fn rate(&self, pacing: Pacing) -> f64 {
        pacing.rate.map_or(self.learned.rate(), |rate| f64::from(rate.requests()))
    }

    /// Permits that were due in the 30 seconds before `end`, of all buckets.
    pub fn sent_before(&self, end: Timestamp) -> f64 {
        self.buckets.values().map(|bucket| bucket.recent.within_rate_period_before(end)).sum()
    }

    /// Leases permits, if any may be given. Where none is, nothing changes, so that what the caller settles
    /// is counted once, with the lease that it gets.
    pub fn lease(&mut self, request: &LeaseRequest) -> LeaseAnswer {
        let mut after = self.clone();
        let answer = after.lease_if_free(request);
        if matches!(answer, LeaseAnswer::Granted(_) | LeaseAnswer::Reserved(_)) {
            *self = after;
        }
        answer
    }

    fn lease_if_free(&mut self, request: &LeaseRequest) -> LeaseAnswer {
        let (now, bucket) = (request.now, request.bucket);
        self.allow(request.pacing);
        self.settle(&request.settled, now);
        if let Some(until) = self.held_at(bucket, now) {
            return LeaseAnswer::OnHold(until);
        }
        if let Some(in_hand) = request.in_hand {
            return LeaseAnswer::Reserved(self.reserve(bucket, in_hand, now));
        }
        if self.next > now + request.horizon {
            return LeaseAnswer::Busy(self.next);
        }
        let used = self.sent_before(now);
        if request.pacing.rate.is_none() {
            self.learned.grow(used, self.next + PAUSE < now, now);
        }
        let lease = self.next_lease(request, used);
        let place = self.next.max(now);
        self.next = place + lease.interval.saturating_mul(lease.permits);
        self.granted = stamp::counted(self.granted, lease.permits.into());
        self.buckets.values_mut().for_each(|other| other.recent.forget(now));
        let state = self.buckets.entry(bucket).or_default();
        state.recent.add(place, lease.interval, lease.permits);
        state.day.add(lease.first_due, self.next + lease.validity, lease.permits, now);
        LeaseAnswer::Granted(lease)
    }

    /// Keeps what the operator allows where everybody who reads the pace sees it. What is stored was allowed
    /// when permits were leased last; whoever judges by it has to take in what is allowed now.
    pub(crate) fn allow(&mut self, pacing: Pacing) {
        for bucket in Bucket::ALL {
            let allowance = pacing.allowance(bucket);
            if allowance.is_some() || self.buckets.contains_key(&bucket) {
                self.buckets.entry(bucket).or_default().day.allow(allowance);
            }
        }
    }

    fn settle(&mut self, settled: &[Settlement], now: Timestamp) {
        for settlement in settled {
            self.buckets.entry(settlement.bucket).or_default().settle(settlement, now);
        }
    }

    /// Counts permits that were leased for another bucket in the day of this one.
    fn reserve(&mut self, bucket: Bucket, in_hand: InHand, now: Timestamp) -> u32 {
        let day = &mut self.buckets.entry(bucket).or_default().day;
        let reserved = day.left(now).map_or(in_hand.permits, |left| in_hand.permits.min(left));
        day.add(now, in_hand.until, reserved, now);
        reserved
    }

    fn next_lease(&self, request: &LeaseRequest, used: f64) -> Lease {
        let rate = self.rate(request.pacing);
        let fixed = request.pacing.rate.map(Rate::interval);
        let interval = fixed.unwrap_or_else(|| RATE_PERIOD.div_f64(rate.max(0.1)));
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
        // The k-th permit is due after k intervals and used after k uses; it must not be older than its
        // validity then.
        let usable = validity.as_secs_f64() / late_per_use.as_secs_f64();
        let usable = if interval > LONGEST_INTERVAL { 1.0 } else { usable };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=10")]
        let permits = PERMITS_PER_LEASE.min(usable).max(1.0) as u32;
        let state = self.buckets.get(&request.bucket);
        let left = state.and_then(|state| state.day.left(request.now));
        Lease {
            bucket: request.bucket,
            first_due,
            permits: left.map_or(permits, |left| permits.min(left)),
            interval,
            validity,
            risky,
            epoch: self.epoch,
            bucket_epoch: state.map_or(0, |state| state.epoch),
        }
    }

    /// Takes a refusal in: learned from once per epoch, whichever of several comes first; a later end extends
    /// the hold. A refusal for the rate holds the app, one for a quota its bucket.
    pub fn hold(&mut self, held: &Hold) {
        match held.limit {
            Limit::Rate => self.hold_app(held),
            Limit::Day => {
                let state = self.buckets.entry(held.bucket).or_default();
                if held.bucket_epoch == state.epoch {
                    self.settle(&held.settled, held.at);
                }
                self.buckets.entry(held.bucket).or_default().hold(held);
            }
        }
    }

    fn hold_app(&mut self, held: &Hold) {
        if held.epoch == self.epoch {
            self.epoch = stamp::counted(self.epoch, 1);
            self.refused = stamp::counted(self.refused, 1);
            self.buckets.values_mut().for_each(|bucket| bucket.void_after(held.due));
            self.settle(&held.settled, held.due);
            self.learned.refused(self.sent_before(held.due), held.at, held.until);
        }
        self.hold_until = self.hold_until.max(held.until);
    }
}

/// The tolerance of a learned pace: what a worker needs that is slower than the pace of all, since no promise
/// of a number depends on it.
fn learned_tolerance(rate: f64, late_per_use: Duration) -> (Duration, Duration) {
    let (early, late) = tolerance(rate);
    let needed = late_per_use.mul_f64(PERMITS_PER_LEASE);
    (early, late.max(needed.min(LONGEST_TOLERANCE)))
}

#[cfg(test)]
mod tests;
