//! How Fermata stands now.

use std::collections::BTreeMap;
use std::time::Duration;

use collect::operator::{self, Patience, Waiting, hold};
use collect::pace::{BucketState, PaceState};
use collect::plan::ArtistRow;
use collect::ports::Messages;
use collect::term::Source;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::latest::Latest;
use super::run::RunSummary;

/// How Fermata stands now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Status {
    /// When this was read.
    pub read_at: Timestamp,
    /// The state in words.
    pub sentence: String,
    /// Whether all is well.
    pub level: Level,
    /// What somebody has to look into.
    pub troubles: Vec<Trouble>,
    /// The open run, or else the last one; `null` before the first.
    pub run: Option<RunSummary>,
    /// What the open run has done so far; `null` if no run is open.
    pub progress: Option<Progress>,
    /// Rows of the artists table. AWS counts them about every six hours.
    pub artists_stored: u64,
    /// How fast Fermata may ask.
    pub pace: Pace,
    /// Unfinished terms of the open run.
    pub frontier: Frontier,
    /// Messages in the queue.
    pub window: Window,
    /// Dead letters.
    pub dead_letters: u64,
    /// What the run has found and finished last.
    pub latest: Latest,
}

/// Whether all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Somebody has to look into something.
    Attention,
    /// A run is open, and Spotify told it to wait.
    Held,
    /// A run is open and asks.
    Working,
    /// No run is open.
    Idle,
}

/// What somebody has to look into. `infra/RUNBOOK.md` has a section for each, under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trouble {
    /// Its name in alarms and in the runbook.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// What the open run has done so far.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Progress {
    /// Artists that it has seen, each once; approximate.
    pub artists: u64,
    /// Requests, refusals excluded.
    pub requests: u64,
    /// How much of the catalogue that is, as far as an earlier run allows an estimate.
    pub expected: Option<Expected>,
    /// Seconds until it has sent as many requests as the last run for artists before it; `null` if that
    /// cannot be said.
    pub seconds_left: Option<u64>,
}

/// How much of the catalogue the open run has seen, with the ends of a 95 % interval, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Expected {
    /// Share of the catalogue.
    pub share: f64,
    /// The low end of the interval of `share`.
    pub share_low: f64,
    /// The high end.
    pub share_high: f64,
    /// Artists in the catalogue.
    pub catalogue: f64,
    /// The run that estimated the catalogue.
    pub by_run: String,
}

/// How fast Fermata may ask.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Pace {
    /// Permits that were due in the last 30 seconds.
    pub sent_30s: u64,
    /// The rate that has been learned, in requests per 30 seconds. An operator's own rate is not shown here.
    pub learned_30s: f64,
    /// The limit that has been learned; `null` before the first refusal.
    pub limit_30s: Option<f64>,
    /// Permits granted since the deployment.
    pub granted: u64,
    /// Refusals for the rate since the deployment.
    pub refused: u64,
    /// The hold of the whole app; `null` if there is none.
    pub hold: Option<Hold>,
    /// The buckets in use, by name.
    pub buckets: BTreeMap<&'static str, BucketPace>,
}

/// The pace of one bucket of endpoints that share a limit.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BucketPace {
    /// Permits that were due in the last 30 seconds.
    pub sent_30s: u64,
    /// Requests in the last 24 hours.
    pub used_24h: u32,
    /// The learned quota of 24 hours; `null` if none is known.
    pub quota_24h: Option<u32>,
    /// Refusals for the quota since the deployment.
    pub refused: u64,
    /// Its hold, or that of the app if that lasts longer; `null` if there is none.
    pub hold: Option<Hold>,
}

/// The time before which nothing may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hold {
    /// When it ends.
    pub until: Timestamp,
    /// Seconds from `read_at` to its end.
    pub seconds_left: u64,
}

/// Unfinished terms of the open run.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Frontier {
    /// The sources that have ready terms or have asked, by name.
    pub sources: BTreeMap<&'static str, FrontierSource>,
    /// Terms in the window; at most 1,000 are counted.
    pub sent: u64,
}

/// The unfinished terms of one source, and what it has brought in the open run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct FrontierSource {
    /// Terms that wait to be sent.
    pub ready: u64,
    /// Whether `ready` is only a lower bound.
    pub more: bool,
    /// Requests of the open run.
    pub requests: u64,
    /// Artists that they brought, each counted once in the run.
    pub artists: u64,
    /// Artists per request; `null` without requests.
    pub artists_per_request: Option<f64>,
}

/// Messages in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Window {
    /// Ready to be received.
    pub visible: u64,
    /// Received or deferred.
    pub hidden: u64,
}

impl Status {
    /// What the API says about a status; `rows` are those of the latest artists.
    pub fn new(status: &operator::Status, rows: Vec<ArtistRow>, patience: &Patience) -> Self {
        let at = status.at;
        let troubles: Vec<_> = status.troubles(patience).into_iter().map(Trouble::from).collect();
        let is_open = status.overview.open_run().is_some();
        let level = match (is_open, hold(&status.overview, at)) {
            _ if !troubles.is_empty() => Level::Attention,
            (true, Some(_)) => Level::Held,
            (true, None) => Level::Working,
            (false, _) => Level::Idle,
        };
        let Messages { visible, hidden } = status.window;
        Self {
            read_at: at,
            sentence: status.sentence(),
            level,
            troubles,
            run: status.overview.run.as_ref().map(Into::into),
            progress: is_open.then(|| status.outlook().into()),
            artists_stored: status.artists,
            pace: Pace::new(&status.overview.pace, at),
            frontier: Frontier::new(status),
            window: Window { visible, hidden },
            dead_letters: status.dead_letters,
            latest: Latest::new(&status.overview.latest(), rows),
        }
    }

    /// The same without the time at which it was read: as long as this stays, nothing has happened.
    #[must_use]
    pub fn essence(&self) -> Self {
        let timeless = |hold: &mut Option<Hold>| {
            if let Some(hold) = hold {
                hold.seconds_left = 0;
            }
        };
        let mut essence = Self { read_at: Timestamp::UNIX_EPOCH, ..self.clone() };
        timeless(&mut essence.pace.hold);
        essence.pace.buckets.values_mut().for_each(|bucket| timeless(&mut bucket.hold));
        essence
    }
}

impl From<operator::Trouble> for Trouble {
    fn from(trouble: operator::Trouble) -> Self {
        Self { name: trouble.name(), meaning: trouble.meaning() }
    }
}

impl From<operator::Outlook> for Progress {
    fn from(outlook: operator::Outlook) -> Self {
        let expected = |coverage: operator::Coverage| Expected {
            share: coverage.share,
            share_low: coverage.low,
            share_high: coverage.high,
            catalogue: coverage.catalogue,
            by_run: coverage.basis.into(),
        };
        Self {
            artists: whole(outlook.artists),
            requests: whole(outlook.requests),
            expected: outlook.coverage.map(expected),
            seconds_left: outlook.left.map(|left| left.as_secs()),
        }
    }
}

impl Pace {
    fn new(pace: &PaceState, at: Timestamp) -> Self {
        let bucket = |state: &BucketState, hold| BucketPace {
            sent_30s: whole(state.recent.within_rate_period_before(at)),
            used_24h: state.day.used(at),
            quota_24h: state.day.quota(),
            refused: state.refused,
            hold,
        };
        let buckets = pace.buckets.iter();
        let hold = |until| Hold::new(until, at);
        Self {
            sent_30s: whole(pace.sent_before(at)),
            learned_30s: pace.learned.rate(),
            limit_30s: pace.learned.ceiling(),
            granted: pace.granted,
            refused: pace.refused,
            hold: (pace.hold_until > at).then(|| hold(pace.hold_until)),
            buckets: buckets
                .map(|(name, state)| (name.name(), bucket(state, pace.held_at(*name, at).map(hold))))
                .collect(),
        }
    }
}

impl Hold {
    fn new(until: Timestamp, at: Timestamp) -> Self {
        let left = Duration::try_from(until.duration_since(at)).unwrap_or_default();
        Self { until, seconds_left: left.as_secs() }
    }
}

impl Frontier {
    fn new(status: &operator::Status) -> Self {
        let yields = status.overview.yields();
        let source = |source: Source| {
            let (of, ready) = (yields.of(source), status.waiting.ready.get(&source).copied().unwrap_or(0));
            let (requests, artists) = (of.asked.max(0.0), of.found.max(0.0));
            let figures = FrontierSource {
                ready,
                more: Waiting::is_lower_bound(ready),
                requests: whole(requests),
                artists: whole(artists),
                artists_per_request: (requests >= 1.0).then(|| artists / requests),
            };
            (ready > 0 || requests >= 1.0).then_some((source.name(), figures))
        };
        Self { sources: Source::ALL.into_iter().filter_map(source).collect(), sent: status.waiting.sent }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast is meant to saturate")]
fn whole(count: f64) -> u64 {
    count.max(0.0).round() as u64
}
