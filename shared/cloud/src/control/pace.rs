//! The pace: one item, changed by "read, apply the rule, write if nobody wrote in between".
//!
//! A lease costs one read and one write unit for some ten permits. A write that somebody else was faster than
//! brings the new item back with its refusal, so the next try needs no read.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use collect::pace::{Hold, LeaseAnswer, LeaseRequest, Leased, PaceState};
use collect::ports::PortError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DynamoControl, number, text};
use crate::batches::Item;
use crate::conditional::Conditional;
use crate::error::corrupt;
use crate::marks::{Mark, Marks};

/// Tries before a change is given up: others kept changing the item in between.
const TRIES: usize = 12;

/// The id of the item.
pub(super) const PACE: &str = "pace";

/// The item.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PaceItem {
    /// Counts the writes.
    #[serde(default)]
    pub version: u64,
    /// The marks of the last writes; none in items of earlier releases.
    #[serde(default)]
    marks: Marks,
    /// The pace.
    #[serde(flatten)]
    pub state: PaceState,
}

impl DynamoControl {
    /// Reads the pace from its item at `now`.
    pub(super) fn pace_state(&self, item: Item, now: Timestamp) -> Result<PaceState, PortError> {
        Ok(self.pace_item(item, now)?.state)
    }

    fn pace_item(&self, item: Item, now: Timestamp) -> Result<PaceItem, PortError> {
        let item: PaceItem = self.parse(PACE, item)?;
        let checked = item.state.check(now);
        checked.map_err(|why| corrupt(format!("{PACE} in table {}", self.table), why))?;
        Ok(item)
    }

    pub(super) async fn read_pace(&self) -> Result<PaceState, PortError> {
        let item = self.get(PACE).await?;
        item.map_or_else(|| Ok(PaceState::default()), |item| self.pace_state(item, Timestamp::now()))
    }

    pub(super) async fn lease_permits(&self, request: &LeaseRequest) -> Result<Leased, PortError> {
        self.change_pace(request.now, |pace| {
            let answer = pace.lease(request);
            // A refusal changes nothing that has to be kept.
            let changed = matches!(answer, LeaseAnswer::Granted(_) | LeaseAnswer::Reserved(_));
            (Leased { answer, pace: pace.clone() }, changed)
        })
        .await
    }

    pub(super) async fn set_hold(&self, held: &Hold) -> Result<(), PortError> {
        self.change_pace(held.at, |pace| {
            let before = pace.clone();
            pace.hold(held);
            ((), before != *pace)
        })
        .await
    }

    /// Applies `rule` to the pace as it is at `now`; `rule` also says whether there is anything to write.
    async fn change_pace<T>(
        &self,
        now: Timestamp,
        rule: impl Fn(&mut PaceState) -> (T, bool),
    ) -> Result<T, PortError> {
        let read = |item: Option<Item>| item.map(|item| self.pace_item(item, now)).transpose();
        let mut known = read(self.get(PACE).await?)?;
        for _ in 0..TRIES {
            let mut item = known.unwrap_or_default();
            let (answer, changed) = rule(&mut item.state);
            if !changed {
                return Ok(answer);
            }
            let mark = Mark::new(self.what("PutItem"))?;
            match self.write_pace(item, mark).await? {
                Conditional::Written(()) => return Ok(answer),
                Conditional::Refused(newer) => known = read(newer)?,
            }
            // The SDK retries unanswered requests. If the first attempt was carried out, its change is there.
            if known.as_ref().is_some_and(|item| item.marks.contain(mark)) {
                return Ok(answer);
            }
        }
        let why = format!("{TRIES} writes in a row found it changed by others");
        Err(PortError::Unavailable { what: format!("{PACE} in table {}", self.table), why })
    }

    /// Writes the next version under this mark. `Refused` contains the item that was written in the meantime,
    /// by somebody else or by an attempt of this call whose answer was lost.
    async fn write_pace(
        &self,
        item: PaceItem,
        mark: Mark,
    ) -> Result<Conditional<(), Option<Item>>, PortError> {
        let read = item.version;
        let mut next = PaceItem { version: read.wrapping_add(1), ..item };
        next.marks.add(mark);
        let mut item: Item =
            serde_dynamo::to_item(next).map_err(|error| corrupt(self.what("PutItem"), error))?;
        item.insert("id".to_owned(), text(PACE));
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
            Ok(_) => Ok(Conditional::Written(())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Conditional::Refused(failed.item.clone()))
                }
                _ => Err(crate::error::port_error(self.what("PutItem"), &error)),
            },
        }
    }
}
