//! The work items in SQS.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use collect::ports::PortError;
use collect::ports::export::{Inbox, Received, WorkQueue};
use collect::snapshot::work_item::WorkMessage;

use crate::error::{corrupt, port_error};

/// SQS takes this many messages in one call.
const BATCH: usize = 10;

/// The export queue.
#[derive(Clone, Debug)]
pub struct SqsWork {
    client: Client,
    queue_url: String,
}

impl SqsWork {
    /// The queue at this URL.
    pub fn new(client: Client, queue_url: &str) -> Self {
        Self { client, queue_url: queue_url.to_owned() }
    }
}

impl WorkQueue for SqsWork {
    async fn send(&self, messages: &[WorkMessage]) -> Result<(), PortError> {
        let what = || format!("SQS SendMessageBatch to {}", self.queue_url);
        for batch in messages.chunks(BATCH) {
            let mut request = self.client.send_message_batch().queue_url(&self.queue_url);
            for (number, message) in batch.iter().enumerate() {
                let body = serde_json::to_string(message).map_err(|error| corrupt(what(), error))?;
                let entry =
                    SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(body).build();
                request = request.entries(entry.map_err(|error| corrupt(what(), error))?);
            }
            let answer = request.send().await.map_err(|error| port_error(what(), &error))?;
            for failed in answer.failed() {
                // The tick sends it again.
                tracing::warn!(code = failed.code(), message = failed.message(), "message not accepted");
            }
        }
        Ok(())
    }
}

impl Inbox for SqsWork {
    async fn receive(&self) -> Result<Option<Received>, PortError> {
        let what = || format!("SQS ReceiveMessage from {}", self.queue_url);
        let receive = self.client.receive_message().queue_url(&self.queue_url).max_number_of_messages(1);
        // A long poll looks at every server of the queue.
        let answer = receive.wait_time_seconds(1).send().await;
        let messages = answer.map_err(|error| port_error(what(), &error))?.messages.unwrap_or_default();
        let Some(message) = messages.into_iter().next() else { return Ok(None) };
        let receipt = message.receipt_handle.ok_or_else(|| corrupt(what(), "a message without a receipt"))?;
        Ok(Some(Received { body: message.body.unwrap_or_default(), receipt }))
    }

    async fn remove(&self, message: &Received) -> Result<(), PortError> {
        let delete = self.client.delete_message().queue_url(&self.queue_url);
        let answer = delete.receipt_handle(&message.receipt).send().await;
        let what = || format!("SQS DeleteMessage from {}", self.queue_url);
        answer.map(drop).map_err(|error| port_error(what(), &error))
    }
}
