//! The control table in DynamoDB.
//!
//! | item | what it is |
//! |---|---|
//! | `current` | the open run, or the last one |
//! | `run#<id>` | a closed run with its report |
//! | `words#<id>` | the whole words that saturated in a run; expires once that is closed |
//! | `expiring` | the closed runs whose items are still to be given their end |
//! | `pace` | the pace of the app and of its buckets |
//! | `capability` | what the app may see of a search, and which operators work in it |
//! | `endpoints` | which endpoints answer the app |
//! | `yields` | what the sources of the current run have brought lately |
//! | `playlist#<id>` | the version of a playlist that was read; expires |
//! | `series#<hour>` | figures of each minute of an hour in which a run was open; expires |

pub mod capability;
mod expiring;
mod latest;
pub mod pace;
mod records;
mod series;
pub mod sources;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use collect::catalogue::PlaylistId;
use collect::pace::{Hold, LeaseRequest, Leased, PaceState};
use collect::plan::{Finding, LimitsFinding, OperatorFinding, Yields};
use collect::ports::{Control, Opening, Overview, PortError};
use collect::run::{Counting, Expiring, Latest, Run, Seeding};
use collect::term::{Operator, RunId};
use collect::web_api::Endpoint;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use self::capability::CAPABILITY;
use self::expiring::EXPIRING;
use self::pace::PACE;
use self::records::{as_seen, is_resumed, record_id};
use self::sources::{ENDPOINTS, YIELDS};
use crate::batches::{self, Item};
use crate::conditional::Conditional;
use crate::error::{corrupt, port_error};
use crate::schema;

const CURRENT: &str = "current";

/// The state of an open run, as it is stored.
const RUNNING: &str = "running";

/// The run that stands there is this one and is open.
const IS_OPEN: &str = "#run = :run AND #state = :running";

/// The control table.
#[derive(Debug)]
pub struct DynamoControl {
    client: Client,
    table: String,
    retention: Duration,
}

impl DynamoControl {
    /// The table of that name, for artists whose rows are kept for `retention` after they were seen.
    pub fn new(client: Client, table: &str, retention: Duration) -> Self {
        Self { client, table: table.to_owned(), retention }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    /// An item by its id, even if it is malformed.
    fn item_name(&self, item: &Item) -> String {
        let id = item.get("id").and_then(|id| id.as_s().ok()).map_or("", String::as_str);
        format!("{id:.100} in table {}", self.table)
    }

    fn parse<T: DeserializeOwned>(&self, id: &str, item: Item) -> Result<T, PortError> {
        schema::check(&item, || format!("{id} in table {}", self.table))?;
        serde_dynamo::from_item(item).map_err(|error| corrupt(format!("{id} in table {}", self.table), error))
    }

    async fn get(&self, id: &str) -> Result<Option<Item>, PortError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(self.what("GetItem"), &error))?;
        Ok(answer.item)
    }

    fn update(&self, id: &str) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).key("id", text(id))
    }

    /// Puts attributes into an item, beside those that it has.
    async fn put(&self, id: &str, attributes: Item) -> Result<(), PortError> {
        let (mut change, mut assignments) = (self.update(id), Vec::new());
        for (at, (name, value)) in attributes.into_iter().enumerate() {
            assignments.push(format!("#a{at} = :a{at}"));
            // By placeholders, because `not-quotes_works` would be read as a difference.
            change = change
                .expression_attribute_names(format!("#a{at}"), name)
                .expression_attribute_values(format!(":a{at}"), value);
        }
        let change = change.update_expression(format!("SET {}", assignments.join(", ")));
        self.apply(change).await.map(|_| ())
    }

    /// Changes the run that is open now, if it is this one; otherwise does nothing.
    async fn change_run(&self, run: &RunId, change: UpdateItemFluentBuilder) -> Result<(), PortError> {
        let change = change
            .condition_expression(IS_OPEN)
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":run", text(run.as_str()))
            .expression_attribute_values(":running", text(RUNNING));
        self.apply(change).await.map(|_| ())
    }

    /// Carries out a change. `Written` contains the new item, `Refused` the old one. Beside its own condition
    /// each change has the one that the item is understood: a later release may have written it, also after
    /// it was read.
    async fn apply(&self, change: UpdateItemFluentBuilder) -> Result<Conditional<Item, Item>, PortError> {
        let condition = understood_and(change.get_condition_expression().as_deref());
        let answer = change
            .condition_expression(condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Conditional::Written(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    let item = failed.item.clone().unwrap_or_default();
                    schema::check(&item, || self.item_name(&item))?;
                    Ok(Conditional::Refused(item))
                }
                _ => Err(port_error(self.what("UpdateItem"), &error)),
            },
        }
    }
}

/// `condition`, if there is one, and that the item is understood.
fn understood_and(condition: Option<&str>) -> String {
    condition.map_or_else(|| schema::UNDERSTOOD.to_owned(), schema::if_understood)
}

fn item_key(id: &str) -> Item {
    Item::from([("id".to_owned(), text(id))])
}

/// The id of the words of a run.
fn words_id(run: &RunId) -> String {
    format!("words#{run}")
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

impl Control for DynamoControl {
    async fn overview(&self) -> Result<Overview, PortError> {
        let keys = [CURRENT, CAPABILITY, PACE, ENDPOINTS, YIELDS, EXPIRING].map(item_key).to_vec();
        let mut overview = Overview::default();
        for item in batches::read(&self.client, &self.table, keys, true).await? {
            self.note(&mut overview, item)?;
        }
        Ok(overview)
    }

    async fn open(&self, run: &Run) -> Result<Opening, PortError> {
        if self.get(&record_id(&run.id)).await?.is_some() {
            return Ok(Opening::AlreadyClosed);
        }
        self.record_last().await?;
        let free = |put: PutItemFluentBuilder| {
            put.condition_expression("attribute_not_exists(id) OR (#state <> :running AND #run <> :run)")
                .expression_attribute_names("#run", "run")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":run", text(run.id.as_str()))
                .expression_attribute_values(":running", text(RUNNING))
        };
        Ok(match self.put_run(CURRENT, run, free).await? {
            Conditional::Written(()) => Opening::Opened,
            Conditional::Refused(Some(standing)) if standing.id != run.id => Opening::Busy(standing.id),
            Conditional::Refused(Some(standing)) if standing.is_running() => Opening::AlreadyOpen,
            Conditional::Refused(_) => Opening::AlreadyClosed,
        })
    }

    async fn mark_seeding(&self, run: &RunId, seeding: &Seeding) -> Result<(), PortError> {
        let seeding = serde_dynamo::to_attribute_value(seeding)
            .map_err(|error| corrupt(self.what("UpdateItem"), error))?;
        let change = self.update(CURRENT).update_expression("SET seeding = :seeding");
        self.change_run(run, change.expression_attribute_values(":seeding", seeding)).await
    }

    async fn mark_seeded(&self, run: &RunId) -> Result<(), PortError> {
        let change = self.update(CURRENT).update_expression("SET seeded = :yes");
        self.change_run(run, change.expression_attribute_values(":yes", AttributeValue::Bool(true))).await
    }

    async fn mark_idle(&self, run: &RunId, since: Option<Timestamp>) -> Result<(), PortError> {
        let change = match since {
            Some(since) => self
                .update(CURRENT)
                .update_expression("SET idle_since = :since REMOVE counting")
                .expression_attribute_values(":since", text(&since.to_string())),
            None => self.update(CURRENT).update_expression("REMOVE idle_since, counting"),
        };
        self.change_run(run, change).await
    }

    async fn add_tracks(&self, run: &RunId) -> Result<bool, PortError> {
        let change = self
            .update(CURRENT)
            .update_expression("SET tracks = if_not_exists(tracks, :beside) REMOVE idle_since, counting")
            .expression_attribute_values(":beside", text("beside"))
            .condition_expression(IS_OPEN)
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":run", text(run.as_str()))
            .expression_attribute_values(":running", text(RUNNING));
        self.apply(change).await.map(|answer| answer.is_written())
    }

    async fn stop(&self, run: &RunId, reason: &str) -> Result<(), PortError> {
        let change = self.update(CURRENT).update_expression("SET stopped = if_not_exists(stopped, :reason)");
        self.change_run(run, change.expression_attribute_values(":reason", text(reason))).await
    }

    async fn resume(&self, run: &Run) -> Result<bool, PortError> {
        let stopped = |put: PutItemFluentBuilder| {
            let mut values = Item::from([(":run".to_owned(), text(run.id.as_str()))]);
            let resumed = is_resumed(run.resumed.saturating_sub(1), &mut values);
            put.condition_expression(format!("#run = :run AND attribute_exists(stopped) AND {resumed}"))
                .expression_attribute_names("#run", "run")
                .set_expression_attribute_values(Some(values))
        };
        Ok(match self.put_run(CURRENT, run, stopped).await? {
            Conditional::Written(()) => true,
            Conditional::Refused(standing) => standing.as_ref() == Some(run),
        })
    }

    async fn mark_counting(&self, run: &Run, counting: &Counting) -> Result<bool, PortError> {
        self.put_counting(run, counting).await
    }

    async fn note_expiring(&self, run: &RunId, expiring: &Expiring) -> Result<(), PortError> {
        self.put_expiring(run, expiring, false).await
    }

    async fn mark_expiring(&self, run: &RunId, expiring: Option<&Expiring>) -> Result<(), PortError> {
        match expiring {
            Some(expiring) => self.put_expiring(run, expiring, true).await,
            None => self.remove_expiring(run).await,
        }
    }

    async fn expire(&self, run: &RunId, end: Timestamp) -> Result<(), PortError> {
        self.expire_words(run, end).await
    }

    async fn close(&self, run: &Run) -> Result<bool, PortError> {
        let as_seen = |put: PutItemFluentBuilder| {
            let (condition, values) = as_seen(run);
            put.condition_expression(condition)
                .expression_attribute_names("#run", "run")
                .expression_attribute_names("#state", "state")
                .set_expression_attribute_values(Some(values))
        };
        let closed = match self.put_run(CURRENT, run, as_seen).await? {
            Conditional::Written(()) => true,
            // The SDK retries unanswered requests. If the first attempt was carried out, this very run is
            // already there.
            Conditional::Refused(standing) => standing.as_ref() == Some(run),
        };
        if closed {
            // If this ends before, the next run keeps the record before it takes the place.
            self.record(run).await?;
        }
        Ok(closed)
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Leased, PortError> {
        self.lease_permits(request).await
    }

    async fn pace(&self) -> Result<PaceState, PortError> {
        self.read_pace().await
    }

    async fn hold(&self, held: &Hold) -> Result<(), PortError> {
        self.set_hold(held).await
    }

    async fn saturated_words(&self, run: &RunId, add: Option<&str>) -> Result<Vec<String>, PortError> {
        let id = words_id(run);
        let item = match add {
            Some(word) => {
                let word = AttributeValue::Ss(vec![word.to_owned()]);
                let change = self.update(&id).update_expression("ADD words :word");
                match self.apply(change.expression_attribute_values(":word", word)).await? {
                    Conditional::Written(item) | Conditional::Refused(item) => item,
                }
            }
            None => self.get(&id).await?.unwrap_or_default(),
        };
        schema::check(&item, || self.item_name(&item))?;
        match item.get("words") {
            Some(AttributeValue::Ss(words)) => Ok(words.clone()),
            Some(other) => {
                let kind = format!("{other:?}").chars().take(60).collect::<String>();
                Err(corrupt(
                    format!("{id} in table {}", self.table),
                    format!("words is no set of texts: {kind}"),
                ))
            }
            None => Ok(Vec::new()),
        }
    }

    async fn note_operator(&self, operator: Operator, finding: &OperatorFinding) -> Result<(), PortError> {
        self.put(CAPABILITY, capability::of_operator(operator, finding)).await
    }

    async fn note_endpoint(&self, endpoint: Endpoint, finding: &Finding) -> Result<(), PortError> {
        self.put_finding(endpoint, finding).await
    }

    async fn note_yields(&self, run: &RunId, brought: &Yields, latest: &Latest) -> Result<(), PortError> {
        self.add_yields(run, brought, latest).await
    }

    async fn snapshots(&self, playlists: &[PlaylistId]) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        self.read_snapshots(playlists).await
    }

    async fn keep_snapshot(&self, playlist: &PlaylistId, snapshot: &str) -> Result<(), PortError> {
        self.write_snapshot(playlist, snapshot).await
    }

    async fn limit_pages(&self, finding: &LimitsFinding) -> Result<(), PortError> {
        self.put(CAPABILITY, capability::of_limits(finding)).await
    }
}

impl DynamoControl {
    /// Adds one item of the table to the overview.
    fn note(&self, overview: &mut Overview, item: Item) -> Result<(), PortError> {
        let id = item.get("id").and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
        schema::check(&item, || self.item_name(&item))?;
        match id.as_str() {
            CURRENT => overview.run = Some(self.parse(&id, item)?),
            CAPABILITY => {
                let known = capability::read(item);
                let known = known.map_err(|why| corrupt(format!("{id} in table {}", self.table), why))?;
                (overview.operators, overview.limits) = known;
            }
            PACE => overview.pace = self.pace_state(item, Timestamp::now())?,
            ENDPOINTS => overview.findings = self.findings(item)?,
            YIELDS => {
                overview.yields = Some(self.yields(&item)?);
                overview.latest = latest::read(&item);
            }
            EXPIRING => overview.expiring = self.expiring(item)?,
            _ => {}
        }
        Ok(())
    }
}
