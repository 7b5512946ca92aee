//! The window queue: what SQS accepts only in part, and how long messages are hidden.

use std::time::Duration;

use collect::ports::{Claim, DeadLetter, Delivery, Handle, PortError, Window};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Answer, Aws, call, done, error, output, throttled};

fn claim(number: u32) -> Claim {
    let key = TermKey::parse(&format!("search:t{number}")).unwrap();
    Claim { run: RunId::new("2026-11-23").unwrap(), key, generation: number }
}

fn claims(numbers: std::ops::Range<u32>) -> Vec<Claim> {
    numbers.map(claim).collect()
}

fn entry(id: usize, number: u32) -> Value {
    let body = json!({"run": "2026-11-23", "key": format!("search:t{number}"), "generation": number});
    json!({"Id": id.to_string(), "MessageBody": body})
}

fn accepted() -> Answer {
    output(json!({"Successful": [], "Failed": []}))
}

#[tokio::test]
async fn claims_are_sent_ten_at_a_time_and_the_refused_ones_come_back() {
    let failed =
        |id: &str| json!({"Id": id, "SenderFault": false, "Code": "InternalError", "Message": "try again"});
    let aws = Aws::answering([
        accepted(),
        output(json!({"Successful": [], "Failed": [failed("0"), failed("9")]})),
        output(json!({"Successful": [], "Failed": [failed("2")]})),
    ]);
    let refused = aws.window().send(&claims(0..23)).await.unwrap();
    assert_eq!(refused, [claim(10), claim(19), claim(22)]);
    let mut sent = aws.sent();
    for call in &mut sent {
        for entry in call.input["Entries"].as_array_mut().unwrap() {
            // A text that holds JSON, whose fields have no order.
            entry["MessageBody"] = serde_json::from_str(entry["MessageBody"].as_str().unwrap()).unwrap();
        }
    }
    let batch = |first: u32, count: usize| {
        let entries: Vec<Value> = (0..count).zip(first..).map(|(id, number)| entry(id, number)).collect();
        call("SendMessageBatch", json!({"QueueUrl": "http://queue/window", "Entries": entries}))
    };
    assert_eq!(sent, [batch(0, 10), batch(10, 10), batch(20, 3)]);
}

#[tokio::test(start_paused = true)]
async fn unanswered_claims_come_back_and_the_others_are_sent() {
    let aws = Aws::answering([accepted(), throttled(), throttled(), throttled(), throttled(), accepted()]);
    let refused = aws.window().send(&claims(0..23)).await.unwrap();
    assert_eq!(refused, claims(10..20));
    assert_eq!(aws.sent().len(), 6);
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_an_error() {
    let aws = Aws::answering([error("QueueDoesNotExist")]);
    let sent = aws.window().send(&claims(0..3)).await;
    assert!(matches!(sent, Err(PortError::Misconfigured { .. })), "{sent:?}");
}

fn delivery(received: Duration) -> Delivery {
    Delivery {
        id: "id".to_owned(),
        handle: Handle("handle".to_owned()),
        body: "body".to_owned(),
        receive_count: 1,
        received_at: Timestamp::now() - received,
    }
}

/// How long a message that was received so long ago is hidden to wait so long, in seconds.
async fn hidden(received: Duration, wait: Duration) -> u64 {
    let aws = Aws::answering([done()]);
    aws.window().defer(&delivery(received), wait).await.unwrap();
    let mut sent = aws.only();
    let hidden = sent.input["VisibilityTimeout"].take().as_u64().unwrap();
    let expected =
        json!({"QueueUrl": "http://queue/window", "ReceiptHandle": "handle", "VisibilityTimeout": null});
    assert_eq!(sent, call("ChangeMessageVisibility", expected));
    hidden
}

#[tokio::test]
async fn a_message_is_hidden_for_its_wait_but_at_most_twelve_hours() {
    let soon = Duration::from_secs(5);
    assert_eq!(hidden(soon, Duration::from_mins(10)).await, 600);
    assert_eq!(hidden(soon, Duration::from_millis(1_200)).await, 2, "it would come back too early");
    assert_eq!(hidden(soon, Duration::ZERO).await, 0);
    let left = hidden(Duration::from_hours(11), Duration::from_hours(12)).await;
    assert!((3_500..3_600).contains(&left), "{left} s are left of the twelve hours");
    assert_eq!(hidden(Duration::from_hours(13), soon).await, 0);
}

#[tokio::test]
async fn a_message_that_is_no_longer_ours_cannot_be_hidden() {
    let aws = Aws::answering([error("ReceiptHandleIsInvalid")]);
    let deferred = aws.window().defer(&delivery(Duration::ZERO), Duration::from_secs(1)).await;
    assert!(matches!(deferred, Err(PortError::Unavailable { .. })), "{deferred:?}");
}

#[tokio::test]
async fn a_dead_letter_goes_to_its_own_queue() {
    let aws = Aws::answering([done()]);
    let letter = DeadLetter { reason: "unreadable".to_owned(), body: "\u{1}".to_owned(), attempts: 2 };
    aws.window().set_aside(&letter).await.unwrap();
    let mut sent = aws.only();
    let body = sent.input["MessageBody"].take();
    assert!(!body.as_str().unwrap().contains('\u{1}'), "no text for SQS");
    assert_eq!(serde_json::from_str::<DeadLetter>(body.as_str().unwrap()).unwrap(), letter);
    assert_eq!(sent, call("SendMessage", json!({"QueueUrl": "http://queue/dead", "MessageBody": null})));
}
