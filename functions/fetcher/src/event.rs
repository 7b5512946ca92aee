//! From an SQS event to deliveries, and from outcomes to `batchItemFailures`.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use cloud::{metrics, traces};
use collect::fetcher::{Fetcher, Outcome};
use collect::operator::Trouble;
use collect::ports::{Clock, Delivery, Fetching, Handle};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tracing::Instrument;

/// An event that is not a batch of SQS messages.
#[derive(Debug, thiserror::Error)]
#[error("the event is not an SQS batch: {0}")]
pub struct EventError(String);

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        Self { error_type: "Event".to_owned(), error_message: error.to_string() }
    }
}

/// Works one batch. Only an event that is not a batch is an error; a bad message affects only itself.
pub async fn handle<P: Fetching>(
    ports: &P,
    fetcher: &mut Fetcher,
    event: LambdaEvent<Value>,
) -> Result<SqsBatchResponse, EventError> {
    let span = traces::invocation(event.context.xray_trace_id.as_deref());
    work(ports, fetcher, event).instrument(span).await
}

async fn work<P: Fetching>(
    ports: &P,
    fetcher: &mut Fetcher,
    event: LambdaEvent<Value>,
) -> Result<SqsBatchResponse, EventError> {
    let received_at = ports.clock().now();
    let batch: SqsEvent = serde_json::from_value(event.payload)
        .map_err(|error| EventError(error.to_string().chars().take(200).collect()))
        .inspect_err(|error| tracing::error!(%error, "fetcher"))?;
    tracing::Span::current().record("messages", i64::try_from(batch.records.len()).unwrap_or(i64::MAX));
    let deliveries: Vec<Delivery> =
        batch.records.into_iter().map(|message| delivery(message, received_at)).collect();
    let outcomes = fetcher.process_batch(ports, &deliveries, deadline(event.context.deadline)).await;
    report_trouble(&outcomes, ports.clock().now());
    Ok(response(&deliveries, &outcomes))
}

/// Messages that failed because a table or the queue was unavailable are not an error of the function, which
/// Lambda would count; an alarm watches this metric instead.
fn report_trouble(outcomes: &[Outcome], now: Timestamp) {
    if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Undecided(_))) {
        metrics::report(now, Trouble::StorageTrouble);
    }
    metrics::report_throttling();
}

/// One SQS record. Lambda received it just before it invoked the function; the queue's timers start at that
/// moment.
fn delivery(message: SqsMessage, received_at: Timestamp) -> Delivery {
    let receive_count =
        message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Delivery {
        id: message.message_id.unwrap_or_default(),
        handle: Handle(message.receipt_handle.unwrap_or_default()),
        body: message.body.unwrap_or_default(),
        receive_count: receive_count.unwrap_or(1),
        received_at,
    }
}

/// Lambda's deadline, in epoch milliseconds.
fn deadline(millis: u64) -> Timestamp {
    i64::try_from(millis)
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .unwrap_or(Timestamp::MAX)
}

fn response(deliveries: &[Delivery], outcomes: &[Outcome]) -> SqsBatchResponse {
    let kept = deliveries.iter().zip(outcomes).filter(|(_, outcome)| outcome.keeps_message());
    let failures = kept.map(|(delivery, _)| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier.clone_from(&delivery.id);
        failure
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.collect();
    response
}

#[cfg(test)]
mod tests {
    use collect::memory::{Catalogue, Memory, MemorySpotify};
    use collect::pace::{Pacing, Rate};
    use collect::plan::OperatorFinding;
    use collect::ports::{Control, Scheduling};
    use collect::seeder;
    use collect::settings::Settings;
    use collect::term::{Operator, RunId};
    use serde_json::json;

    use super::*;

    fn settings() -> Settings {
        Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
    }

    /// Opens a run whose search operators are known, so that all roots are sent at once.
    async fn open(ports: &Memory) {
        let run = RunId::new("2026-11-23").unwrap();
        for operator in [Operator::Not, Operator::Quotes] {
            let finding = OperatorFinding::new(false, &run, ports.clock.now());
            ports.control.note_operator(operator, &finding).await.unwrap();
        }
        seeder::open_run(ports, &settings(), run).await.unwrap();
    }

    fn event(payload: Value) -> LambdaEvent<Value> {
        let mut context = lambda_runtime::Context::default();
        context.deadline = 60_000;
        LambdaEvent::new(payload, context)
    }

    #[tokio::test]
    async fn an_sqs_batch_is_worked_message_by_message() {
        let ports =
            Memory { spotify: MemorySpotify::new(Catalogue::default(), 50, 1000), ..<Memory>::default() };
        open(&ports).await;
        let payload: Value = serde_json::from_str(include_str!("../fixtures/sqs-batch.json")).unwrap();
        let mut fetcher = Fetcher::new(settings());
        let answer = handle(&ports, &mut fetcher, event(payload)).await.unwrap();
        assert_eq!(json!(answer), json!({"batchItemFailures": []}), "worked, or set aside with a reason");
        let asked = ports.spotify.queries();
        assert_eq!(asked, ["a"]);
        let reasons: Vec<String> =
            ports.window.dead_letters().into_iter().map(|letter| letter.reason).collect();
        assert_eq!(reasons.len(), 2, "{reasons:?}");
    }

    #[tokio::test]
    async fn a_deferred_message_is_reported_under_its_id() {
        let ports = <Memory>::default();
        open(&ports).await;
        let payload: Value = serde_json::from_str(include_str!("../fixtures/sqs-batch.json")).unwrap();
        let mut late = event(payload);
        late.context.deadline = 5_000;
        let answer = handle(&ports, &mut Fetcher::new(settings()), late).await.unwrap();
        let expected =
            json!({"batchItemFailures": [{"itemIdentifier": "0d1f6a3e-8f0a-4c8b-9a39-2d9d0f6f3c01"}]});
        assert_eq!(json!(answer), expected);
        assert!(ports.clock().now() < deadline(5_000));
    }

    #[tokio::test]
    async fn an_event_that_is_not_a_batch_is_an_error() {
        let mut fetcher = Fetcher::new(settings());
        let error =
            handle(&<Memory>::default(), &mut fetcher, event(json!({"job": "collect"}))).await.unwrap_err();
        assert!(error.to_string().contains("Records"), "{error}");
    }
}
