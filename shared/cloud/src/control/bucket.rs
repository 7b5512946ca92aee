//! The pace of a bucket: conditional writes on one item.
//!
//! DynamoDB cannot take a maximum in a write, so `max(next, now)` becomes two forms of the same lease: one for a bucket
//! whose next permit is due in the future (`next + cost`), one for a bucket that has been idle (`now + cost`). The form that
//! fitted last is tried first; a failed condition brings the item back with it, so the second try knows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use collect::pace::{BucketState, Held, LeaseAnswer, LeaseRequest};
use collect::ports::PortError;
use collect::term::Bucket;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DynamoControl, number};

/// Tries of a lease before it counts as busy: others kept changing the item in between.
const TRIES: usize = 6;

/// The item of a bucket.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct BucketItem {
    /// Due time of the first free permit, in epoch microseconds.
    next_us: i64,
    /// End of the hold, in epoch milliseconds.
    hold_until_ms: i64,
    epoch: u64,
    granted: u64,
    refused: u64,
}

impl From<BucketItem> for BucketState {
    fn from(item: BucketItem) -> Self {
        Self {
            next: Timestamp::from_microsecond(item.next_us).unwrap_or(Timestamp::UNIX_EPOCH),
            hold_until: Timestamp::from_millisecond(item.hold_until_ms).unwrap_or(Timestamp::UNIX_EPOCH),
            epoch: item.epoch,
            granted: item.granted,
            refused: item.refused,
        }
    }
}

/// The id of a bucket's item.
pub(super) fn item_id(bucket: Bucket) -> String {
    format!("bucket#{bucket}")
}

impl DynamoControl {
    pub(super) async fn lease_permits(
        &self,
        bucket: Bucket,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, PortError> {
        let id = item_id(bucket);
        let mut backlogged = self.backlogged.load(Ordering::Relaxed);
        for _ in 0..TRIES {
            let change =
                if backlogged { self.lease_behind(&id, request) } else { self.lease_now(&id, request) };
            match self.apply(change).await? {
                Ok(item) => {
                    self.backlogged.store(backlogged, Ordering::Relaxed);
                    let state: BucketState = self.parse::<BucketItem>(&id, item)?.into();
                    return Ok(LeaseAnswer::Granted {
                        first_due: state.next - request.cost(),
                        epoch: state.epoch,
                    });
                }
                Err(item) => {
                    let mut state: BucketState = self.parse::<BucketItem>(&id, item)?.into();
                    backlogged = state.next >= request.now;
                    // The rule itself says why: a bucket that would grant now was changed in between.
                    match state.lease(request) {
                        LeaseAnswer::Granted { .. } => {}
                        refusal => return Ok(refusal),
                    }
                }
            }
        }
        Ok(LeaseAnswer::Busy { next: request.now + Duration::from_millis(100) })
    }

    /// A lease behind permits that are not due yet.
    fn lease_behind(&self, id: &str, request: &LeaseRequest) -> UpdateItemFluentBuilder {
        self.update(id)
            .condition_expression("next_us >= :now AND next_us <= :horizon AND hold_until_ms <= :now_ms")
            .update_expression("SET next_us = next_us + :cost ADD granted :permits")
            .expression_attribute_values(":now", number(request.now.as_microsecond()))
            .expression_attribute_values(":now_ms", number(request.now.as_millisecond()))
            .expression_attribute_values(":horizon", number((request.now + request.horizon).as_microsecond()))
            .expression_attribute_values(":cost", number(request.cost().as_micros()))
            .expression_attribute_values(":permits", number(request.permits))
    }

    /// A lease from now on, of a bucket that has been idle or never used.
    fn lease_now(&self, id: &str, request: &LeaseRequest) -> UpdateItemFluentBuilder {
        self.update(id)
            .condition_expression("attribute_not_exists(id) OR (next_us < :now AND hold_until_ms <= :now_ms)")
            .update_expression(
                "SET next_us = :next, hold_until_ms = if_not_exists(hold_until_ms, :zero) ADD granted :permits",
            )
            .expression_attribute_values(":now", number(request.now.as_microsecond()))
            .expression_attribute_values(":now_ms", number(request.now.as_millisecond()))
            .expression_attribute_values(":next", number((request.now + request.cost()).as_microsecond()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":permits", number(request.permits))
    }

    pub(super) async fn set_hold(&self, bucket: Bucket, held: &Held) -> Result<(), PortError> {
        let id = item_id(bucket);
        let until = number(held.until.as_millisecond());
        let first = self
            .update(&id)
            .condition_expression(if held.epoch == 0 {
                "attribute_not_exists(epoch) OR epoch = :epoch"
            } else {
                "epoch = :epoch"
            })
            .update_expression(
                "SET hold_until_ms = :until, next_us = if_not_exists(next_us, :zero) ADD epoch :one, refused :one",
            )
            .expression_attribute_values(":epoch", number(held.epoch))
            .expression_attribute_values(":until", until.clone())
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1));
        if self.apply(first).await?.is_ok() {
            return Ok(());
        }
        // Another refusal of the same epoch was first. A later end still counts.
        let longer = self
            .update(&id)
            .condition_expression("hold_until_ms < :until")
            .update_expression("SET hold_until_ms = :until")
            .expression_attribute_values(":until", until);
        self.apply(longer).await.map(|_| ())
    }
}
