//! The frontier in DynamoDB.
//!
//! Table `terms`: hash key `run`, range key `key`. The sparse index `lanes` (hash `lane`, range `rank`, keys
//! only) holds the unfinished terms: the ready ones of a bucket by priority, the sent ones by the end of
//! their lease. It lags behind the table, which every conditional write allows for.

mod erasure;
pub mod item;
mod revive;

use std::fmt::Display;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, Select};
use collect::ports::{Claim, Finish, Frontier, Kept, PortError, Ranked, TermPage};
use collect::term::{Lane, Progress, RunId, Tally, Term, TermKey, TermState};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::item::{Key, TermItem, key, lane_name, rank, summary};
use crate::batches::Item;
use crate::error::{condition_failed, corrupt, port_error};
use crate::marks::Mark;
use crate::schema;

const INDEX: &str = "lanes";

/// Most characters of a key that an error repeats.
const READABLE: usize = 100;

/// Conditional writes at a time.
const CONCURRENT_WRITES: usize = 16;

/// Whoever holds a claim may write the term as long as this holds.
const MINE: &str =
    "generation = :generation AND #state IN (:ready, :sent) AND attribute_not_exists(schema_version)";

/// The terms table.
#[derive(Debug)]
pub struct DynamoFrontier {
    client: Client,
    table: String,
}

impl DynamoFrontier {
    /// The table of that name.
    pub fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.to_owned() }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    fn term(&self, run: &RunId, key: impl Display) -> String {
        format!("the term {key} of run {run} in table {}", self.table)
    }

    /// An item that may be none of ours, by its key as it stands.
    fn some_term(&self, run: &RunId, item: &Item) -> String {
        let key = item.get("key").and_then(|key| key.as_s().ok()).map_or("(no text)", String::as_str);
        self.term(run, key.chars().take(READABLE).collect::<String>())
    }

    async fn put_if_absent(&self, term: &Term) -> Result<bool, PortError> {
        let item = TermItem::ready(term);
        let item = serde_dynamo::to_item(item).map_err(|error| corrupt(self.what("PutItem"), error))?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", "key")
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(port_error(self.what("PutItem"), &error)),
        }
    }

    /// A conditional change of one term; the caller adds expressions and their values.
    fn change(&self, run: &RunId, term: &TermKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(run, term)))
            .expression_attribute_names("#state", "state")
    }

    /// A change of a claimed term that is not finished.
    fn change_mine(&self, claim: &Claim) -> UpdateItemFluentBuilder {
        self.change(&claim.run, &claim.key)
            .condition_expression(MINE)
            .expression_attribute_values(":generation", AttributeValue::N(claim.generation.to_string()))
            .expression_attribute_values(":ready", state(TermState::Ready))
            .expression_attribute_values(":sent", state(TermState::Sent))
    }

    /// Carries a change out; the attributes asked for, or `None` where its condition did not hold.
    async fn apply(&self, change: UpdateItemFluentBuilder) -> Result<Option<Item>, PortError> {
        match change.send().await {
            Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
            Err(error) if condition_failed(&error) => Ok(None),
            Err(error) => Err(port_error(self.what("UpdateItem"), &error)),
        }
    }

    /// Carries out a dispatch like [`Self::apply`], but also returns the item if the dispatch of this mark is
    /// there already. The SDK retries unanswered requests, and the retry of a change that was carried out is
    /// refused. If that counted as a refusal, no message would go out, and the term would stand still until
    /// its lease ends. A message too many would do no harm: it carries this generation and finds the term
    /// finished.
    async fn apply_unless_done(
        &self,
        change: UpdateItemFluentBuilder,
        mark: Mark,
    ) -> Result<Option<Item>, PortError> {
        let change = change
            .expression_attribute_values(":mark", mark.into())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match change.send().await {
            Ok(answer) => return Ok(Some(answer.attributes.unwrap_or_default())),
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(port_error(self.what("UpdateItem"), &error));
        };
        let is_done = |item: &&Item| {
            item.get("state") == Some(&state(TermState::Sent))
                && item.get("mark") == Some(&mark.into())
                && !item.contains_key(schema::VERSION)
        };
        Ok(failed.item.as_ref().filter(is_done).cloned())
    }

    /// Sets the end of a term unless it is gone.
    async fn expire_one(&self, run: &RunId, term: &TermKey, end: Timestamp) -> Result<(), PortError> {
        let change = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(run, term)))
            .condition_expression(schema::if_understood("attribute_exists(#key)"))
            .update_expression("SET expires_at = :end")
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":end", AttributeValue::N(end.as_second().to_string()));
        self.apply(change).await.map(|_| ())
    }

    fn written<T: Serialize>(&self, value: &T) -> Result<AttributeValue, PortError> {
        serde_dynamo::to_attribute_value(value).map_err(|error| corrupt(self.what("UpdateItem"), error))
    }

    /// A query of one lane of the index.
    fn lane_query(
        &self,
        run: &RunId,
        lane: Lane,
        limit: usize,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .limit(limit_of(limit))
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_values(":lane", AttributeValue::S(lane_name(run, lane)));
        match lane {
            Lane::Ready(_) => query.key_condition_expression("#lane = :lane").scan_index_forward(false),
            Lane::SentUntil(until) if until == Timestamp::MAX => {
                query.key_condition_expression("#lane = :lane")
            }
            Lane::SentUntil(until) => query
                .key_condition_expression("#lane = :lane AND #rank <= :until")
                .expression_attribute_names("#rank", "rank")
                .expression_attribute_values(":until", rank(until)),
        }
    }
}

/// A limit as DynamoDB takes it.
fn limit_of(limit: usize) -> i32 {
    i32::try_from(limit.max(1)).unwrap_or(i32::MAX)
}

fn state(state: TermState) -> AttributeValue {
    AttributeValue::S(state.name().to_owned())
}

impl Frontier for DynamoFrontier {
    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError> {
        let puts: Vec<_> = terms.iter().map(|term| self.put_if_absent(term)).collect();
        stream::iter(puts)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_fold(0, |sum, new| async move { Ok(sum + usize::from(new)) })
            .await
    }

    async fn get(&self, run: &RunId, term: &TermKey) -> Result<Option<Term>, PortError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(run, term)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(self.what("GetItem"), &error))?;
        let Some(item) = answer.item else { return Ok(None) };
        let what = || self.term(run, term);
        schema::check(&item, what)?;
        let item: TermItem = serde_dynamo::from_item(item).map_err(|error| corrupt(what(), error))?;
        item.into_term().map(Some).map_err(|why| corrupt(what(), why))
    }

    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<Ranked>, PortError> {
        let answer = self
            .lane_query(run, lane, limit)
            .send()
            .await
            .map_err(|error| port_error(self.what("Query"), &error))?;
        let ranked = |item: &Item| {
            let key = item.get("key").and_then(|key| key.as_s().ok()).map_or("", String::as_str);
            let key = TermKey::parse(key)
                .map_err(|error| corrupt(format!("index {INDEX} of table {}", self.table), error))?;
            let rank = item.get("rank").and_then(|rank| rank.as_n().ok()?.parse().ok()).unwrap_or(0.0);
            Ok(Ranked { key, rank })
        };
        answer.items().iter().map(ranked).collect()
    }

    async fn count(&self, run: &RunId, lane: Lane, limit: usize) -> Result<usize, PortError> {
        let (mut terms, mut from) = (0, None);
        // An answer counts a megabyte of the index, which is less than a large window.
        loop {
            let answer = self
                .lane_query(run, lane, limit.saturating_sub(terms))
                .select(Select::Count)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| port_error(self.what("Query"), &error))?;
            terms += usize::try_from(answer.count()).unwrap_or_default();
            from = answer.last_evaluated_key;
            if from.is_none() || terms >= limit {
                return Ok(terms);
            }
        }
    }

    async fn send(
        &self,
        run: &RunId,
        key: &TermKey,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, PortError> {
        #[derive(Deserialize)]
        struct Sent {
            generation: u32,
        }
        let change = self
            .change(run, key)
            .condition_expression(schema::if_understood("#state = :ready"))
            .update_expression(
                "SET #state = :sent, #lane = :lane, #rank = :until, mark = :mark ADD generation :one",
            )
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":ready", state(TermState::Ready))
            .expression_attribute_values(":sent", state(TermState::Sent))
            .expression_attribute_values(
                ":lane",
                AttributeValue::S(lane_name(run, Lane::SentUntil(lease_until))),
            )
            .expression_attribute_values(":until", rank(lease_until))
            .expression_attribute_values(":one", AttributeValue::N("1".into()))
            .return_values(ReturnValue::UpdatedNew);
        let mark = Mark::new(self.what("UpdateItem"))?;
        let Some(attributes) = self.apply_unless_done(change, mark).await? else { return Ok(None) };
        let sent: Sent =
            serde_dynamo::from_item(attributes).map_err(|error| corrupt(self.term(run, key), error))?;
        Ok(Some(Claim { run: run.clone(), key: key.clone(), generation: sent.generation }))
    }

    async fn give_back(&self, claim: &Claim, kept: Option<Kept<'_>>) -> Result<bool, PortError> {
        let mut change = self
            .change(&claim.run, &claim.key)
            .condition_expression(schema::if_understood("generation = :generation AND #state = :sent"))
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":generation", AttributeValue::N(claim.generation.to_string()))
            .expression_attribute_values(":ready", state(TermState::Ready))
            .expression_attribute_values(":sent", state(TermState::Sent));
        let mut set = "SET #state = :ready, #lane = ready_lane, #rank = priority";
        if let Some(kept) = kept {
            set = "SET #state = :ready, #lane = ready_lane, #rank = :priority, priority = :priority, progress = :progress, tally = :tally, attempts = :attempts";
            change = change
                .expression_attribute_values(":progress", self.written(kept.progress)?)
                .expression_attribute_values(":tally", self.written(&kept.tally)?)
                .expression_attribute_values(":attempts", AttributeValue::N(kept.attempts.to_string()))
                .expression_attribute_values(":priority", AttributeValue::N(kept.priority.to_string()));
        }
        Ok(self.apply(change.update_expression(set)).await?.is_some())
    }

    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        tally: Tally,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        let change = self
            .change_mine(claim)
            .update_expression(
                "SET #state = :sent, #lane = :lane, #rank = :until, progress = :progress, tally = :tally, attempts = :attempts",
            )
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(
                ":lane",
                AttributeValue::S(lane_name(&claim.run, Lane::SentUntil(lease_until))),
            )
            .expression_attribute_values(":until", rank(lease_until))
            .expression_attribute_values(":progress", self.written(progress)?)
            .expression_attribute_values(":tally", self.written(&tally)?)
            .expression_attribute_values(":attempts", AttributeValue::N(attempts.to_string()));
        Ok(self.apply(change).await?.is_some())
    }

    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError> {
        let mut set =
            "SET #state = :end, progress = :progress, tally = :tally, attempts = :attempts".to_owned();
        let mut change = self
            .change_mine(claim)
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":end", state(finish.state))
            .expression_attribute_values(":progress", self.written(&finish.progress)?)
            .expression_attribute_values(":tally", self.written(&finish.tally)?)
            .expression_attribute_values(":attempts", AttributeValue::N(finish.attempts.to_string()));
        if let Some(reason) = &finish.reason {
            set.push_str(", reason = :reason REMOVE #lane, #rank");
            change = change.expression_attribute_values(":reason", AttributeValue::S(reason.clone()));
        } else {
            set.push_str(" REMOVE #lane, #rank, reason");
        }
        Ok(self.apply(change.update_expression(set)).await?.is_some())
    }

    async fn page(&self, run: &RunId, after: Option<&TermKey>, limit: usize) -> Result<TermPage, PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("#run = :run")
            .projection_expression("#key, #source, #state, priority, tally, reason, schema_version")
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#source", "source")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":run", AttributeValue::S(run.to_string()))
            .limit(limit_of(limit))
            .set_exclusive_start_key(after.map(|after| key(run, after)))
            .send()
            .await
            .map_err(|error| port_error(self.what("Query"), &error))?;
        let terms = answer.items.unwrap_or_default().into_iter().map(|item| {
            let what = self.some_term(run, &item);
            schema::check(&item, || what.clone())?;
            summary(item).map_err(|why| corrupt(what, why))
        });
        let next = answer.last_evaluated_key.map(|last| {
            let what = self.some_term(run, &last);
            serde_dynamo::from_item(last).map(|Key { key }| key).map_err(|error| corrupt(what, error))
        });
        Ok(TermPage { terms: terms.collect::<Result<_, _>>()?, next: next.transpose()? })
    }

    async fn expire(&self, run: &RunId, terms: &[TermKey], end: Timestamp) -> Result<(), PortError> {
        let writes: Vec<_> = terms.iter().map(|term| self.expire_one(run, term, end)).collect();
        stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).try_collect().await
    }
}
