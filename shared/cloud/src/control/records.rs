//! Runs as whole items: the current one, the records of closed ones, and on which conditions they change.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use collect::ports::export::Runs;
use collect::ports::{PortError, Records};
use collect::run::Run;
use collect::term::RunId;

use super::{CURRENT, DynamoControl, IS_OPEN, RUNNING, number, text, understood_and};
use crate::batches::Item;
use crate::conditional::Conditional;
use crate::error::{corrupt, port_error};

impl DynamoControl {
    /// Keeps a closed run for good, in the place of what it was before it was resumed.
    pub(super) async fn record(&self, run: &Run) -> Result<(), PortError> {
        let absent_or_older = |put: PutItemFluentBuilder| match run.resumed {
            0 => put.condition_expression("attribute_not_exists(id)"),
            resumed => put
                .condition_expression(
                    "attribute_not_exists(id) OR attribute_not_exists(resumed) OR resumed < :resumed",
                )
                .expression_attribute_values(":resumed", number(resumed)),
        };
        self.put_run(&record_id(&run.id), run, absent_or_older).await.map(drop)
    }

    /// Keeps the last run for good, if it is closed and whoever closed it has not come to that.
    pub(super) async fn record_last(&self) -> Result<(), PortError> {
        let Some(last) = self.get(CURRENT).await? else { return Ok(()) };
        let last: Run = self.parse(CURRENT, last)?;
        if last.is_running() { Ok(()) } else { self.record(&last).await }
    }

    /// Puts a run under `id` if the condition that `when` sets holds and what stands there is understood.
    /// `Refused` contains the other run.
    pub(super) async fn put_run(
        &self,
        id: &str,
        run: &Run,
        when: impl FnOnce(PutItemFluentBuilder) -> PutItemFluentBuilder,
    ) -> Result<Conditional<(), Option<Run>>, PortError> {
        let mut item: Item =
            serde_dynamo::to_item(run).map_err(|error| corrupt(self.what("PutItem"), error))?;
        item.insert("id".to_owned(), text(id));
        let put = when(self.client.put_item().table_name(&self.table).set_item(Some(item)));
        let condition = understood_and(put.get_condition_expression().as_deref());
        let put = put
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(Conditional::Written(())) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(port_error(self.what("PutItem"), &error));
        };
        let standing = failed.item.clone().map(|item| self.parse(id, item)).transpose()?;
        Ok(Conditional::Refused(standing))
    }
}

impl Records for DynamoControl {
    async fn closed_run(&self, run: &RunId) -> Result<Option<Run>, PortError> {
        let id = record_id(run);
        self.get(&id).await?.map(|item| self.parse(&id, item)).transpose()
    }
}

impl Runs for DynamoControl {
    async fn current(&self) -> Result<Option<Run>, PortError> {
        self.get(CURRENT).await?.map(|item| self.parse(CURRENT, item)).transpose()
    }
}

/// The id of a closed run's record.
pub(super) fn record_id(run: &RunId) -> String {
    format!("run#{run}")
}

/// The condition that `run` is still open, was not resumed since, and, unless it was stopped, is idle since
/// the moment that it says; with its values.
pub(super) fn as_seen(run: &Run) -> (String, Item) {
    let mut values =
        Item::from([(":run".to_owned(), text(run.id.as_str())), (":running".to_owned(), text(RUNNING))]);
    let resumed = is_resumed(run.resumed, &mut values);
    let condition = match run.idle_since {
        _ if run.stopped.is_some() => format!("{IS_OPEN} AND {resumed}"),
        Some(since) => {
            values.insert(":since".to_owned(), text(&since.to_string()));
            format!("{IS_OPEN} AND {resumed} AND idle_since = :since")
        }
        None => format!("{IS_OPEN} AND {resumed} AND attribute_not_exists(idle_since)"),
    };
    (condition, values)
}

/// The condition that a run was resumed so often; its value joins `values`.
pub(super) fn is_resumed(times: u32, values: &mut Item) -> &'static str {
    if times == 0 {
        return "attribute_not_exists(resumed)";
    }
    values.insert(":resumed".to_owned(), number(times));
    "resumed = :resumed"
}
