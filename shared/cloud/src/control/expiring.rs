//! What the closing of a run keeps: how far its terms are counted, and which items have their end.

use std::collections::BTreeMap;

use collect::ports::PortError;
use collect::run::{Counting, Expiring, Run};
use collect::term::RunId;
use jiff::Timestamp;

use super::{CURRENT, DynamoControl, as_seen, number, record_id, words_id};
use crate::batches::Item;
use crate::error::corrupt;

/// The item with an attribute, `run#<id>`, for each closed run whose items are still to be given their end.
pub(super) const EXPIRING: &str = "expiring";

impl DynamoControl {
    /// Keeps the count on the current run, if that is as `run` says.
    pub(super) async fn put_counting(&self, run: &Run, counting: &Counting) -> Result<bool, PortError> {
        let counting = serde_dynamo::to_attribute_value(counting)
            .map_err(|error| corrupt(self.what("UpdateItem"), error))?;
        let (condition, values) = as_seen(run);
        let change = self
            .update(CURRENT)
            .condition_expression(condition)
            .update_expression("SET counting = :counting")
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#state", "state")
            .set_expression_attribute_values(Some(values))
            .expression_attribute_values(":counting", counting);
        Ok(self.apply(change).await?.is_written())
    }

    /// Keeps how far a run's items have their end; where it must be `known`, only if that is not done yet.
    pub(super) async fn put_expiring(
        &self,
        run: &RunId,
        expiring: &Expiring,
        known: bool,
    ) -> Result<(), PortError> {
        let expiring = serde_dynamo::to_attribute_value(expiring)
            .map_err(|error| corrupt(self.what("UpdateItem"), error))?;
        let change = self
            .update(EXPIRING)
            .set_condition_expression(known.then(|| "attribute_exists(#of)".to_owned()))
            .update_expression("SET #of = :expiring")
            .expression_attribute_names("#of", record_id(run))
            .expression_attribute_values(":expiring", expiring);
        self.apply(change).await.map(|_| ())
    }

    /// All items of a run have their end.
    pub(super) async fn remove_expiring(&self, run: &RunId) -> Result<(), PortError> {
        let change = self
            .update(EXPIRING)
            .update_expression("REMOVE #of")
            .expression_attribute_names("#of", record_id(run));
        self.apply(change).await.map(|_| ())
    }

    /// The runs that are noted.
    pub(super) fn expiring(&self, mut item: Item) -> Result<BTreeMap<RunId, Expiring>, PortError> {
        item.remove("id");
        let runs: BTreeMap<String, Expiring> = self.parse(EXPIRING, item)?;
        let read = |(name, expiring): (String, Expiring)| {
            let run = RunId::new(name.strip_prefix("run#").unwrap_or(&name));
            let run = run.map_err(|error| corrupt(format!("{EXPIRING} in table {}", self.table), error))?;
            Ok((run, expiring))
        };
        runs.into_iter().map(read).collect()
    }

    /// Sets the end of the words of a run, if there are any.
    pub(super) async fn expire_words(&self, run: &RunId, end: Timestamp) -> Result<(), PortError> {
        let change = self
            .update(&words_id(run))
            .condition_expression("attribute_exists(id)")
            .update_expression("SET expires_at = :end")
            .expression_attribute_values(":end", number(end.as_second()));
        self.apply(change).await.map(|_| ())
    }
}
