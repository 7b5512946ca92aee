//! Deleting a term that asks about an erased artist, for the operator.

use aws_sdk_dynamodb::types::ReturnValue;
use collect::ports::{PortError, TermErasure};
use collect::term::{RunId, TermKey, TermState};

use super::item::key;
use super::{DynamoFrontier, state};
use crate::error::{condition_failed, port_error};

impl TermErasure for DynamoFrontier {
    async fn erase(&self, run: &RunId, term: &TermKey) -> Result<Option<bool>, PortError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(run, term)))
            .condition_expression("attribute_not_exists(#key) OR #state <> :sent")
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", state(TermState::Sent))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.attributes.filter(|old| !old.is_empty()).map(|_| true)),
            Err(error) if condition_failed(&error) => Ok(Some(false)),
            Err(error) => Err(port_error(self.what("DeleteItem"), &error)),
        }
    }
}
