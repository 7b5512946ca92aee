//! From an event to the seeder's work, and to an answer that describes it.

use cloud::metrics;
use collect::operator::{self, Patience, Trouble};
use collect::ports::{Clock, Control, Minute, Opening, Overview, PortError, Scheduling, Series};
use collect::run::GenreTracks;
use collect::seeder;
use collect::seeder::{Resuming, Tick, TracksBegun};
use collect::settings::Settings;
use collect::term::RunId;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::event::{self, EventError, Job};
use crate::progress;

/// Why an event was not handled. The schedule retries, and the next tick continues.
#[derive(Debug, thiserror::Error)]
pub enum SeederError {
    /// The event names no known job, or a run that may not be opened.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A table or the queue could not be used.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<SeederError> for Diagnostic {
    fn from(error: SeederError) -> Self {
        let error_type = match &error {
            SeederError::Event(_) => "Event",
            SeederError::Port(_) => "Port",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// A schedule repeats its event for some hours, in case one is lost. An event counts as a repetition if the
/// latest run was opened less than this before it, even across midnight.
const REPEATED: SignedDuration = SignedDuration::from_hours(12);

/// How long the figures of each minute are kept for the dashboard.
const SERIES: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Handles one event. `left` checks the queues for anything given up; it is only polled every five minutes,
/// because it costs.
pub async fn handle<P: Scheduling<Control: Series>>(
    ports: &P,
    settings: &Settings,
    patience: &Patience,
    left: impl Future<Output = Result<Vec<Trouble>, PortError>> + Send,
    event: &Value,
) -> Result<Value, SeederError> {
    let answer = async {
        match Job::parse(event)? {
            Job::TopUp { scheduled_for } => {
                let left = if asks_queues(scheduled_for) { left.await? } else { Vec::new() };
                top_up(ports, settings, patience, left).await
            }
            Job::Features { run, scheduled_for } => begin_tracks(ports, settings, run, scheduled_for).await,
            Job::Resume => resume_run(ports, settings).await,
            Job::Collect { run, scheduled_for } => open_run(ports, settings, run, scheduled_for).await,
        }
    };
    let answer = answer.await.inspect_err(|error| tracing::error!(%error, "seeder"))?;
    tracing::Span::current().record("run", answer["run"].as_str());
    Ok(answer)
}

/// Whether this tick checks the queues: every fifth minute does, and so does a manual event.
fn asks_queues(scheduled_for: Option<Timestamp>) -> bool {
    scheduled_for.is_none_or(|time| (time.as_second() / 60) % 5 == 0)
}

async fn top_up<P: Scheduling<Control: Series>>(
    ports: &P,
    settings: &Settings,
    patience: &Patience,
    left: Vec<Trouble>,
) -> Result<Value, SeederError> {
    let now = ports.clock().now();
    let (mut troubles, mut minute) = (left, None);
    let observe = |overview: &Overview| {
        minute = Minute::of(overview, now);
        progress::log(overview, settings.pacing, now);
        troubles.extend(operator::troubles(overview, patience, now));
    };
    let tick = seeder::tick_observed(ports, settings, observe).await?;
    if let Some(minute) = minute {
        note(ports, &minute).await;
    }
    if matches!(tick, Tick::Working { given_back, .. } if given_back > 0) {
        troubles.push(Trouble::TermsGivenBack);
    }
    for trouble in troubles {
        metrics::report(now, trouble);
    }
    Ok(describe(&tick))
}

/// Keeps the figures of this minute for the dashboard. A gap in a chart is no reason to fail.
async fn note<P: Scheduling<Control: Series>>(ports: &P, minute: &Minute) {
    if let Err(error) = ports.control().note_minute(minute, minute.at + SERIES).await {
        tracing::warn!(%error, "the figures of this minute are not kept");
    }
}

async fn open_run<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Option<RunId>,
    scheduled_for: Option<Timestamp>,
) -> Result<Value, SeederError> {
    let run = event::requested_run(run, scheduled_for, ports.clock().now())?;
    if let Some(earlier) = repeated(ports, &run, scheduled_for).await? {
        let note = format!("run {earlier} was opened less than {} hours earlier", REPEATED.as_hours());
        tracing::info!(%run, opening = "repeated", note, "collect");
        let tick = seeder::tick(ports, settings).await?;
        return Ok(json!({"run": run, "opening": "repeated", "note": note, "tick": describe(&tick)}));
    }
    let (opening, tick) = seeder::open_run(ports, settings, run.clone()).await?;
    let (opening, note) = describe_opening(&run, opening);
    let note = match &tick {
        Tick::Counting { run, terms } => {
            Some(format!("the run {run} is being closed: {terms} terms are counted"))
        }
        _ => note,
    };
    tracing::info!(%run, opening, note, "collect");
    Ok(json!({"run": run, "opening": opening, "note": note, "tick": describe(&tick)}))
}

fn describe_opening(run: &RunId, opening: Opening) -> (&'static str, Option<String>) {
    match opening {
        Opening::Opened => ("opened", None),
        Opening::AlreadyOpen => ("already-open", None),
        Opening::AlreadyClosed => ("already-closed", Some(format!("run {run} is closed"))),
        Opening::Busy(other) => ("busy", Some(format!("run {other} is still open"))),
    }
}

/// Begins to collect the tracks of genres.
async fn begin_tracks<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Option<RunId>,
    scheduled_for: Option<Timestamp>,
) -> Result<Value, SeederError> {
    let run = event::requested_features(run, scheduled_for, ports.clock().now())?;
    let (begun, tick) = seeder::begin_tracks(ports, settings, run.clone()).await?;
    let (run, opening, note) = match begun {
        TracksBegun::Alone(opening) => {
            let (opening, note) = describe_opening(&run, opening);
            (run, opening, note)
        }
        TracksBegun::Beside(open) => {
            let note = format!("run {open} was open and asks for the tracks too");
            (open, "joined", Some(note))
        }
    };
    tracing::info!(%run, opening, note, "features");
    Ok(json!({"run": run, "opening": opening, "note": note, "tick": describe(&tick)}))
}

async fn resume_run<P: Scheduling>(ports: &P, settings: &Settings) -> Result<Value, SeederError> {
    let (run, resuming, note) = match seeder::resume_run(ports, settings).await? {
        Resuming::Resumed(run) => (Some(run), "resumed", None),
        Resuming::NoRun => (None, "no-run", Some("no run has been opened yet".to_owned())),
        Resuming::NotStopped(run) => {
            let note = format!("run {run} was not stopped, so there is nothing to resume");
            (Some(run), "not-stopped", Some(note))
        }
        Resuming::StopsAgain(run, reason) => {
            let note = format!("run {run} would stop again at once: {reason}");
            (Some(run), "stops-again", Some(note))
        }
        Resuming::LeavesExpired(run) => {
            let note = format!(
                "run {run} had not read all terms of the run before it, and these expire; open a new run instead"
            );
            (Some(run), "leaves-expired", Some(note))
        }
        Resuming::Changed(run) => {
            let note = format!("run {run} was changed at the same moment; try again");
            (Some(run), "changed", Some(note))
        }
    };
    tracing::info!(?run, resuming, note, "resume");
    Ok(json!({"run": run, "resuming": resuming, "note": note}))
}

/// The run that a scheduled event for `run` repeats under another name, if any.
async fn repeated<P: Scheduling>(
    ports: &P,
    run: &RunId,
    scheduled_for: Option<Timestamp>,
) -> Result<Option<RunId>, PortError> {
    let Some(scheduled_for) = scheduled_for else { return Ok(None) };
    let latest = ports.control().overview().await?.run.filter(|latest| latest.id != *run);
    // A run for tracks alone is no reason to leave the artists out.
    let latest = latest.filter(|latest| latest.tracks != GenreTracks::Alone);
    let latest = latest.filter(|latest| scheduled_for.duration_since(latest.opened_at).abs() < REPEATED);
    Ok(latest.map(|latest| latest.id))
}

/// A tick's result, for the log and the caller.
fn describe(tick: &Tick) -> Value {
    match tick {
        Tick::NoRun => json!({"state": "no-run"}),
        Tick::OnHold { run } => {
            tracing::info!(%run, "held");
            json!({"state": "held", "run": run})
        }
        Tick::Idle { run } => {
            tracing::info!(%run, "idle");
            json!({"state": "idle", "run": run})
        }
        Tick::Counting { run, terms } => {
            tracing::info!(%run, terms, "counted");
            json!({"state": "counting", "run": run, "terms": terms})
        }
        Tick::Working { run, given_back, dispatched } => {
            let (in_window, sent, ready) = (dispatched.in_window, dispatched.sent, dispatched.ready);
            tracing::info!(%run, given_back, in_window, sent, ready, "topped up");
            json!({"state": "working", "run": run, "given_back": given_back, "in_window": in_window, "sent": sent})
        }
        Tick::Closed(run) => {
            let report = json!(run.report);
            tracing::info!(run = %run.id, state = ?run.state, %report, "closed");
            json!({"state": "closed", "run": run.id, "run_state": run.state, "report": report})
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use collect::memory::{Memory, VirtualClock};
    use collect::pace::{Pacing, Rate};
    use collect::run::Report;

    use super::*;

    fn settings() -> Settings {
        Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
    }

    fn at(now: &str) -> Memory {
        Memory { clock: VirtualClock::at(now.parse().unwrap()), ..<Memory>::default() }
    }

    async fn try_to(ports: &Memory, event: Value) -> Result<Value, SeederError> {
        handle(ports, &settings(), &Patience::default(), async { Ok(Vec::new()) }, &event).await
    }

    async fn answer(ports: &Memory, event: Value) -> Value {
        try_to(ports, event).await.unwrap()
    }

    #[tokio::test]
    async fn a_schedule_that_fires_twice_opens_one_run() {
        let ports = at("2026-11-23T03:00:05Z");
        let weekly = json!({"job": "collect", "scheduled_for": "2026-11-23T03:00:00Z"});
        let first = answer(&ports, weekly.clone()).await;
        assert_eq!((&first["opening"], &first["run"]), (&json!("opened"), &json!("2026-11-23")));
        assert_eq!(first["tick"]["sent"], 1, "the term that tests the search operators");
        let second = answer(&ports, weekly).await;
        assert_eq!((&second["opening"], &second["tick"]["sent"]), (&json!("already-open"), &json!(0)));
        let other = answer(&ports, json!({"job": "collect", "run": "by-hand"})).await;
        assert_eq!(other["opening"], "busy");
        assert!(other["note"].as_str().unwrap().contains("2026-11-23"));
    }

    #[tokio::test]
    async fn a_stopped_run_is_resumed_once_and_any_other_is_left_alone() {
        let ports = at("2026-11-23T03:00:05Z");
        let resume = json!({"job": "resume"});
        assert_eq!(answer(&ports, resume.clone()).await["resuming"], "no-run");
        answer(&ports, json!({"job": "collect", "run": "1"})).await;
        assert_eq!(answer(&ports, resume.clone()).await["resuming"], "not-stopped");
        ports.control().stop(&RunId::new("1").unwrap(), "stopped: no Premium").await.unwrap();
        let resumed = answer(&ports, resume.clone()).await;
        assert_eq!((&resumed["resuming"], &resumed["run"]), (&json!("resumed"), &json!("1")));
        let again = answer(&ports, resume).await;
        assert_eq!(again["resuming"], "not-stopped", "{again}");
    }

    #[tokio::test]
    async fn tracks_are_collected_in_a_run_of_their_own_unless_one_is_open() {
        let ports = at("2026-11-26T03:00:05Z");
        let features = json!({"job": "features", "scheduled_for": "2026-11-26T03:00:00Z"});
        let alone = answer(&ports, features.clone()).await;
        assert_eq!((&alone["opening"], &alone["run"]), (&json!("opened"), &json!("tracks-2026-11-26")));
        let again = answer(&ports, features.clone()).await;
        assert_eq!(again["opening"], "already-open", "{again}");
        let collect = json!({"job": "collect", "scheduled_for": "2026-11-26T04:00:00Z"});
        assert_eq!(answer(&ports, collect.clone()).await["opening"], "busy");
        let run = ports.control().overview().await.unwrap().run.unwrap();
        let closed = run.closed(Report::default(), ports.clock.now());
        assert!(ports.control().close(&closed).await.unwrap());
        assert_eq!(answer(&ports, features.clone()).await["opening"], "already-closed");
        let opened = answer(&ports, collect).await;
        assert_eq!(opened["opening"], "opened", "a run for tracks is no earlier collection: {opened}");
        let joined = answer(&ports, features).await;
        assert_eq!((&joined["opening"], &joined["run"]), (&json!("joined"), &json!("2026-11-26")));
    }

    #[tokio::test]
    async fn a_tick_without_a_run_does_nothing() {
        assert_eq!(answer(&<Memory>::default(), json!({"job": "top-up"})).await, json!({"state": "no-run"}));
    }

    #[tokio::test]
    async fn a_tick_of_an_open_run_keeps_the_figures_of_its_minute() {
        let ports = at("2026-11-23T03:00:05Z");
        answer(&ports, json!({"job": "top-up"})).await;
        answer(&ports, json!({"job": "collect", "run": "1"})).await;
        ports.clock.advance(Duration::from_mins(1));
        answer(&ports, json!({"job": "top-up"})).await;
        let (from, to) = ("2026-11-23T03:00:00Z".parse().unwrap(), "2026-11-23T04:00:00Z".parse().unwrap());
        let minutes = ports.control().minutes(from, to).await.unwrap();
        let kept: Vec<_> =
            minutes.iter().map(|minute| (minute.run.as_str(), minute.at.to_string())).collect();
        assert_eq!(kept, [("1", "2026-11-23T03:01:00Z".to_owned())]);
    }

    #[tokio::test]
    async fn a_bad_event_is_an_error_that_names_it() {
        let error = try_to(&<Memory>::default(), json!({"job": "colect"})).await.unwrap_err();
        assert!(error.to_string().contains("colect"));
    }

    #[tokio::test]
    async fn a_repetition_after_midnight_opens_no_second_run() {
        let ports = at("2026-11-23T23:00:05Z");
        let at = |time: &str| json!({"job": "collect", "scheduled_for": time});
        assert_eq!(answer(&ports, at("2026-11-23T23:00:00Z")).await["opening"], "opened");
        let run = ports.control().overview().await.unwrap().run.unwrap();
        let closed = run.closed(Report::default(), ports.clock.now());
        assert!(ports.control().close(&closed).await.unwrap());
        ports.clock.advance(Duration::from_hours(2));
        let repeated = answer(&ports, at("2026-11-24T01:00:00Z")).await;
        assert_eq!(
            (&repeated["opening"], &repeated["tick"]["state"]),
            (&json!("repeated"), &json!("no-run"))
        );
        ports.clock.advance(Duration::from_hours(22));
        assert_eq!(answer(&ports, at("2026-11-24T23:00:00Z")).await["opening"], "opened", "a daily schedule");
    }

    #[tokio::test]
    async fn the_run_of_a_future_day_is_refused() {
        let ports = at("2026-11-23T03:00:05Z");
        let error = try_to(&ports, json!({"job": "collect", "run": "2026-11-30"})).await.unwrap_err();
        assert!(error.to_string().contains("2026-11-30"), "{error}");
        assert_eq!(ports.control().overview().await.unwrap().run, None);
    }

    #[test]
    fn queues_are_checked_every_five_minutes_and_on_manual_events() {
        let looks = |time: &str| asks_queues(Some(time.parse().unwrap()));
        assert!(looks("2026-11-23T03:05:00Z") && !looks("2026-11-23T03:06:00Z") && asks_queues(None));
        // A rate fires at whichever second of the minute it was made.
        assert!(looks("2026-11-23T03:05:34Z") && !looks("2026-11-23T03:04:59Z"));
    }
}
