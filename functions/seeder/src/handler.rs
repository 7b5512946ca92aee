//! From an event to what the schedule makes happen, and to an answer that says what did.

use collect::ports::{Clock, Opening, Overview, PortError, Scheduling};
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::Settings;
use collect::term::RunId;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::event::{EventError, Job};
use crate::metrics;

/// Why an event came to nothing. The schedule tries again, and the next tick goes on.
#[derive(Debug, thiserror::Error)]
pub enum SeederError {
    /// The event asks for nothing that there is.
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

/// Handles one event.
pub async fn handle<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    event: &Value,
) -> Result<Value, SeederError> {
    act(ports, settings, event).await.inspect_err(|error| tracing::error!(%error, "seeder"))
}

async fn act<P: Scheduling>(ports: &P, settings: &Settings, event: &Value) -> Result<Value, SeederError> {
    match Job::parse(event)? {
        Job::TopUp => {
            let now = ports.clock().now();
            let observe = |overview: &Overview| metrics::emit(overview, settings.pacing, now);
            Ok(told(&seeder::tick_observed(ports, settings, observe).await?))
        }
        Job::Collect { run, scheduled_for } => {
            let day = || RunId::of_day(scheduled_for.unwrap_or_else(|| ports.clock().now()));
            let run = run.unwrap_or_else(day);
            let (opening, tick) = seeder::collect(ports, settings, run.clone()).await?;
            let (opening, note) = match opening {
                Opening::Opened => ("opened", None),
                Opening::AlreadyOpen => ("already-open", None),
                Opening::AlreadyClosed => ("already-closed", Some(format!("the run {run} is over"))),
                Opening::Busy(other) => ("busy", Some(format!("the run {other} is still open"))),
            };
            tracing::info!(%run, opening, note, "collect");
            Ok(json!({"run": run, "opening": opening, "note": note, "tick": told(&tick)}))
        }
    }
}

/// What a tick did, for the log and the caller.
fn told(tick: &Tick) -> Value {
    match tick {
        Tick::NoRun => json!({"state": "no-run"}),
        Tick::Held { run } => {
            tracing::info!(%run, "held");
            json!({"state": "held", "run": run})
        }
        Tick::Idle { run } => {
            tracing::info!(%run, "idle");
            json!({"state": "idle", "run": run})
        }
        Tick::Working { run, given_back, dispatched } => {
            let (in_window, sent) = (dispatched.in_window, dispatched.sent);
            tracing::info!(%run, given_back, in_window, sent, "topped up");
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

    use collect::memory::Memory;
    use collect::pace::{Pacing, Rate};

    use super::*;

    fn settings() -> Settings {
        Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
    }

    async fn answer(ports: &Memory, event: Value) -> Value {
        handle(ports, &settings(), &event).await.unwrap()
    }

    #[tokio::test]
    async fn a_schedule_that_fires_twice_opens_one_run() {
        let ports = <Memory>::default();
        let weekly = json!({"job": "collect", "scheduled_for": "2026-11-23T03:00:00Z"});
        let first = answer(&ports, weekly.clone()).await;
        assert_eq!((&first["opening"], &first["run"]), (&json!("opened"), &json!("2026-11-23")));
        assert_eq!(first["tick"]["sent"], 1, "the question that finds out what search understands");
        let second = answer(&ports, weekly).await;
        assert_eq!((&second["opening"], &second["tick"]["sent"]), (&json!("already-open"), &json!(0)));
        let other = answer(&ports, json!({"job": "collect", "run": "by-hand"})).await;
        assert_eq!(other["opening"], "busy");
        assert!(other["note"].as_str().unwrap().contains("2026-11-23"));
    }

    #[tokio::test]
    async fn a_tick_without_a_run_does_nothing() {
        assert_eq!(answer(&<Memory>::default(), json!({"job": "top-up"})).await, json!({"state": "no-run"}));
    }

    #[tokio::test]
    async fn a_bad_event_is_an_error_that_names_it() {
        let error = handle(&<Memory>::default(), &settings(), &json!({"job": "colect"})).await.unwrap_err();
        assert!(error.to_string().contains("colect"));
    }
}
