//! The dead letters, as the operator reads them.

use std::time::Duration;

use collect::ports::{DeadLetters, Handle, PortError, ReceivedDeadLetter};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Aws, call, done, error, output};

fn message() -> Value {
    let attributes = json!({"SentTimestamp": "1800000000123"});
    json!({"MessageId": "id", "ReceiptHandle": "handle", "Body": "body", "Attributes": attributes})
}

fn letter() -> ReceivedDeadLetter {
    ReceivedDeadLetter {
        id: "id".to_owned(),
        handle: Handle("handle".to_owned()),
        body: "body".to_owned(),
        sent_at: Timestamp::from_millisecond(1_800_000_000_123).unwrap(),
    }
}

#[tokio::test]
async fn letters_are_received_ten_at_a_time_and_hidden_as_long_as_asked() {
    let aws = Aws::answering([output(json!({"Messages": [message()]})), done()]);
    let letters = aws.dead_letters();
    assert_eq!(letters.receive(Duration::from_secs(30)).await.unwrap(), [letter()]);
    assert_eq!(letters.receive(Duration::from_secs(30)).await.unwrap(), []);
    let expected = json!({
        "QueueUrl": "http://queue/dead", "MaxNumberOfMessages": 10, "VisibilityTimeout": 30,
        "WaitTimeSeconds": 1, "MessageSystemAttributeNames": ["SentTimestamp"],
    });
    assert_eq!(aws.sent()[0], call("ReceiveMessage", expected));
}

#[tokio::test]
async fn a_message_without_what_identifies_it_is_unreadable() {
    for field in ["MessageId", "ReceiptHandle", "Body", "Attributes"] {
        let mut message = message();
        message.as_object_mut().unwrap().remove(field).unwrap();
        let aws = Aws::answering([output(json!({"Messages": [message]}))]);
        let received = aws.dead_letters().receive(Duration::from_secs(30)).await;
        assert!(matches!(received, Err(PortError::Corrupt { .. })), "{received:?}");
    }
}

#[tokio::test]
async fn a_letter_is_shown_again_at_once_or_removed_for_good() {
    let aws = Aws::answering([
        done(),
        error("AWS.SimpleQueueService.MessageNotInflight"),
        error("ReceiptHandleIsInvalid"),
        done(),
        error("ReceiptHandleIsInvalid"),
    ]);
    let letters = aws.dead_letters();
    letters.release(&letter()).await.unwrap();
    letters.release(&letter()).await.expect("it is shown again already");
    assert!(letters.release(&letter()).await.is_err());
    letters.remove(&letter()).await.unwrap();
    let gone = letters.remove(&letter()).await;
    assert!(matches!(gone, Err(PortError::Unavailable { .. })), "{gone:?}");
    let of = |operation: &str, mut input: Value| {
        input["QueueUrl"] = json!("http://queue/dead");
        input["ReceiptHandle"] = json!("handle");
        call(operation, input)
    };
    let removed = of("DeleteMessage", json!({}));
    let released = of("ChangeMessageVisibility", json!({"VisibilityTimeout": 0}));
    let shown = [released.clone(), released.clone(), released];
    assert_eq!(aws.sent(), [&shown[..], &[removed.clone(), removed]].concat());
}
