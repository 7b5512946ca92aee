//! From an event to what the exporter does, and to an answer that says what it did.

use std::time::Duration;

use cloud::{metrics, traces};
use collect::exporter::tick::{self, Tick};
use collect::exporter::worker::{self, Outcome};
use collect::operator::Trouble;
use collect::ports::export::{Exporting, Inbox, Received};
use collect::ports::{Clock, PortError};
use collect::snapshot::export::Formats;
use collect::snapshot::ledger::{Begun, Ending, Wish};
use collect::snapshot::work_item::WorkMessage;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use tracing::Instrument;

use crate::event::{Event, EventError};

/// Why an event came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExporterError {
    /// The event asks for nothing the exporter does.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A table, the queue or the bucket could not be used.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<ExporterError> for Diagnostic {
    fn from(error: ExporterError) -> Self {
        let error_type = match &error {
            ExporterError::Event(_) => "Event",
            ExporterError::Port(_) => "Port",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// Handles one event; `formats` are those that the deployment wants beside Parquet. Then it works what lies
/// in the queue, for as long as Lambda lets it.
pub async fn handle<P: Exporting<Queue: Inbox>>(
    ports: &P,
    formats: Formats,
    event: LambdaEvent<Value>,
) -> Result<Value, ExporterError> {
    let deadline = Duration::from_millis(event.context.deadline);
    let deadline =
        Timestamp::try_from(std::time::SystemTime::UNIX_EPOCH + deadline).unwrap_or(Timestamp::MAX);
    let span = traces::invocation(event.context.xray_trace_id.as_deref());
    let handled = act(ports, formats, &event.payload, deadline).instrument(span).await;
    metrics::report_throttling();
    handled.inspect_err(|error| tracing::error!(%error, "exporter"))
}

async fn act<P: Exporting<Queue: Inbox>>(
    ports: &P,
    formats: Formats,
    event: &Value,
    deadline: Timestamp,
) -> Result<Value, ExporterError> {
    let (answer, is_active) = match Event::parse(event)? {
        Event::Tick => {
            let tick = tick::tick(ports, formats).await?;
            (log_tick(ports, &tick), matches!(tick, Tick::Begun(_) | Tick::Sent { .. }))
        }
        Event::Export { snapshot, formats: named, accept_fewer } => {
            let wish = Wish {
                snapshot,
                formats: named.unwrap_or(formats),
                segments: ports.segments(),
                accept_fewer,
                on_demand: true,
            };
            let begun = tick::begin(ports, &wish).await?;
            (log_begun(&begun), matches!(begun, Begun::Started(_) | Begun::Active(_)))
        }
    };
    tracing::Span::current().record("snapshot", answer["snapshot"].as_str());
    if is_active {
        worker::drain(ports, deadline, |worked| log_work(ports, worked)).await?;
    }
    Ok(answer)
}

/// Logs what became of a message, and reports trouble.
fn log_work<P: Exporting>(ports: &P, worked: Result<(&WorkMessage, &Outcome), &Received>) {
    let (WorkMessage { snapshot, work }, outcome) = match worked {
        Ok(worked) => worked,
        Err(received) => {
            let body: String = received.body.chars().take(200).collect();
            tracing::error!(body, "the message is no work item");
            return metrics::report(ports.clock().now(), Trouble::DeadLetters);
        }
    };
    match outcome {
        Outcome::Done => tracing::info!(%snapshot, %work, "done"),
        Outcome::Stale => tracing::info!(%snapshot, %work, "was done already"),
        Outcome::Failed(why) => {
            tracing::warn!(%snapshot, %work, why, "failed; it is tried again");
            metrics::report(ports.clock().now(), Trouble::StorageTrouble);
        }
        Outcome::Over(ending) => log_ending(ports, snapshot.as_str(), ending),
    }
}

/// Logs how an export ended, and reports one that came to nothing.
fn log_ending<P: Exporting>(ports: &P, snapshot: &str, ending: &Ending) {
    match ending {
        Ending::Published => {
            tracing::info!(snapshot, "published");
            return;
        }
        Ending::Refused(why) => {
            tracing::error!(snapshot, why, "refused; the snapshot before stays the latest");
        }
        Ending::Failed(why) => {
            tracing::error!(snapshot, why, "failed; the snapshot before stays the latest");
        }
    }
    metrics::report(ports.clock().now(), Trouble::SnapshotRefused);
}

fn log_tick<P: Exporting>(ports: &P, tick: &Tick) -> Value {
    match tick {
        Tick::Nothing => json!({"state": "nothing"}),
        Tick::NothingSince(last) => {
            // The alarm needs it again and again: a trouble that is told once seems to be over.
            metrics::report(ports.clock().now(), Trouble::SnapshotRefused);
            json!({"state": "nothing", "snapshot": last.snapshot, "ended": last.outcome})
        }
        Tick::Begun(snapshot) => {
            tracing::info!(%snapshot, "began");
            json!({"state": "began", "snapshot": snapshot})
        }
        Tick::Sent { snapshot, work } => {
            let work: Vec<String> = work.iter().map(ToString::to_string).collect();
            tracing::info!(%snapshot, ?work, "sent");
            json!({"state": "working", "snapshot": snapshot, "sent": work})
        }
        Tick::GivenUp { snapshot, why } => {
            log_ending(ports, snapshot.as_str(), &Ending::Failed(why.clone()));
            json!({"state": "given-up", "snapshot": snapshot, "why": why})
        }
    }
}

fn log_begun(begun: &Begun) -> Value {
    let (state, snapshot) = match begun {
        Begun::Started(snapshot) => ("began", Some(snapshot)),
        Begun::Active(snapshot) => ("active", Some(snapshot)),
        Begun::Exported(snapshot) => ("exported", Some(snapshot)),
        Begun::NothingDue => ("nothing", None),
    };
    tracing::info!(state, snapshot = snapshot.map(ToString::to_string), "export");
    json!({"state": state, "snapshot": snapshot})
}
