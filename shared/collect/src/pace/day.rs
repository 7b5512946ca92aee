//! The rolling 24 hours of a bucket: what was used, and the quota that is learned from being refused.
//!
//! Development-mode apps have a quota per bucket and rolling 24 hours, which Spotify does not publish. A
//! refusal for it tells it exactly: it is what was used in the 24 hours before. From then on the bucket holds
//! itself when that much is used, until the oldest requests are a day old. The refusal also tells how long a
//! day is: the wait that it asks for ends one day after the first request of the burst. Being refused at the
//! end of a quota costs no time (the wait is the same), so it is tried once a week whether it has grown.
//!
//! Other programs may use the quota under the same app, and nobody counts their requests. A refusal that
//! comes surprisingly early is put down to them: it holds the bucket and teaches nothing.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use super::stamp;
use super::wait::LONGEST_HOLD;

/// A day is never longer than this, nor shorter than that.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
const SHORTEST: SignedDuration = SignedDuration::from_secs(10);

/// A day has this many cells; requests within one of them count as of one time.
const CELLS: i32 = 24;

/// Clocks and Spotify's own rounding differ.
const MARGIN: Duration = Duration::from_secs(2);

/// How often it is tried whether the quota has grown.
const PROBE_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A quota is tried beyond what is known by this share at most, rounded up.
const PROBE_SHARE: u32 = 20;

/// One in this many of the requests counted at a refusal may not have left.
const UNCERTAIN: u32 = 300;

/// Fewer requests than these are no quota: others have used it.
const FEWEST: u32 = 20;

/// Others have used a quota that is refused when less than one part in so many of it is used, unless that
/// happens twice in a row.
const EARLY: u32 = 2;

const ALMOST_A_SECOND: Duration = Duration::from_nanos(999_999_999);

/// Requests of one hour, counted from the first of them.
///
/// The first counts from the beginning of its second, the last until the end of its second, so that whole
/// seconds are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    first: Timestamp,
    last: Timestamp,
    used: u32,
}

/// How many requests of a bucket may be sent in a day, by whose limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayLimit {
    /// The operator's own.
    Operator(u32),
    /// Spotify's quota, as far as it is known.
    Spotify(u32),
}

/// What was used in the last 24 hours, and how much may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// At most 25 cells, the oldest first.
    #[serde(default, with = "cells", skip_serializing_if = "Vec::is_empty")]
    cells: Vec<Cell>,
    /// The learned quota.
    #[serde(default, deserialize_with = "quota", skip_serializing_if = "Option::is_none")]
    quota: Option<u32>,
    /// What the operator allows a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowed: Option<u32>,
    /// When it may be tried whether the quota has grown.
    #[serde(default, with = "stamp")]
    probe_at: Timestamp,
    /// The length of a day in microseconds, where a refusal named another than 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length_us: Option<i64>,
    /// Whether the last refusal came so early that nothing was learned from it.
    #[serde(default, skip_serializing_if = "is_false")]
    early: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Day {
    fn length(&self) -> SignedDuration {
        self.length_us.map_or(LONGEST, |length| SignedDuration::from_micros(length).clamp(SHORTEST, LONGEST))
    }

    /// Requests of the 24 hours before `now`. A cell counts until its last request is a day old.
    pub fn used(&self, now: Timestamp) -> u32 {
        self.used_within(LONGEST, now)
    }

    fn used_within(&self, length: SignedDuration, now: Timestamp) -> u32 {
        self.living(length, now).fold(0, |sum, cell| sum.saturating_add(cell.used))
    }

    /// How long cells are kept: an operator's day has 24 hours, whatever Spotify's turned out to have.
    fn kept(&self) -> SignedDuration {
        if self.has_allowance() { LONGEST } else { self.length() }
    }

    /// When the last of its requests was counted.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.cells.iter().map(|cell| cell.last).max()
    }

    /// When it may be tried whether the quota has grown, if nobody can have written that by `now`.
    pub(super) fn beyond(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.probe_at).filter(|probe_at| *probe_at > now + LONGEST_HOLD + PROBE_EVERY)
    }

    /// The learned quota.
    pub fn quota(&self) -> Option<u32> {
        self.quota
    }

    /// Whose limit of a day is used up at `now`, if one is. The operator's comes first: nothing is sent
    /// before it is free again.
    pub fn spent(&self, now: Timestamp) -> Option<DayLimit> {
        match self.allowed {
            Some(allowed) if self.used(now) >= allowed => Some(DayLimit::Operator(allowed)),
            _ => self.quota.filter(|_| self.left(now) == Some(0)).map(DayLimit::Spotify),
        }
    }

    fn living(&self, length: SignedDuration, now: Timestamp) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.last + length > now)
    }

    /// Sets what the operator allows a day.
    pub(super) fn allow(&mut self, allowed: Option<u32>) {
        self.allowed = allowed;
    }

    /// Whether an operator has set a limit.
    fn has_allowance(&self) -> bool {
        self.allowed.is_some()
    }

    /// How many more may be asked at `now`: `None` while no limit is known.
    pub(super) fn left(&self, now: Timestamp) -> Option<u32> {
        let learned = self.quota.map(|quota| {
            let probing = now >= self.probe_at;
            let most = if probing { quota.saturating_add(quota.div_ceil(PROBE_SHARE)) } else { quota };
            most.saturating_sub(self.used_within(self.length(), now))
        });
        let allowed = self.allowed.map(|allowed| allowed.saturating_sub(self.used(now)));
        [allowed, learned].into_iter().flatten().min()
    }

    /// When the oldest requests will be a day old, or the quota may be tried beyond what is known, whichever
    /// comes first.
    pub(super) fn frees_at(&self, now: Timestamp) -> Timestamp {
        let freed =
            |length| self.living(length, now).map(|cell| cell.last + length + MARGIN).min().unwrap_or(now);
        if self.allowed.is_some_and(|allowed| self.used(now) >= allowed) {
            return freed(LONGEST);
        }
        let freed = freed(self.length());
        if self.probe_at > now { freed.min(self.probe_at) } else { freed }
    }

    /// Counts `permits` that are used from `first` to `last`.
    pub(super) fn add(&mut self, first: Timestamp, last: Timestamp, permits: u32, now: Timestamp) {
        let kept = self.kept();
        let (first, last) = (second(first), second(last + ALMOST_A_SECOND));
        self.cells.retain(|cell| cell.last + kept > now);
        match self.cells.last_mut().filter(|cell| cell.first + kept / CELLS > first) {
            Some(cell) => {
                cell.last = cell.last.max(last);
                cell.used = cell.used.saturating_add(permits);
            }
            None => self.cells.push(Cell { first, last, used: permits }),
        }
        // More was used than the quota allowed, and nothing was refused: it has grown.
        let used = self.used_within(self.length(), now);
        if self.quota.is_some_and(|quota| used > quota.saturating_add(quota.div_ceil(PROBE_SHARE) / 2)) {
            self.quota = Some(used);
        }
    }

    /// Takes requests off the count that were counted at `at` and never left, as whoever leased their permits
    /// knows for sure.
    pub(super) fn give_back_counted(&mut self, unused: u32, at: Timestamp) {
        // Where two cells meet, the older: too much may be left in the younger, never too little.
        let counted = self.cells.iter_mut().find(|cell| cell.first <= at && at <= cell.last);
        if let Some(cell) = counted {
            cell.used = cell.used.saturating_sub(unused);
        }
    }

    /// Takes permits that were probably never used off the count. Not where an operator's allowance must not
    /// be exceeded: some that seem unused may have left.
    pub(super) fn give_back(&mut self, mut unused: u32) {
        if self.has_allowance() {
            return;
        }
        for cell in self.cells.iter_mut().rev() {
            let back = unused.min(cell.used);
            cell.used -= back;
            unused -= back;
        }
    }

    /// Learns from a refusal at `now`: what was used is the quota, less a little, since an environment that
    /// ended with permits in hand has reported them to nobody. `unused` permits of those counted never left,
    /// the refused one among them. `until` is when the hold ends, where Spotify has named that.
    pub(super) fn refused(&mut self, unused: u32, now: Timestamp, until: Option<Timestamp>) {
        self.give_back(unused);
        let used = self.used_within(self.length(), now);
        let is_early = self.quota.is_some_and(|quota| used < quota / EARLY);
        let again = std::mem::replace(&mut self.early, is_early);
        if used < FEWEST || is_early && !again {
            return;
        }
        self.early = false;
        let oldest = self.living(self.length(), now).next().copied();
        if let Some((oldest, until)) = oldest.zip(until) {
            let length = until.duration_since(oldest.first).clamp(SHORTEST, LONGEST);
            self.length_us = (length < LONGEST - LONGEST / CELLS)
                .then(|| i64::try_from(length.as_micros()).unwrap_or(i64::MAX));
        }
        self.quota = Some(used - used / UNCERTAIN);
        self.probe_at = now + PROBE_EVERY;
    }
}

/// A quota that is none would hold the bucket for ever, without a known end.
fn quota<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::<NonZeroU32>::deserialize(deserializer).map(|quota| quota.map(NonZeroU32::get))
}

/// The beginning of the second of `at`.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Cells as they are stored, small since they are written with every lease: for each three whole numbers, the
/// seconds from the first request of the one before (of the epoch) to its own first, from there to its last,
/// and their number.
mod cells {
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Cell;
    use crate::pace::stamp;

    /// Most cells that an item is believed to hold.
    const BELIEVED: usize = 200;

    pub(super) fn serialize<S: Serializer>(cells: &[Cell], serializer: S) -> Result<S::Ok, S::Error> {
        let mut before = 0;
        let mut numbers = Vec::with_capacity(cells.len() * 3);
        for cell in cells {
            let first = cell.first.as_second();
            numbers.extend([first - before, cell.last.as_second() - first, i64::from(cell.used)]);
            before = first;
        }
        numbers.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cell>, D::Error> {
        let numbers = Vec::<i64>::deserialize(deserializer)?;
        let mut before = 0_i64;
        let cell = |numbers: &[i64]| {
            let [since, length, used] = *numbers else { return Err(D::Error::custom("a cell is cut")) };
            if since < 0 || length < 0 {
                return Err(D::Error::custom("cells are not in order"));
            }
            before = before.saturating_add(since);
            let moment = |second: i64| {
                let moment = Timestamp::from_second(second).ok().filter(|_| stamp::is_second(second));
                moment.ok_or_else(|| D::Error::custom(format!("{second} is no second between 1970 and 2200")))
            };
            let (first, last) = (moment(before)?, moment(before.saturating_add(length))?);
            Ok(Cell { first, last, used: u32::try_from(used).map_err(D::Error::custom)? })
        };
        if numbers.len() > 3 * BELIEVED {
            return Err(D::Error::custom(format!("more than {BELIEVED} cells")));
        }
        numbers.chunks(3).map(cell).collect()
    }
}

#[cfg(test)]
mod tests;
