//! Bodies of messages.

use collect::batch::Fetcher;
use collect::ports::{Scheduling, TermMessage};
use fetcher::event::handle;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use crate::world::{block_on, memory, open, sendable, settings};

/// The body of one message; a healthy one follows in the same batch.
pub fn messages(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    block_on(async {
        let ports = memory();
        let run = open(&ports).await;
        let healthy = json!({"run": run, "key": "search:s", "generation": 1}).to_string();
        let event = json!({"Records": [
            {"messageId": "foreign", "receiptHandle": "1000", "body": body},
            {"messageId": "healthy", "receiptHandle": "1001", "body": healthy},
        ]});
        let answer = handle(&ports, &mut Fetcher::new(settings()), event_of(event)).await;
        assert!(answer.is_ok(), "a batch is worked whatever a message holds: {answer:?}");
        assert!(ports.spotify.queries().iter().any(|query| query == "s"), "the healthy message is worked");
        let letters = ports.window().dead_letters();
        letters.iter().for_each(sendable);
        if serde_json::from_str::<TermMessage>(body).is_err() {
            let kept = letters
                .iter()
                .any(|letter| letter.body == body.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"));
            assert!(kept || body.len() > 64 * 1024, "what cannot be worked is set aside as it came");
            assert_eq!(letters.len(), 1, "and nothing else is");
        }
    });
}

/// An invocation that ends a minute from the beginning of the world.
pub(crate) fn event_of(payload: Value) -> LambdaEvent<Value> {
    let mut context = Context::default();
    let end = crate::world::now().as_millisecond() + 60_000;
    context.deadline = u64::try_from(end).unwrap_or_default();
    LambdaEvent::new(payload, context)
}
