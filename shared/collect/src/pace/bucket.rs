//! What is a bucket's own in the pace: its day, and the hold of a spent quota.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::day::Day;
use super::lease::{Hold, Settlement};
use super::recent::Recent;
use super::stamp;

/// What the control table knows of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketState {
    /// No request of the bucket may leave before this.
    #[serde(rename = "hold_until_us", with = "stamp")]
    pub hold_until: Timestamp,
    /// Counts the holds.
    #[serde(deserialize_with = "stamp::count")]
    pub epoch: u64,
    /// Refusals for the quota that set a hold.
    #[serde(deserialize_with = "stamp::count")]
    pub refused: u64,
    /// Permits of the last half minute that were leased for the bucket.
    #[serde(skip_serializing_if = "Recent::is_empty")]
    pub recent: Recent,
    /// The rolling 24 hours.
    pub day: Day,
}

impl BucketState {
    /// The end of the quota's hold or of the used-up day, if either stands at `now`.
    pub fn held_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.hold_until > now { Some(self.hold_until) } else { self.spent_until(now) }
    }

    /// The end of the used-up day, if it is used up at `now`.
    pub(crate) fn spent_until(&self, now: Timestamp) -> Option<Timestamp> {
        (self.day.left(now) == Some(0)).then(|| self.day.frees_at(now))
    }

    /// Puts the counts right.
    pub(super) fn settle(&mut self, settlement: &Settlement, now: Timestamp) {
        self.recent.give_back(settlement.unused, now);
        let count = u32::try_from(settlement.balance.unsigned_abs()).unwrap_or(u32::MAX);
        if settlement.balance > 0 {
            self.day.give_back_counted(count, settlement.at);
        } else if settlement.balance < 0 {
            self.day.add(settlement.at, settlement.at, count, now);
        }
    }

    /// The app is on hold since a permit was refused that was due at `due`: what was due after it has not
    /// left, or was refused with it.
    pub(super) fn void_after(&mut self, due: Timestamp) {
        let void = self.recent.cut_after(due);
        self.day.give_back(void);
    }

    /// Takes a refusal for the quota in: learned from once per epoch, a later end extends the hold.
    pub(super) fn hold(&mut self, held: &Hold) {
        if held.bucket_epoch == self.epoch {
            self.epoch = stamp::counted(self.epoch, 1);
            self.refused = stamp::counted(self.refused, 1);
            // What was leased for the bucket and is due after the refused permit will not be asked from it.
            let void = self.recent.due_after(held.due);
            let ends = held.is_named.then_some(held.until);
            self.day.refused(void.saturating_add(1), held.at, ends);
        }
        self.hold_until = self.hold_until.max(held.until);
    }
}
