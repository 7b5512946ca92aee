//! The pace of a bucket: one item, changed by "read, apply the rule, write if nobody wrote in between".
//!
//! A lease costs one read and one write unit for some ten permits. A write that somebody else was faster than brings the new
//! item back with its refusal, so the next try needs no read.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use collect::pace::{BucketState, Held, LeaseAnswer, LeaseRequest};
use collect::ports::PortError;
use collect::term::Bucket;
use serde::{Deserialize, Serialize};

use super::{DynamoControl, Item, number, text};
use crate::error::corrupt;

/// Tries before a change is given up: others kept changing the item in between.
const TRIES: usize = 12;

/// The item of a bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BucketItem {
    /// Counts the writes.
    #[serde(default)]
    pub version: u64,
    /// The pace.
    #[serde(flatten)]
    pub state: BucketState,
}

/// The id of a bucket's item.
pub(super) fn item_id(bucket: Bucket) -> String {
    format!("bucket#{bucket}")
}

impl DynamoControl {
    /// Reads a bucket from its item.
    pub(super) fn bucket_state(&self, id: &str, item: Item) -> Result<BucketState, PortError> {
        Ok(self.parse::<BucketItem>(id, item)?.state)
    }

    pub(super) async fn read_bucket(&self, bucket: Bucket) -> Result<BucketState, PortError> {
        let id = item_id(bucket);
        self.get(&id).await?.map_or_else(|| Ok(BucketState::default()), |item| self.bucket_state(&id, item))
    }

    pub(super) async fn lease_permits(
        &self,
        bucket: Bucket,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, PortError> {
        self.change_bucket(bucket, |state| {
            let answer = state.lease(request);
            // A refusal changes nothing that has to be kept.
            (answer, matches!(answer, LeaseAnswer::Granted(_)))
        })
        .await
    }

    pub(super) async fn set_hold(&self, bucket: Bucket, held: &Held) -> Result<(), PortError> {
        self.change_bucket(bucket, |state| {
            let before = (state.epoch, state.hold_until);
            state.hold(held);
            ((), before != (state.epoch, state.hold_until))
        })
        .await
    }

    /// Applies `rule` to the bucket as it is; `rule` also says whether there is anything to write.
    async fn change_bucket<T>(
        &self,
        bucket: Bucket,
        rule: impl Fn(&mut BucketState) -> (T, bool),
    ) -> Result<T, PortError> {
        let id = item_id(bucket);
        let mut known = self.get(&id).await?;
        for _ in 0..TRIES {
            let mut item =
                known.map(|item| self.parse::<BucketItem>(&id, item)).transpose()?.unwrap_or_default();
            let (answer, changed) = rule(&mut item.state);
            if !changed {
                return Ok(answer);
            }
            match self.write_bucket(&id, item).await? {
                Ok(()) => return Ok(answer),
                Err(newer) => known = newer,
            }
        }
        let why = format!("{TRIES} writes in a row found it changed by others");
        Err(PortError::Unavailable { what: format!("{id} in table {}", self.table), why })
    }

    /// Writes the next version: `Err` with the item that somebody else has written meanwhile.
    async fn write_bucket(&self, id: &str, item: BucketItem) -> Result<Result<(), Option<Item>>, PortError> {
        let read = item.version;
        let next = BucketItem { version: read.wrapping_add(1), ..item };
        let mut item: Item =
            serde_dynamo::to_item(next).map_err(|error| corrupt(self.what("PutItem"), error))?;
        item.insert("id".to_owned(), text(id));
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(id) OR #version = :read")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":read", number(read))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Ok(())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => Ok(Err(failed.item.clone())),
                _ => Err(crate::error::port_error(self.what("PutItem"), &error)),
            },
        }
    }
}
