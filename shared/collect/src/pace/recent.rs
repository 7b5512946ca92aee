//! The permits of the last half minute, by the second they were due in.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::stamp;

/// Seconds kept before the newest one: Spotify's rate period and one more for the cut at its edge.
const KEPT: i64 = 31;

/// Leases reach this many seconds ahead of now at most.
const LEASED_AHEAD: i64 = 22;

/// Counts of permits by the second of their due time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Recent {
    /// The second (of the epoch) of the first count.
    from: i64,
    /// One count a second, without gaps.
    counts: Vec<u32>,
}

/// [`Recent`] as it stands in an item.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    from: i64,
    counts: Vec<u32>,
}

/// Most permits in a second, and most seconds, that an item is believed to hold.
const BELIEVED: (u32, usize) = (1_000_000, 128);

impl TryFrom<Stored> for Recent {
    type Error = String;

    fn try_from(Stored { from, counts }: Stored) -> Result<Self, String> {
        let (permits, seconds) = BELIEVED;
        if !stamp::is_second(from) {
            return Err(format!("{from} is no second between 1970 and 2200"));
        }
        if counts.len() > seconds || counts.iter().any(|count| *count > permits) {
            return Err(format!("more than {seconds} seconds, or {permits} permits in one"));
        }
        Ok(Self { from, counts })
    }
}

impl Recent {
    /// Counts `permits` that are due one `interval` apart from `first_due` on.
    pub(super) fn add(&mut self, first_due: Timestamp, interval: Duration, permits: u32) {
        for permit in 0..permits {
            let second = (first_due + interval.saturating_mul(permit)).as_second();
            self.reach(second);
            if let Some(count) =
                usize::try_from(second - self.from).ok().and_then(|at| self.counts.get_mut(at))
            {
                *count += 1;
            }
        }
    }

    /// Makes room for `second` and forgets what is too old beside it.
    fn reach(&mut self, second: i64) {
        let length = |counts: &Vec<u32>| i64::try_from(counts.len()).unwrap_or(i64::MAX);
        if self.counts.is_empty() || second - (self.from + length(&self.counts)) > KEPT {
            (self.from, self.counts) = (second, vec![0]);
        }
        let missing = second + 1 - (self.from + length(&self.counts));
        self.counts.extend((0..missing).map(|_| 0));
        let old = (length(&self.counts) - KEPT - LEASED_AHEAD).max(0);
        self.counts.drain(..usize::try_from(old).unwrap_or_default());
        self.from += old;
    }

    /// The last second that has a count.
    pub(super) fn last(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.counts.len()).ok().filter(|seconds| *seconds > 0)?;
        Timestamp::from_second(self.from + seconds - 1).ok()
    }

    /// Whether nothing is counted.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Forgets everything if it is too old at `now` to count.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let end = self.from.saturating_add(i64::try_from(self.counts.len()).unwrap_or(i64::MAX));
        if end + KEPT < now.as_second() {
            *self = Self::default();
        }
    }

    /// The permits that are due after `due`. In the second of `due` itself they count as evenly spread.
    pub(super) fn due_after(&self, due: Timestamp) -> u32 {
        self.clone().cut_after(due)
    }

    /// Forgets the permits that are due after `due`, and returns how many they were. In the second of `due`
    /// itself they count as evenly spread.
    pub(super) fn cut_after(&mut self, due: Timestamp) -> u32 {
        let own = usize::try_from(due.as_second() - self.from).ok();
        let later = own.map_or(0, |own| own + 1).min(self.counts.len());
        let mut cut: u32 = self.counts.drain(later..).sum();
        if let Some(count) = own.and_then(|own| self.counts.get_mut(own)) {
            let after = u64::try_from(1_000_000_000 - i64::from(due.subsec_nanosecond())).unwrap_or_default();
            let share = u32::try_from(u64::from(*count) * after / 1_000_000_000).unwrap_or_default();
            *count -= share;
            cut += share;
        }
        if self.counts.is_empty() {
            // Nothing has no place in time. The table does not keep one either.
            *self = Self::default();
        }
        cut
    }

    /// Takes permits that were not used off the seconds before `now`, the latest first.
    pub(super) fn give_back(&mut self, mut unused: u32, now: Timestamp) {
        let passed =
            usize::try_from(now.as_second() + 1 - self.from).unwrap_or_default().min(self.counts.len());
        for count in self.counts.iter_mut().take(passed).rev() {
            let back = unused.min(*count);
            *count -= back;
            unused -= back;
        }
    }

    /// Permits that were due in the 30 seconds before `end`; the second at each edge counts by its share.
    pub fn within_rate_period_before(&self, end: Timestamp) -> f64 {
        let micros = |second: i64| second.saturating_mul(1_000_000);
        let (start, end) = (end.as_microsecond() - 30_000_000, end.as_microsecond());
        let counts = self.counts.iter().zip(self.from..).map(|(count, second)| {
            let overlap = end.min(micros(second + 1)) - start.max(micros(second));
            #[expect(clippy::cast_precision_loss, reason = "at most a million")]
            let share = overlap.max(0) as f64 / 1e6;
            f64::from(*count) * share
        });
        counts.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
    }

    #[test]
    fn permits_of_the_last_half_minute_are_counted() {
        let mut recent = Recent::default();
        for lease in 0..100 {
            recent.add(at(lease * 1000), Duration::from_millis(100), 10);
        }
        let count = recent.within_rate_period_before(at(100_000));
        assert!((count - 300.0).abs() < 1e-6, "{count}");
        let half_a_second_on = recent.within_rate_period_before(at(100_500));
        assert!((half_a_second_on - 295.0).abs() < 1e-6, "{half_a_second_on}");
        assert!(recent.counts.len() <= 54, "{} seconds are kept", recent.counts.len());
    }

    #[test]
    fn what_is_due_later_can_be_cut_and_what_was_not_used_given_back() {
        let mut recent = Recent::default();
        recent.add(at(0), Duration::from_millis(100), 40);
        assert_eq!(recent.cut_after(at(2_500)), 15);
        assert!((recent.within_rate_period_before(at(4_000)) - 25.0).abs() < 1e-6);
        recent.give_back(7, at(2_900));
        assert!((recent.within_rate_period_before(at(4_000)) - 18.0).abs() < 1e-6);
        let earlier = recent.within_rate_period_before(at(1_000));
        assert!((earlier - 10.0).abs() < 1e-6, "{earlier}: the latest are the unused ones");
    }

    #[test]
    fn a_pause_empties_the_rate_period() {
        let mut recent = Recent::default();
        recent.add(at(0), Duration::from_millis(100), 10);
        recent.add(at(3_600_000), Duration::from_millis(100), 5);
        assert!((recent.within_rate_period_before(at(3_601_000)) - 5.0).abs() < 1e-6);
        assert!(recent.within_rate_period_before(at(7_200_000)).abs() < 1e-6);
    }
}
