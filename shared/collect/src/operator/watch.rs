//! What an operator wants to be woken for, read off the control table alone: a run that stands still, takes
//! too long, was stopped, has missed too much, or was not opened.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::plan::stop;
use crate::ports::Overview;
use crate::run::{GenreTracks, Report, Run};

/// A run that goes on asks again within minutes. After this long without a request, nobody works on it.
const STUCK: Duration = Duration::from_hours(1);

/// What somebody has to look into. `infra/RUNBOOK.md` has a section for each, under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Trouble {
    /// A run is open and not held, and nobody has asked Spotify anything for an hour.
    RunStuck,
    /// A run is open for longer than the operator expects.
    RunOverdue,
    /// Spotify ended the open run, or the last one: bad credentials, no Premium, search closed.
    RunStopped,
    /// The last run closed with too many questions unanswered.
    RunPartial,
    /// No run has opened for longer than the schedule allows.
    RunMissing,
    /// Leases end before a fetcher finishes their terms.
    TermsGivenBack,
    /// Terms or messages were given up.
    DeadLetters,
    /// Events of the schedules did not reach their function, or it failed on them.
    MissedSchedules,
    /// A table, a queue, the bucket or the catalogue could not be used.
    StorageTrouble,
    /// A service slowed our calls down.
    StorageThrottled,
    /// The API answered with 5xx.
    ApiErrors,
    /// A snapshot did not meet what is expected of its tables, or could not be made.
    SnapshotRefused,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::RunStuck,
        Self::RunOverdue,
        Self::RunStopped,
        Self::RunPartial,
        Self::RunMissing,
        Self::TermsGivenBack,
        Self::DeadLetters,
        Self::MissedSchedules,
        Self::StorageTrouble,
        Self::StorageThrottled,
        Self::ApiErrors,
        Self::SnapshotRefused,
    ];

    /// The name in metrics, alarms and the runbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::RunStuck => "run-stuck",
            Self::RunOverdue => "run-overdue",
            Self::RunStopped => "run-stopped",
            Self::RunPartial => "run-partial",
            Self::RunMissing => "run-missing",
            Self::TermsGivenBack => "terms-given-back",
            Self::DeadLetters => "dead-letters",
            Self::MissedSchedules => "missed-schedules",
            Self::StorageTrouble => "storage-trouble",
            Self::StorageThrottled => "storage-throttled",
            Self::ApiErrors => "api-errors",
            Self::SnapshotRefused => "snapshot-refused",
        }
    }
}

impl Trouble {
    /// What it means, in a sentence for the operator.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::RunStuck => "The run sends no requests, although it is not on hold.",
            Self::RunOverdue => "The run has been open for longer than expected.",
            Self::RunStopped => "Spotify's answers or a limit on cost stopped the run.",
            Self::RunPartial => "Too many terms of the last run have no full answer.",
            Self::RunMissing => "No run has opened for longer than the schedule allows.",
            Self::TermsGivenBack => "Leases end before fetchers finish their terms.",
            Self::DeadLetters => "Some terms were given up and wait for a redrive.",
            Self::MissedSchedules => {
                "Events of the schedules did not reach their function, or it failed on them."
            }
            Self::StorageTrouble => "A table or a queue cannot be used.",
            Self::StorageThrottled => "AWS slows the functions down.",
            Self::ApiErrors => "The API fails to answer.",
            Self::SnapshotRefused => {
                "The last export failed its checks; readers still see the previous snapshot."
            }
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What an operator puts up with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// Age at which an open run is overdue. Where a schedule opens runs, one must open every this long and a
    /// day.
    pub overdue: Duration,
    /// Whether a schedule opens runs.
    pub scheduled: bool,
    /// Largest share of the terms of a closed run that may be open, failed or unasked, from 0 to 1.
    pub unanswered: f64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { overdue: Duration::from_hours(7 * 24), scheduled: true, unanswered: 0.05 }
    }
}

/// An open run at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Since it was opened.
    pub age: Duration,
    /// Since anybody last got leave to ask Spotify, or since the end of the hold that kept everybody from it;
    /// zero while the app or a bucket is held.
    pub idle: Duration,
}

/// The open run at `now`; `None` when none is open.
pub fn watch(overview: &Overview, now: Timestamp) -> Option<Watch> {
    let run = overview.open_run()?;
    let age = since(run.opened_at, now);
    let pace = &overview.pace;
    let held = pace.buckets.keys().any(|bucket| pace.held_at(*bucket, now).is_some());
    let holds = pace.buckets.values().map(|bucket| bucket.hold_until).chain([pace.hold_until]);
    let last = holds.fold(pace.next, Timestamp::max);
    Some(Watch { age, idle: if held { Duration::ZERO } else { since(last, now).min(age) } })
}

/// The trouble that the control table shows at `now`.
pub fn troubles(overview: &Overview, patience: &Patience, now: Timestamp) -> Vec<Trouble> {
    let Some(run) = &overview.run else { return Vec::new() };
    let open = watch(overview, now);
    let day = Duration::from_hours(24);
    // A run for tracks alone is no reason to leave the artists out.
    let for_artists = run.last_for_artists().map_or(run.opened_at, |last| last.opened_at);
    let has_open = open.is_some() && run.tracks != GenreTracks::Alone;
    let found = [
        (Trouble::RunStuck, open.is_some_and(|open| open.idle >= STUCK)),
        (Trouble::RunOverdue, open.is_some_and(|open| open.age >= patience.overdue)),
        (Trouble::RunStopped, run.stopped.as_deref().is_some_and(is_stopped_by_others)),
        (Trouble::RunPartial, unanswered(run) > patience.unanswered),
        (
            Trouble::RunMissing,
            patience.scheduled && !has_open && since(for_artists, now) >= patience.overdue + day,
        ),
    ];
    found.into_iter().filter_map(|(trouble, is_there)| is_there.then_some(trouble)).collect()
}

/// Whether it was neither the operator nor its age that stopped a run for this reason.
fn is_stopped_by_others(reason: &str) -> bool {
    !stop::is_as_configured(reason) && !Run::is_for_its_age(reason)
}

/// The share of a closed run's terms without a full answer. Terms left unasked because the operator wanted
/// the run to end early do not count.
#[expect(clippy::cast_precision_loss, reason = "a share of numbers of terms")]
fn unanswered(run: &Run) -> f64 {
    let Some(Report { done, split, open, failed, unasked, .. }) = &run.report else { return 0.0 };
    let as_configured = run.stopped.as_deref().is_some_and(stop::is_as_configured);
    let missing = open.saturating_add(*failed).saturating_add(if as_configured { 0 } else { *unasked });
    let all = done.saturating_add(*split).saturating_add(missing);
    missing as f64 / all.max(1) as f64
}

fn since(time: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(time)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::{BucketState, PaceState};
    use crate::run::{ForArtists, GenreTracks, Report, Run};
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

    fn names(overview: &Overview, now: Timestamp) -> Vec<&'static str> {
        troubles(overview, &Patience::default(), now).into_iter().map(Trouble::name).collect()
    }

    fn days(days: u64) -> Timestamp {
        at(days * 24 * 60)
    }

    #[test]
    fn a_run_that_works_or_waits_for_its_week_is_no_trouble() {
        let working = overview(pace(at(100), Timestamp::UNIX_EPOCH));
        assert!(names(&working, at(120)).is_empty());
        let closed = Overview { run: Some(run().closed(Report::default(), at(9))), ..Overview::default() };
        assert!(names(&closed, days(7)).is_empty());
        assert!(names(&Overview::default(), days(7)).is_empty(), "nothing to count from yet");
    }

    #[test]
    fn an_open_run_gets_stuck_and_overdue() {
        let asked = overview(pace(at(100), Timestamp::UNIX_EPOCH));
        assert_eq!(names(&asked, at(160)), ["run-stuck"]);
        let asked_lately = overview(pace(days(7), Timestamp::UNIX_EPOCH));
        assert_eq!(names(&asked_lately, days(7)), ["run-overdue"]);
    }

    #[test]
    fn a_run_that_spotify_stopped_is_trouble_until_the_next_one_opens() {
        let with = |reason: &str| {
            let run = Run { stopped: Some(reason.to_owned()), ..run() };
            Overview {
                run: Some(run.closed(Report { unasked: 9, ..Report::default() }, at(9))),
                ..Overview::default()
            }
        };
        let refused = with("stopped: Spotify does not accept the client id and secret of the app");
        assert_eq!(names(&refused, at(10)), ["run-stopped", "run-partial"]);
        let spent = with("stopped as configured: the 9 requests that the operator allows are spent");
        assert!(names(&spent, at(10)).is_empty());
    }

    #[test]
    fn a_closed_run_is_trouble_when_more_than_the_share_is_unanswered() {
        let closed = |open, failed| {
            let report = Report { done: 90, split: 5, open, failed, ..Report::default() };
            Overview { run: Some(run().closed(report, at(9))), ..Overview::default() }
        };
        assert!(names(&closed(5, 0), at(10)).is_empty());
        assert_eq!(names(&closed(3, 3), at(10)), ["run-partial"]);
    }

    #[test]
    fn a_week_and_a_day_without_a_new_run_is_trouble_where_a_schedule_opens_them() {
        let closed = Overview { run: Some(run().closed(Report::default(), at(9))), ..Overview::default() };
        assert_eq!(names(&closed, days(8)), ["run-missing"]);
        let by_hand = Patience { scheduled: false, ..Patience::default() };
        assert!(troubles(&closed, &by_hand, days(30)).is_empty());
    }

    #[test]
    fn runs_for_tracks_alone_do_not_hide_that_no_run_for_artists_has_opened() {
        let alone = |day, opened: Option<Timestamp>| Run {
            tracks: GenreTracks::Alone,
            for_artists: opened.map(|opened_at| Box::new(ForArtists { opened_at, run: run().id })),
            ..Run::open(RunId::new("tracks-2026-11-26").unwrap(), days(day))
        };
        let closed = |run: Run| run.closed(Report::default(), days(9));
        let names = |run| {
            let pace = pace(days(9), Timestamp::UNIX_EPOCH);
            names(&Overview { run: Some(run), pace, ..Overview::default() }, days(9))
        };
        assert_eq!(names(alone(8, Some(days(0)))), ["run-missing"]);
        assert_eq!(names(closed(alone(8, Some(days(0))))), ["run-missing"]);
        assert!(names(alone(8, Some(days(4)))).is_empty());
        assert!(names(alone(8, None)).is_empty(), "nothing else to count from");
        let of_earlier_release =
            |closed| Run { earlier: Some(run().id), earlier_closed: Some(days(closed)), ..alone(8, None) };
        assert_eq!(names(of_earlier_release(0)), ["run-missing"]);
        assert!(names(of_earlier_release(4)).is_empty());
    }

    #[test]
    fn a_run_that_grew_too_old_was_stopped_by_nobody() {
        let retention = Duration::from_hours(90 * 24);
        let reason = run().is_too_old(retention, days(81)).unwrap();
        let old = Run { stopped: Some(reason), ..run() };
        let report = Report { done: 9, unasked: 9, ..Report::default() };
        let closed = Overview { run: Some(old.closed(report, days(81))), ..Overview::default() };
        assert_eq!(names(&closed, days(81)), ["run-partial", "run-missing"]);
    }

    #[test]
    fn all_troubles_are_in_all_each_under_a_name_of_its_own() {
        // Serde knows every variant and lists them: unknown variant ``, expected one of `run-stuck`, ...
        let error = serde_json::from_str::<Trouble>("\"\"").unwrap_err().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, Trouble::ALL.map(Trouble::name));
    }
}
