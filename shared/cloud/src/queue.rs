//! The window in SQS.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use collect::ports::{Claim, DeadLetter, Delivery, PortError, TermMessage, Window};
use jiff::Timestamp;

use crate::error::{corrupt, port_error};

/// Most messages that SQS accepts in one call.
const BATCH: usize = 10;

/// SQS hides a message for no longer than this in total, counted from its receive.
const MAX_VISIBILITY: Duration = Duration::from_hours(12);

/// Margin below that limit, for differences between clocks.
const VISIBILITY_MARGIN: Duration = Duration::from_mins(1);

/// Approximately how many messages a queue contains.
///
/// # Errors
/// Fails if SQS is unavailable, or its answer contains no number.
pub async fn depth(client: &Client, queue_url: &str) -> Result<u64, PortError> {
    let what = || format!("SQS GetQueueAttributes on {queue_url}");
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let answer =
        client.get_queue_attributes().queue_url(queue_url).attribute_names(name.clone()).send().await;
    let answer = answer.map_err(|error| port_error(what(), &error))?;
    let count = answer.attributes().and_then(|attributes| attributes.get(&name)?.parse().ok());
    count.ok_or_else(|| corrupt(what(), "no number of messages"))
}

/// The window queue and the dead-letter queue.
#[derive(Debug)]
pub struct SqsWindow {
    client: Client,
    queue_url: String,
    dead_letter_queue_url: String,
}

impl SqsWindow {
    /// The queues at these URLs.
    pub fn new(client: Client, queue_url: &str, dead_letter_queue_url: &str) -> Self {
        Self {
            client,
            queue_url: queue_url.to_owned(),
            dead_letter_queue_url: dead_letter_queue_url.to_owned(),
        }
    }

    /// Sends up to ten messages; returns the claims whose messages SQS did not accept.
    async fn send_batch(&self, claims: &[Claim]) -> Result<Vec<Claim>, PortError> {
        let what = || format!("SQS SendMessageBatch to {}", self.queue_url);
        let mut request = self.client.send_message_batch().queue_url(&self.queue_url);
        for (index, claim) in claims.iter().enumerate() {
            let body =
                serde_json::to_string(&TermMessage::from(claim)).map_err(|error| corrupt(what(), error))?;
            let entry =
                SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body).build();
            request = request.entries(entry.map_err(|error| corrupt(what(), error))?);
        }
        match request.send().await {
            Ok(answer) => {
                let refused = answer.failed().iter().filter_map(|failed| {
                    tracing::warn!(code = failed.code(), message = failed.message(), "message not accepted");
                    claims.get(failed.id().parse::<usize>().ok()?).cloned()
                });
                Ok(refused.collect())
            }
            Err(error) => match port_error(what(), &error) {
                // Whether they arrived is unknown. Returned terms are sent again, and a message that did
                // arrive finds its term in the same or a later generation: at worst, a request is repeated.
                unavailable @ PortError::Unavailable { .. } => {
                    tracing::warn!(error = %unavailable, "messages not accepted");
                    Ok(claims.to_vec())
                }
                error => Err(error),
            },
        }
    }
}

impl Window for SqsWindow {
    async fn send(&self, claims: &[Claim]) -> Result<Vec<Claim>, PortError> {
        let mut refused = Vec::new();
        for batch in claims.chunks(BATCH) {
            refused.extend(self.send_batch(batch).await?);
        }
        Ok(refused)
    }

    async fn defer(&self, delivery: &Delivery, wait: Duration) -> Result<(), PortError> {
        let seconds = visibility(delivery.received_at, Timestamp::now(), wait);
        self.client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(&delivery.handle.0)
            .visibility_timeout(seconds)
            .send()
            .await
            .map_err(|error| {
                port_error(format!("SQS ChangeMessageVisibility on {}", self.queue_url), &error)
            })?;
        Ok(())
    }

    async fn set_aside(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let what = || format!("SQS SendMessage to {}", self.dead_letter_queue_url);
        let body = serde_json::to_string(letter).map_err(|error| corrupt(what(), error))?;
        self.client
            .send_message()
            .queue_url(&self.dead_letter_queue_url)
            .message_body(body)
            .send()
            .await
            .map_err(|error| port_error(what(), &error))?;
        Ok(())
    }
}

/// The visibility in seconds that hides a message for `wait` from `now`, within twelve hours of its receive.
fn visibility(received_at: Timestamp, now: Timestamp, wait: Duration) -> i32 {
    let since = Duration::try_from(now.duration_since(received_at)).unwrap_or_default();
    let most = MAX_VISIBILITY.saturating_sub(since).saturating_sub(VISIBILITY_MARGIN);
    // Rounded up, or the message would come back early and be deferred again.
    let seconds = wait.min(most).as_millis().div_ceil(1000);
    i32::try_from(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_is_hidden_beyond_twelve_hours_from_its_receive() {
        let received = Timestamp::UNIX_EPOCH;
        let at = |seconds: u64| received + Duration::from_secs(seconds);
        assert_eq!(visibility(received, at(5), Duration::from_mins(1)), 60);
        assert_eq!(visibility(received, at(100), Duration::from_hours(12)), 43_200 - 100 - 60);
        assert_eq!(visibility(received, at(50_000), Duration::from_mins(1)), 0);
    }
}
