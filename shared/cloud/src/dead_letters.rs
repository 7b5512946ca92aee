//! Dead letters in SQS, for the operator.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use collect::ports::{DeadLetters, Handle, PortError, ReceivedDeadLetter};
use jiff::Timestamp;

use crate::error::{corrupt, port_error};

/// Long enough to ask every server of the queue: a short poll may find nothing although there are messages.
const PATIENCE_S: i32 = 1;

/// The dead-letter queue.
#[derive(Debug)]
pub struct SqsDeadLetters {
    client: Client,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The queue at this URL.
    pub fn new(client: Client, queue_url: &str) -> Self {
        Self { client, queue_url: queue_url.to_owned() }
    }

    fn what(&self, operation: &str) -> String {
        format!("SQS {operation} on {}", self.queue_url)
    }

    fn read(&self, message: Message) -> Result<ReceivedDeadLetter, PortError> {
        let sent_at = message
            .attributes()
            .and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp))
            .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds.parse().ok()?).ok());
        let missing = || corrupt(self.what("ReceiveMessage"), "a message without id, handle, body or time");
        Ok(ReceivedDeadLetter {
            id: message.message_id.ok_or_else(missing)?,
            handle: Handle(message.receipt_handle.ok_or_else(missing)?),
            body: message.body.ok_or_else(missing)?,
            sent_at: sent_at.ok_or_else(missing)?,
        })
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn receive(&self, hide: Duration) -> Result<Vec<ReceivedDeadLetter>, PortError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(10)
            .wait_time_seconds(PATIENCE_S)
            .visibility_timeout(i32::try_from(hide.as_secs()).unwrap_or(i32::MAX))
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .map_err(|error| port_error(self.what("ReceiveMessage"), &error))?;
        answer.messages.unwrap_or_default().into_iter().map(|message| self.read(message)).collect()
    }

    async fn release(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError> {
        let released = self
            .client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(&letter.handle.0)
            .visibility_timeout(0)
            .send()
            .await;
        match released {
            Ok(_) => Ok(()),
            // It was hidden for so long that it is shown again already.
            Err(error) if error.code().is_some_and(|code| code.ends_with("MessageNotInflight")) => Ok(()),
            Err(error) => Err(port_error(self.what("ChangeMessageVisibility"), &error)),
        }
    }

    async fn remove(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError> {
        self.client
            .delete_message()
            .queue_url(&self.queue_url)
            .receipt_handle(&letter.handle.0)
            .send()
            .await
            .map(drop)
            .map_err(|error| port_error(self.what("DeleteMessage"), &error))
    }
}
