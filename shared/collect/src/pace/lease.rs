//! What is said between an execution environment and the pace: wishes for permits, answers, refusals.

use std::time::Duration;

use jiff::Timestamp;

use super::rate::Pacing;
use super::state::PaceState;
use crate::web_api::Bucket;

/// A wish for permits.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaseRequest {
    /// Now.
    pub now: Timestamp,
    /// The bucket that the next request is of.
    pub bucket: Bucket,
    /// What the operator fixes.
    pub pacing: Pacing,
    /// The time that one request and its work take, which says how many permits can be used before they are
    /// too old.
    pub time_per_use: Duration,
    /// Nothing is leased if the first permit is due later than this from now.
    pub horizon: Duration,
    /// Permits in hand that were leased for another bucket: then no permits are wanted, but a part of the
    /// bucket's day for as many of them.
    pub in_hand: Option<InHand>,
    /// What is to be put right in the counts.
    pub settled: Vec<Settlement>,
}

/// Permits that an environment has leased and not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InHand {
    /// How many.
    pub permits: u32,
    /// Until when the last of them is good.
    pub until: Timestamp,
}

/// The difference between what was counted for a bucket at a lease and what was asked from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The bucket.
    pub bucket: Bucket,
    /// Above zero: requests counted in its day that never left. Below zero: requests that left with permits
    /// leased for another bucket.
    pub balance: i64,
    /// When they were counted or left.
    pub at: Timestamp,
    /// Permits leased for it in the last half minute that grew too old for any request.
    pub unused: u32,
}

/// The answer to a wish.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeaseAnswer {
    /// Permits.
    Granted(Lease),
    /// So many of the permits in hand may be used for the bucket.
    Reserved(u32),
    /// Until then: a hold of the app or of the bucket stands, or the bucket's day is used up.
    OnHold(Timestamp),
    /// The first free permit is due beyond the horizon, at this time.
    Busy(Timestamp),
}

/// The answer, and the pace after it: whoever leases hears of every hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Leased {
    /// The answer.
    pub answer: LeaseAnswer,
    /// The pace.
    pub pace: PaceState,
}

/// Permits that are due at `first_due` and every `interval` after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lease {
    /// The bucket in whose day they are counted.
    pub bucket: Bucket,
    /// Due time of the first.
    pub first_due: Timestamp,
    /// How many.
    pub permits: u32,
    /// Time between two.
    pub interval: Duration,
    /// How long after its due time each may be used.
    pub validity: Duration,
    /// Whether a refusal is likely: then the pace is read again before each use.
    pub risky: bool,
    /// The app's epoch that they belong to.
    pub epoch: u64,
    /// The bucket's epoch.
    pub bucket_epoch: u64,
}

impl Lease {
    /// What is left of it.
    pub(crate) fn in_hand(&self) -> InHand {
        let last_due = self.first_due + self.interval.saturating_mul(self.permits.saturating_sub(1));
        InHand { permits: self.permits, until: last_due + self.validity }
    }
}

/// A refusal that sets a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The bucket that was asked.
    pub bucket: Bucket,
    /// The app's epoch of the permit that was refused.
    pub epoch: u64,
    /// The bucket's epoch.
    pub bucket_epoch: u64,
    /// The permit's due time.
    pub due: Timestamp,
    /// When the refusal came.
    pub at: Timestamp,
    /// No request before this.
    pub until: Timestamp,
    /// Which of the two limits refused.
    pub limit: Limit,
    /// Whether Spotify has named the end.
    pub is_named: bool,
    /// What the refused environment has to put right.
    pub settled: Vec<Settlement>,
}

/// What a refusal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which of the two limits refused.
    pub limit: Limit,
    /// No request before this.
    pub until: Timestamp,
    /// Whether Spotify has named the end.
    pub is_named: bool,
}

/// Spotify's two limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests of the app in a rolling 30 seconds: its refusal holds the whole app.
    Rate,
    /// Requests of a bucket in a rolling 24 hours: its refusal holds the bucket.
    Day,
}
