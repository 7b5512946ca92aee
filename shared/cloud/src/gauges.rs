//! Counts of rows and messages, as the services keep them.

use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::QueueAttributeName;
use collect::ports::{Gauges, Messages, PortError};

use crate::error::port_error;

/// The artists table and the two queues.
#[derive(Clone, Debug)]
pub struct AwsGauges {
    /// Describes the table.
    pub dynamodb: DynamoDb,
    /// Reads the queues' attributes.
    pub sqs: Sqs,
    /// Name of the artists table.
    pub artists: String,
    /// URL of the window's queue.
    pub window: String,
    /// URL of the dead-letter queue.
    pub dead_letters: String,
}

impl AwsGauges {
    async fn messages(&self, queue: &str) -> Result<Messages, PortError> {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let hidden = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(queue)
            .attribute_names(visible.clone())
            .attribute_names(hidden.clone())
            .send()
            .await
            .map_err(|error| port_error(format!("SQS GetQueueAttributes on {queue}"), &error))?;
        let number = |name| {
            let value = answer.attributes().and_then(|attributes| attributes.get(name));
            value.and_then(|text: &String| text.parse().ok()).unwrap_or(0)
        };
        Ok(Messages { visible: number(&visible), hidden: number(&hidden) })
    }
}

impl Gauges for AwsGauges {
    async fn artists(&self) -> Result<u64, PortError> {
        let answer = self.dynamodb.describe_table().table_name(&self.artists).send().await;
        let answer = answer
            .map_err(|error| port_error(format!("DynamoDB DescribeTable on {}", self.artists), &error))?;
        let count = answer.table.and_then(|table| table.item_count);
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    async fn window(&self) -> Result<Messages, PortError> {
        self.messages(&self.window).await
    }

    async fn dead_letters(&self) -> Result<u64, PortError> {
        let messages = self.messages(&self.dead_letters).await?;
        Ok(messages.visible + messages.hidden)
    }
}
