//! What an operator wants to be woken for, read off the control table alone: a run that stands still, or takes too long.

use std::time::Duration;

use jiff::Timestamp;

use crate::ports::Overview;

/// An open run at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Since it was opened.
    pub age: Duration,
    /// Since anybody was last given leave to ask Spotify, or since the end of the hold that kept everybody from it; zero
    /// while the app or a bucket is held. A run that goes on asks again within minutes, so an hour of this means that nobody works.
    pub idle: Duration,
}

/// The open run at `now`; `None` when none is open.
pub fn watch(overview: &Overview, now: Timestamp) -> Option<Watch> {
    let run = overview.open_run()?;
    let since = |time: Timestamp| Duration::try_from(now.duration_since(time)).unwrap_or_default();
    let age = since(run.opened_at);
    let pace = &overview.pace;
    let held = pace.buckets.keys().any(|bucket| pace.held_at(*bucket, now).is_some());
    let holds = pace.buckets.values().map(|bucket| bucket.hold_until).chain([pace.hold_until]);
    let last = holds.fold(pace.next, Timestamp::max);
    Some(Watch { age, idle: if held { Duration::ZERO } else { since(last).min(age) } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::{BucketState, PaceState};
    use crate::run::{Report, Run};
    use crate::term::RunId;
    use crate::web_api::Bucket;

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap() + Duration::from_mins(minutes)
    }

    fn run() -> Run {
        Run::open(RunId::new("2026-11-23").unwrap(), at(0))
    }

    fn overview(pace: PaceState) -> Overview {
        Overview { run: Some(run()), pace, ..Overview::default() }
    }

    /// The pace after a last permit and with a hold of searches.
    fn pace(next: Timestamp, hold_until: Timestamp) -> PaceState {
        let search = BucketState { hold_until, ..BucketState::default() };
        PaceState { next, buckets: [(Bucket::Search, search)].into(), ..PaceState::default() }
    }

    fn idle(pace: PaceState, now: Timestamp) -> u64 {
        watch(&overview(pace), now).unwrap().idle.as_secs() / 60
    }

    #[test]
    fn a_run_is_idle_since_the_last_permit() {
        let asked = pace(at(100), Timestamp::UNIX_EPOCH);
        assert_eq!(idle(asked.clone(), at(99)), 0, "permits are granted ahead");
        assert_eq!(idle(asked, at(170)), 70);
    }

    #[test]
    fn a_run_that_never_asked_is_idle_since_it_was_opened() {
        assert_eq!(watch(&overview(PaceState::default()), at(61)).unwrap().idle, Duration::from_mins(61));
        let of_an_earlier_run = pace(at(0) - Duration::from_hours(90), Timestamp::UNIX_EPOCH);
        assert_eq!(idle(of_an_earlier_run, at(5)), 5);
    }

    #[test]
    fn a_run_that_is_held_is_not_idle_and_afterwards_only_since_the_end_of_the_hold() {
        let of_searches = pace(at(10), at(600));
        let of_the_app = PaceState { hold_until: at(600), ..pace(at(10), Timestamp::UNIX_EPOCH) };
        for held in [of_searches, of_the_app] {
            assert_eq!(idle(held.clone(), at(599)), 0);
            assert_eq!(idle(held, at(620)), 20);
        }
    }

    #[test]
    fn the_age_counts_from_the_opening_and_only_an_open_run_is_watched() {
        assert_eq!(watch(&overview(PaceState::default()), at(2880)).unwrap().age, Duration::from_hours(48));
        let closed = run().closed(Report::default(), at(7));
        assert_eq!(watch(&Overview { run: Some(closed), ..Overview::default() }, at(8)), None);
        assert_eq!(watch(&Overview::default(), at(8)), None);
    }
}
