//! Plays Lambda's event source mapping: receives messages, hands them to a function, and deletes those that
//! it has finished.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Value, json};

use super::runtime::Function;

/// Messages of a batch: what SQS gives out at once, and the template's `BatchSize`.
const BATCH: i32 = 10;

/// A queue whose messages a function gets.
pub(super) struct Mapping {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
}

impl Mapping {
    pub(super) fn new(sqs: &aws_sdk_sqs::Client, queue_url: &str) -> Self {
        Self { sqs: sqs.clone(), queue_url: queue_url.to_owned() }
    }

    /// Delivers up to ten messages. Returns how many.
    pub(super) async fn deliver(&self, function: &mut Function) -> Result<usize> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(BATCH)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .context("the queue cannot be read")?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(0);
        }
        let answer = function.invoke(&event(&messages)).await?;
        let entries = finished(&messages, &answer).into_iter().map(|message| {
            DeleteMessageBatchRequestEntry::builder()
                .set_id(message.message_id.clone())
                .set_receipt_handle(message.receipt_handle.clone())
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        if !entries.is_empty() {
            let deleted = self.sqs.delete_message_batch().queue_url(&self.queue_url);
            let deleted = deleted.set_entries(Some(entries)).send().await;
            let deleted = deleted.context("finished messages cannot be deleted")?;
            ensure!(deleted.failed().is_empty(), "finished messages stay: {:?}", deleted.failed());
        }
        Ok(messages.len())
    }
}

/// The event that Lambda makes of messages.
fn event(messages: &[Message]) -> Value {
    let record = |message: &Message| {
        let count = MessageSystemAttributeName::ApproximateReceiveCount;
        let count = message.attributes().and_then(|attributes| attributes.get(&count));
        json!({
            "messageId": message.message_id(),
            "receiptHandle": message.receipt_handle(),
            "body": message.body(),
            "attributes": {"ApproximateReceiveCount": count.map_or("1", String::as_str)},
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body(),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
            "awsRegion": "us-east-1",
        })
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

/// The messages that Lambda deletes after the function has answered: all but those it names. If it names one
/// that is not in the batch, Lambda deletes none.
fn finished<'a>(messages: &'a [Message], answer: &Value) -> Vec<&'a Message> {
    let failures = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let failed: BTreeSet<_> = failures.iter().map(|failure| failure["itemIdentifier"].as_str()).collect();
    let known: BTreeSet<_> = messages.iter().map(Message::message_id).collect();
    if failed.contains(&None) || !failed.is_subset(&known) {
        return Vec::new();
    }
    messages.iter().filter(|message| !failed.contains(&message.message_id())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<Message> {
        let message = |id: &str| {
            let count = MessageSystemAttributeName::ApproximateReceiveCount;
            let message = Message::builder().message_id(id).receipt_handle(format!("handle of {id}"));
            message.body(format!("body of {id}")).attributes(count, "3").build()
        };
        ["a", "b", "c"].map(message).to_vec()
    }

    fn ids(answer: &Value) -> Vec<String> {
        finished(&messages(), answer).into_iter().filter_map(|message| message.message_id.clone()).collect()
    }

    #[test]
    fn an_event_has_what_the_fetcher_reads_of_each_message() {
        let event = event(&messages());
        assert_eq!(event["Records"].as_array().map(Vec::len), Some(3));
        let record = &event["Records"][1];
        assert_eq!((&record["messageId"], &record["body"]), (&json!("b"), &json!("body of b")));
        assert_eq!(record["receiptHandle"], "handle of b");
        assert_eq!(record["attributes"]["ApproximateReceiveCount"], "3");
    }

    #[test]
    fn only_messages_that_are_not_named_as_failures_are_deleted() {
        assert_eq!(ids(&json!({"batchItemFailures": [{"itemIdentifier": "b"}]})), ["a", "c"]);
        for all in [json!({"batchItemFailures": []}), json!({}), Value::Null] {
            assert_eq!(ids(&all), ["a", "b", "c"], "{all}");
        }
    }

    #[test]
    fn a_failure_that_is_not_in_the_batch_fails_the_whole_batch() {
        for strange in [json!({"itemIdentifier": "z"}), json!({"itemIdentifier": null}), json!({})] {
            let answer = json!({"batchItemFailures": [{"itemIdentifier": "b"}, strange]});
            assert!(ids(&answer).is_empty(), "{answer}");
        }
    }
}
