//! How Fermata stands at one moment: what the command shows and the API answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::outlook::{Outlook, outlook};
use super::sentence::{Held, RunStanding, Standing, sentence};
use super::{Patience, Trouble, troubles};
use crate::pace::{DayLimit, RATE_PERIOD};
use crate::ports::{Control, Frontier, Gauges, Messages, Overview, PortError, Records};
use crate::run::{GenreTracks, Report, Run};
use crate::term::{Lane, RunId, Source, Sources};
use crate::web_api::Bucket;

/// Most waiting terms that are counted for one source.
const MOST_WAITING: usize = 1000;

/// AWS counts the rows of a table about every six hours. This long after a run its count is not behind it.
const COUNTED: SignedDuration = SignedDuration::from_hours(12);

/// Unfinished terms of the open run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Terms that wait to be sent, of the sources that have any. A count of 1,000 is a lower bound.
    pub ready: BTreeMap<Source, u64>,
    /// Whether a count of `ready` is only a lower bound.
    pub more: bool,
    /// Terms in the window.
    pub sent: u64,
}

impl Waiting {
    /// Counts the unfinished terms of a run.
    pub async fn of<F: Frontier + Sync>(frontier: &F, run: &RunId) -> Result<Self, PortError> {
        let mut waiting = Self { sent: counted(frontier, run, Lane::SENT).await?, ..Self::default() };
        for source in Source::ALL {
            let ready = counted(frontier, run, Lane::Ready(source)).await?;
            waiting.more |= Self::is_lower_bound(ready);
            if ready > 0 {
                waiting.ready.insert(source, ready);
            }
        }
        Ok(waiting)
    }

    /// Whether a count of ready terms stopped at the most that is counted.
    pub fn is_lower_bound(ready: u64) -> bool {
        ready >= MOST_WAITING as u64
    }

    /// Terms of all sources that wait to be sent; a lower bound if there are `more`.
    pub fn total(&self) -> u64 {
        self.ready.values().sum()
    }
}

async fn counted<F: Frontier + Sync>(frontier: &F, run: &RunId, lane: Lane) -> Result<u64, PortError> {
    Ok(frontier.count(run, lane, MOST_WAITING).await? as u64)
}

/// How Fermata stands at one moment. Reading it costs about the same however large the tables are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The control table.
    pub overview: Overview,
    /// The last run for artists before the open one; `None` if no run is open, or one for tracks alone.
    pub before: Option<Run>,
    /// Unfinished terms; none if no run is open.
    pub waiting: Waiting,
    /// Rows of the artists table; AWS counts them about every six hours.
    pub artists: u64,
    /// Messages in the window.
    pub window: Messages,
    /// Dead letters.
    pub dead_letters: u64,
    /// When it was read.
    pub at: Timestamp,
}

impl Status {
    /// Reads it at `now`.
    pub async fn read<C, F, G>(
        control: &C,
        frontier: &F,
        gauges: &G,
        now: Timestamp,
    ) -> Result<Self, PortError>
    where
        C: Control + Records + Sync,
        F: Frontier + Sync,
        G: Gauges + Sync,
    {
        let overview = control.overview().await?;
        let open = overview.open_run();
        let waiting = match open {
            Some(run) => Waiting::of(frontier, &run.id).await?,
            None => Waiting::default(),
        };
        let before = match open.and_then(Run::basis) {
            Some(before) => control.closed_run(before).await?,
            None => None,
        };
        // Of a run that was opened when that was not recorded, only the run before it is known.
        let before = before.filter(|run| run.tracks != GenreTracks::Alone);
        Ok(Self {
            before,
            waiting,
            artists: gauges.artists().await?,
            window: gauges.window().await?,
            dead_letters: gauges.dead_letters().await?,
            at: now,
            overview,
        })
    }

    /// The state in words: one sentence, and another about the catalogue if something is known about it.
    /// Contains text from other parties unescaped.
    pub fn sentence(&self) -> String {
        let pace = &self.overview.pace;
        sentence(&Standing {
            run: self.overview.run.as_ref().map(|run| run_standing(run, self.at)),
            artists: self.artists.max(self.artists_of_run()),
            sent: Some(pace.sent_before(self.at)).filter(|sent| *sent >= 0.5),
            limit: pace.learned.ceiling(),
            held: self.held(),
            outlook: self.outlook(),
        })
    }

    /// Artists that the open run, or one that has just closed, has stored: the table has at least these. Zero
    /// later, because rows expire.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast is meant to saturate"
    )]
    fn artists_of_run(&self) -> u64 {
        if self.overview.open_run().is_some() {
            return self.outlook().artists.max(0.0).round() as u64;
        }
        let last = self.overview.run.as_ref();
        let recent =
            last.filter(|run| run.closed_at.is_some_and(|end| self.at.duration_since(end) < COUNTED));
        let report = recent.and_then(|run| run.report.as_ref());
        report.map_or(0, |report| report.artists_new.saturating_add(report.artists_returned))
    }

    /// What the open run may expect.
    pub fn outlook(&self) -> Outlook {
        outlook(&self.overview, self.before.as_ref(), self.rate())
    }

    /// The hold that keeps the next request back.
    fn held(&self) -> Option<Held> {
        let pace = &self.overview.pace;
        // A bucket without a hold counts as the shortest.
        let asked = asked(&self.overview);
        let buckets = pace.buckets.iter().filter(|(bucket, _)| asked.contains(bucket));
        let holds = buckets.map(|(bucket, state)| (pace.held_at(*bucket, self.at), *bucket, state));
        let (until, bucket, state) = holds.min_by_key(|(until, bucket, _)| (*until, *bucket))?;
        let until = until?;
        // A hold of the bucket's own follows a refusal for Spotify's quota.
        let limit = if state.hold_until > self.at {
            state.day.quota().map(DayLimit::Spotify)
        } else {
            state.day.spent(self.at)
        };
        let left = Duration::try_from(until.duration_since(self.at)).ok()?;
        let limit = limit.filter(|_| pace.hold_until < until);
        Some(Held { left, until, day: limit.map(|limit| (bucket, limit)) })
    }

    /// Requests per second over the last half minute.
    fn rate(&self) -> f64 {
        self.overview.pace.sent_before(self.at).max(0.0) / RATE_PERIOD.as_secs_f64()
    }

    /// What somebody has to look into, as far as this shows it.
    pub fn troubles(&self, patience: &Patience) -> Vec<Trouble> {
        let mut troubles = troubles(&self.overview, patience, self.at);
        if self.dead_letters > 0 {
            troubles.push(Trouble::DeadLetters);
        }
        troubles
    }
}

/// How long until one of the buckets that the run asks may send again; `None` if one may send now.
pub fn hold(overview: &Overview, now: Timestamp) -> Option<Duration> {
    // A bucket without a hold counts as the shortest.
    let until =
        asked(overview).into_iter().map(|bucket| overview.pace.held_at(bucket, now)).min().flatten()?;
    Duration::try_from(until.duration_since(now)).ok()
}

/// The buckets that the run asks, as far as its sources have asked anything; all that were ever used where
/// they have not.
fn asked(overview: &Overview) -> BTreeSet<Bucket> {
    let used = || overview.pace.buckets.keys().copied();
    let sources: Sources = overview.yields().0.keys().copied().collect();
    let of_run: BTreeSet<Bucket> =
        used().filter(|bucket| sources.buckets().any(|of| of == *bucket)).collect();
    if of_run.is_empty() { used().collect() } else { of_run }
}

/// The state of the run at `now`.
pub fn run_standing(run: &Run, now: Timestamp) -> RunStanding {
    let end = run.closed_at.unwrap_or(now);
    RunStanding {
        id: run.id.to_string(),
        state: run.state,
        age: Duration::try_from(end.duration_since(run.opened_at)).unwrap_or_default(),
        stopped: run.stopped.clone(),
        unanswered: run.report.as_ref().map_or(0, unanswered),
    }
}

fn unanswered(report: &Report) -> u64 {
    report.open.saturating_add(report.failed).saturating_add(report.unasked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::{BucketState, LeaseAnswer, LeaseRequest, PaceState, Pacing, WaitPolicy};
    use crate::plan::{Yield, Yields};

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    /// An open run that asks `sources`, while searches are held and playlists are not.
    fn held(sources: &[Source]) -> Overview {
        let until = now() + Duration::from_hours(20);
        let search = BucketState { hold_until: until, ..BucketState::default() };
        let buckets = [(Bucket::Search, search), (Bucket::Playlists, BucketState::default())].into();
        let run = Run::open(RunId::new("2026-11-23").unwrap(), now());
        let asked = sources.iter().map(|source| (*source, Yield { asked: 1.0, ..Yield::default() }));
        Overview {
            yields: Some((run.id.clone(), Yields(asked.collect()))),
            run: Some(run),
            pace: PaceState { buckets, ..PaceState::default() },
            ..Overview::default()
        }
    }

    fn status(overview: Overview) -> Status {
        Status { overview, at: now(), ..Status::default() }
    }

    #[test]
    fn a_hold_of_the_app_that_ends_later_is_not_put_down_to_a_day_that_is_used_up() {
        let mut pace = PaceState::default();
        let leased = pace.lease(&LeaseRequest {
            now: now(),
            bucket: Bucket::Search,
            pacing: Pacing { rate: None, search_per_day: Some(1) },
            time_per_use: Duration::from_millis(200),
            horizon: WaitPolicy::horizon(),
            in_hand: None,
            settled: Vec::new(),
        });
        assert!(matches!(leased, LeaseAnswer::Granted(_)), "{leased:?}");
        for (hours, is_the_day) in [(1, true), (48, false)] {
            let hold_until = now() + Duration::from_hours(hours);
            let pace = PaceState { hold_until, ..pace.clone() };
            let held = status(Overview { pace, ..held(&[Source::Search]) }).held().unwrap();
            assert_eq!(held.day.is_some(), is_the_day, "{hours} hours");
        }
    }

    #[test]
    fn a_bucket_that_the_run_does_not_ask_hides_no_hold() {
        let lasts = Some(Duration::from_hours(20));
        assert_eq!(hold(&held(&[Source::Search]), now()), lasts);
        assert_eq!(hold(&held(&[Source::Search, Source::Playlists]), now()), None, "playlists can be asked");
        assert_eq!(hold(&held(&[]), now()), None, "nothing is known of what it asks");
        let status = status(held(&[Source::Search]));
        assert!(status.sentence().contains("on hold"), "{}", status.sentence());
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// At three o'clock, with a table in which AWS has counted no artist yet.
    fn uncounted(run: Run, yields: Option<(RunId, Yields)>) -> Status {
        let overview = Overview { run: Some(run), yields, ..Overview::default() };
        Status { overview, at: at("2026-11-23T03:00:00Z"), ..Status::default() }
    }

    #[test]
    fn an_open_run_stores_artists_before_aws_counts_them() {
        let run = RunId::new("1").unwrap();
        let mut yields = Yields::default();
        yields.add(Source::Search, Yield { asked: 40.0, found: 1_234.4, ..Yield::default() });
        let open = Run::open(run.clone(), at("2026-11-23T02:00:00Z"));
        let mut status = uncounted(open, Some((run, yields)));
        assert!(status.sentence().contains(": 1,234 artists in the table"), "{}", status.sentence());
        status.artists = 9_000;
        assert!(status.sentence().contains(": 9,000 artists in the table"), "{}", status.sentence());
    }

    #[test]
    fn a_closed_run_counts_as_stored_until_aws_has_counted() {
        let report = Report { artists_new: 1_000, artists_returned: 500, ..Report::default() };
        let run = Run::open(RunId::new("1").unwrap(), at("2026-11-22T00:00:00Z"));
        for (closed, said) in
            [("2026-11-23T02:59:00Z", "1,500 artists"), ("2026-11-22T15:00:00Z", "no artists yet")]
        {
            let sentence = uncounted(run.clone().closed(report.clone(), at(closed)), None).sentence();
            assert!(sentence.contains(&format!(": {said} in the table")), "{closed}: {sentence}");
        }
    }
}
