//! Bodies of messages.

use collect::fetcher::Fetcher;
use collect::operator::dead_letters::Letter;
use collect::ports::{Handle, ReceivedDeadLetter, Scheduling, TermMessage};
use fetcher::event::handle;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use crate::world::{block_on, memory, now, open, sendable, settings};

/// The body of one message; a valid one follows in the same batch.
pub fn messages(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    letter(body);
    block_on(async {
        let ports = memory();
        let run = open(&ports).await;
        let healthy = json!({"run": run, "key": "search:s", "generation": 1}).to_string();
        let event = json!({"Records": [
            {"messageId": "foreign", "receiptHandle": "1000", "body": body},
            {"messageId": "healthy", "receiptHandle": "1001", "body": healthy},
        ]});
        let answer = handle(&ports, &mut Fetcher::new(settings()), event_of(event)).await;
        assert!(answer.is_ok(), "a bad message must not fail its batch: {answer:?}");
        assert!(ports.spotify.queries().iter().any(|query| query == "s"), "the valid message must be worked");
        let letters = ports.window().dead_letters();
        letters.iter().for_each(sendable);
        if serde_json::from_str::<TermMessage>(body).is_err() {
            let kept = letters
                .iter()
                .any(|letter| letter.body == body.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"));
            assert!(kept || body.len() > 64 * 1024, "an unusable message must be kept unchanged");
            assert_eq!(letters.len(), 1, "and no other message");
        }
    });
}

/// The same body as a dead letter that an operator reads.
fn letter(body: &str) {
    let (id, handle) = ("1".to_owned(), Handle(String::new()));
    let letter = Letter::read(&ReceivedDeadLetter { id, handle, body: body.to_owned(), sent_at: now() });
    assert!(letter.reason.len() <= body.len().max(100) && letter.body.len() <= body.len());
}

/// An invocation with one minute left.
pub(crate) fn event_of(payload: Value) -> LambdaEvent<Value> {
    let mut context = Context::default();
    let end = now().as_millisecond() + 60_000;
    context.deadline = u64::try_from(end).unwrap_or_default();
    LambdaEvent::new(payload, context)
}
