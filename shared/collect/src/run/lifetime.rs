//! How long a run may stay open, and when what it leaves behind expires.
//!
//! Nothing that belongs to an open run expires. The rows of the artists that it saw do, as always:
//! `retention` after they were last seen. So a run must close before that happens to the first of them, and
//! it may stay open for nine tenths of the retention. The last tenth is for the count, for the export, and,
//! from 70 days of retention on, for the weekly event that opens the next run. What the run leaves behind
//! gets its end when it closes, `retention` later.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{GenreTracks, Run, Seeding};

/// How the reason of a run begins that grew too old.
const FOR_ITS_AGE: &str = "stopped: the run was open for ";

/// The end of what was last needed at `since`.
pub fn end(since: Timestamp, retention: Duration) -> Timestamp {
    since.checked_add(retention).unwrap_or(Timestamp::MAX)
}

/// The longest that a run may stay open, and the longest after its close that another run may begin with its
/// leaves.
pub fn longest(retention: Duration) -> Duration {
    retention / 10 * 9
}

/// Whether so much time has passed from `since` to `now`.
fn is_past(since: Timestamp, now: Timestamp, duration: Duration) -> bool {
    now.duration_since(since) >= SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

impl Run {
    /// Why the run may not stay open at `now`, or `None` while it may.
    pub fn is_too_old(&self, retention: Duration, now: Timestamp) -> Option<String> {
        let days = |time: Duration| (time.as_secs_f64() / 8_640.0).round() / 10.0;
        let longest = longest(retention);
        is_past(self.opened_at, now, longest).then(|| {
            format!(
                "{FOR_ITS_AGE}{} days, and rows are kept for {}: the first would expire before it ends",
                days(longest),
                days(retention)
            )
        })
    }

    /// Whether a run that stopped for this reason had grown too old.
    pub fn is_for_its_age(reason: &str) -> bool {
        reason.starts_with(FOR_ITS_AGE)
    }

    /// Whether it is closed and was open for as long as a run may be.
    pub fn grew_too_old(&self, retention: Duration) -> bool {
        self.closed_at.is_some_and(|closed| is_past(self.opened_at, closed, longest(retention)))
    }

    /// Whether the leaves of an earlier run that this one has not put yet can still be read at `now`, with
    /// time to put them before they expire. True for a run that has none to put.
    pub fn can_be_seeded(&self, retention: Duration, now: Timestamp) -> bool {
        let has_leaves_to_put = !self.seeded
            && self.earlier.is_some()
            && matches!(self.seeding, Seeding::Roots | Seeding::Leaves { .. });
        let are_kept = |closed| !is_past(closed, now, longest(retention));
        !has_leaves_to_put || self.earlier_closed.is_some_and(are_kept)
    }

    /// Whether a run that opens at `now` may begin with the leaves that this one has not asked to their end:
    /// it asked for tracks alone, or was stopped before it was seeded.
    pub fn hands_leaves_on(&self, retention: Duration, now: Timestamp) -> bool {
        let are_kept = |closed| !is_past(closed, now, longest(retention));
        let leaves_them = self.tracks == GenreTracks::Alone || !self.seeded;
        leaves_them && self.earlier_closed.is_some_and(are_kept)
    }

    /// Whether a run that opens at `now` finds all terms of this closed one, with time to read them before
    /// they expire.
    pub fn keeps_terms(&self, retention: Duration, now: Timestamp) -> bool {
        self.closed_at.is_some_and(|closed| !is_past(closed, now, longest(retention)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Report;
    use crate::term::RunId;

    const DAY: Duration = Duration::from_hours(24);

    fn at(days: u32) -> Timestamp {
        "2026-11-23T03:00:00Z".parse::<Timestamp>().unwrap() + DAY * days
    }

    #[test]
    fn a_run_is_too_old_when_nine_tenths_of_the_retention_are_over() {
        let run = Run::open(RunId::of_day(at(0)), at(0));
        assert_eq!(run.is_too_old(90 * DAY, at(81) - Duration::from_secs(1)), None);
        let reason = run.is_too_old(90 * DAY, at(81)).unwrap();
        assert!(reason.contains("81 days") && reason.contains("for 90"), "{reason}");
        assert!(run.is_too_old(DAY, at(0) + DAY / 10 * 9).unwrap().contains("0.9 days"));
    }

    #[test]
    fn the_terms_of_a_run_are_kept_from_its_close_on_however_long_it_was_open() {
        let closed = |day| Run::open(RunId::of_day(at(0)), at(0)).closed(Report::default(), at(day));
        assert!(closed(80).keeps_terms(90 * DAY, at(160)) && !closed(80).keeps_terms(90 * DAY, at(161)));
        assert!(!closed(80).grew_too_old(90 * DAY) && closed(81).grew_too_old(90 * DAY));
        assert!(!Run::open(RunId::of_day(at(0)), at(0)).keeps_terms(90 * DAY, at(1)), "it is open");
    }

    #[test]
    fn the_end_is_the_retention_later_even_where_that_is_for_ever() {
        assert_eq!(end(at(0), 90 * DAY), at(90));
        assert_eq!(end(at(0), Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn the_leaves_that_a_run_has_not_put_or_hands_on_expire() {
        let open = Run {
            earlier: Some(RunId::of_day(at(0))),
            earlier_closed: Some(at(0)),
            ..Run::open(RunId::of_day(at(7)), at(7))
        };
        let alone = Run { tracks: GenreTracks::Alone, seeded: true, ..open.clone() };
        let seeded = Run { seeded: true, ..open.clone() };
        let strings = Run { seeding: Seeding::Strings { put: 1 }, ..open.clone() };
        for (day, are_kept) in [(80, true), (81, false)] {
            assert_eq!(open.can_be_seeded(90 * DAY, at(day)), are_kept);
            for run in [&alone, &open, &strings] {
                assert_eq!(run.hands_leaves_on(90 * DAY, at(day)), are_kept, "{run:?}");
            }
        }
        assert!(!seeded.hands_leaves_on(90 * DAY, at(8)), "it asked for these leaves itself");
        assert!([seeded, strings].iter().all(|run| run.can_be_seeded(90 * DAY, at(500))));
    }
}
