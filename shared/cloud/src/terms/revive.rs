//! A failed term back into its run, for the operator.

use aws_sdk_dynamodb::types::AttributeValue;
use collect::ports::{PortError, Revival};
use collect::term::{Term, TermState};

use super::item::lane_name;
use super::{DynamoFrontier, state};
use crate::schema;

impl Revival for DynamoFrontier {
    async fn revive(&self, term: &Term) -> Result<bool, PortError> {
        let number = |number: u32| AttributeValue::N(number.to_string());
        let lane = lane_name(&term.run, term.lane());
        let change = self
            .change(&term.run, &term.key())
            .condition_expression(schema::if_understood("generation = :generation AND #state = :failed"))
            .update_expression(
                "SET #state = :ready, #lane = :lane, #rank = priority, attempts = :none, generation = :next \
                 REMOVE reason",
            )
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":failed", state(TermState::Failed))
            .expression_attribute_values(":ready", state(TermState::Ready))
            .expression_attribute_values(":lane", AttributeValue::S(lane))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":generation", number(term.generation))
            .expression_attribute_values(":next", number(term.generation.saturating_add(1)));
        Ok(self.apply(change).await?.is_some())
    }
}
