//! What an execution environment knows of a bucket, and owes to its counts.

use std::time::Duration;

use jiff::Timestamp;

use crate::pace::{BucketState, Settlement};
use crate::web_api::Bucket;

/// Permits that were not used are taken off the last half minute within this, or not at all: it is over then.
const GIVEN_BACK_WITHIN: Duration = Duration::from_mins(1);

/// A bucket as one environment sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Account {
    /// The epoch of the quota's hold.
    pub(super) epoch: u64,
    /// No request of the bucket before this.
    pub(super) hold_until: Timestamp,
    /// Its day is used up until then, as far as was heard last: counts are put right, so that may change.
    pub(super) spent_until: Timestamp,
    /// Whether its quota has been learned.
    pub(super) has_quota: bool,
    /// Above zero: counted in its day and not used. Below zero: used and not counted.
    balance: i64,
    /// When they were counted or used.
    at: Timestamp,
    /// Permits leased for it that grew too old.
    unused: u32,
    /// When the last of them was due.
    unused_due: Timestamp,
}

impl Account {
    /// Takes in what the control table knew at `now`.
    pub(super) fn observe(&mut self, state: &BucketState, now: Timestamp) {
        self.epoch = self.epoch.max(state.epoch);
        self.hold_until = self.hold_until.max(state.hold_until);
        self.spent_until = state.spent_until(now).unwrap_or_default();
        self.has_quota = state.day.quota().is_some();
    }

    /// So many of its day were counted at `at` in exchange for all that was to be settled.
    pub(super) fn counted(&mut self, spare: u32, at: Timestamp) {
        (self.balance, self.at) = (i64::from(spare), at);
    }

    /// Whether its day has a request to spare.
    pub(super) fn has_spare(&self) -> bool {
        self.balance > 0
    }

    /// A permit that was counted for it was not used for it.
    pub(super) fn spare(&mut self) {
        self.balance += 1;
    }

    /// A permit that was not counted for it is used for it at `now`.
    pub(super) fn charge(&mut self, now: Timestamp) {
        self.balance -= 1;
        if self.balance < 0 {
            self.at = now;
        }
    }

    /// A permit that was leased for it and due then grew too old.
    pub(super) fn forfeit(&mut self, due: Timestamp) {
        self.unused += 1;
        self.unused_due = due;
    }

    /// What is to be put right in the counts of `bucket`, if anything.
    pub(super) fn settlement(&self, bucket: Bucket, now: Timestamp) -> Option<Settlement> {
        let Self { balance, at, .. } = *self;
        let unused = if self.unused_due + GIVEN_BACK_WITHIN < now { 0 } else { self.unused };
        (balance != 0 || unused > 0).then_some(Settlement { bucket, balance, at, unused })
    }

    /// It has been put right.
    pub(super) fn settled(&mut self) {
        (self.balance, self.unused) = (0, 0);
    }

    /// It may have been put right, or not: what is given back twice could let an allowance be exceeded.
    pub(super) fn settled_perhaps(&mut self) {
        (self.balance, self.unused) = (self.balance.min(0), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_that_grew_too_old_is_given_back_within_a_minute_or_not_at_all() {
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let mut account = Account::default();
        account.forfeit(at(0));
        let unused = |second| account.settlement(Bucket::Search, at(second)).map(|settled| settled.unused);
        assert_eq!((unused(60), unused(61)), (Some(1), None));
    }

    #[test]
    fn after_a_lost_answer_only_what_was_used_and_not_counted_is_put_right_again() {
        for (balance, left) in [(3, 0), (-3, -3)] {
            let mut account = Account { balance, unused: 2, ..Account::default() };
            account.settled_perhaps();
            assert_eq!((account.balance, account.unused), (left, 0));
        }
    }
}
