//! Deleting a term that asks about an erased artist, for the operator.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use collect::ports::{PortError, TermErasure};
use collect::term::{RunId, TermKey, TermState};

use super::item::key;
use super::{DynamoFrontier, state};
use crate::error::port_error;
use crate::schema;

impl TermErasure for DynamoFrontier {
    async fn erase(&self, run: &RunId, term: &TermKey) -> Result<Option<bool>, PortError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(run, term)))
            .condition_expression(schema::if_understood("attribute_not_exists(#key) OR #state <> :sent"))
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":sent", state(TermState::Sent))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.attributes.filter(|old| !old.is_empty()).map(|_| true)),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
                    let standing = failed.item.clone().unwrap_or_default();
                    schema::check(&standing, || self.term(run, term))?;
                    Ok(Some(false))
                }
                _ => Err(port_error(self.what("DeleteItem"), &error)),
            },
        }
    }
}
