//! Questions to a deployed stack: how far is the run, what lies in the tables and queues.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use aws_sdk_sqs::types::QueueAttributeName;
use cloud::control::capability;
use cloud::control::capability::CAPABILITY;
use collect::pace::PaceState;
use collect::plan::{Findings, LimitsFinding};
use serde_json::{Map, Value};

use crate::aws::Clients;
use crate::deploy::Deployment;

/// A DynamoDB item.
pub type Item = HashMap<String, AttributeValue>;

/// The open run, or the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// `running`, `complete` or `partial`.
    pub state: String,
}

impl Run {
    /// Whether the run has ended.
    pub fn is_closed(&self) -> bool {
        self.state != "running"
    }
}

/// Messages in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// Ready to be received.
    pub visible: u64,
    /// Received and not yet deleted, or put off.
    pub hidden: u64,
}

/// Asks one deployed stack.
#[derive(Clone, Debug)]
pub struct Observer {
    clients: Clients,
    deployment: Deployment,
}

impl Observer {
    /// An observer of what was deployed through these clients.
    pub fn new(clients: Clients, deployment: Deployment) -> Self {
        Self { clients, deployment }
    }

    /// The open run or the last one; `None` before the first.
    pub async fn run(&self) -> Result<Option<Run>> {
        let Some(item) = self.control("current").await? else { return Ok(None) };
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        Ok(text("run").zip(text("state")).map(|(id, state)| Run { id, state }))
    }

    /// What the last run says of itself; `None` as long as it is open.
    pub async fn report(&self) -> Result<Option<collect::run::Report>> {
        let report = self.control("current").await?.and_then(|mut item| item.remove("report"));
        let Some(AttributeValue::M(report)) = report else { return Ok(None) };
        serde_json::from_value(to_json(report)).map(Some).context("the report is in an unknown form")
    }

    /// What has been found out of the endpoints; nothing before sources beyond the search were used.
    pub async fn findings(&self) -> Result<Findings> {
        let Some(mut item) = self.control("endpoints").await? else { return Ok(Findings::default()) };
        item.remove("id");
        serde_json::from_value(to_json(item)).context("what is known of the endpoints is in an unknown form")
    }

    /// What has been found out about searching: which operators work, and how much is shown.
    pub async fn searching(&self) -> Result<(capability::Operators, Option<LimitsFinding>)> {
        let item = self.control(CAPABILITY).await?.unwrap_or_default();
        capability::read(item).map_err(|why| anyhow!("what is known of searches cannot be read: {why}"))
    }

    /// The pace; untouched before the first request.
    pub async fn pace(&self) -> Result<PaceState> {
        let Some(item) = self.control("pace").await? else { return Ok(PaceState::default()) };
        serde_json::from_value(to_json(item)).context("the pace is in an unknown form")
    }

    /// Seconds until one of the buckets that have been used may be asked again; zero when one may be now.
    pub async fn hold_s(&self) -> Result<u64> {
        let pace = self.pace().await?;
        let now = jiff::Timestamp::now();
        // No hold is less than any.
        let hold = pace.buckets.keys().map(|bucket| pace.held_at(*bucket, now)).min().flatten();
        let wait = hold.map(|until| until.duration_since(now).as_secs_f64().ceil());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole seconds ahead")]
        Ok(wait.unwrap_or(0.0) as u64)
    }

    /// One item of the control table.
    pub async fn control(&self, id: &str) -> Result<Option<Item>> {
        self.item(&self.deployment.control, id).await
    }

    /// One artist as JSON; `None` when it is not in the table.
    pub async fn artist(&self, id: &str) -> Result<Option<Value>> {
        Ok(self.item(&self.deployment.artists, id).await?.map(to_json))
    }

    async fn item(&self, table: &str, id: &str) -> Result<Option<Item>> {
        let answer = self
            .clients
            .dynamodb
            .get_item()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .send()
            .await
            .with_context(|| format!("the table {table} cannot be read"))?;
        Ok(answer.item)
    }

    /// Number of artists in the table.
    pub async fn artists(&self) -> Result<u64> {
        let mut pages = self
            .clients
            .dynamodb
            .scan()
            .table_name(&self.deployment.artists)
            .select(Select::Count)
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += u64::try_from(page.context("the artists cannot be counted")?.count())?;
        }
        Ok(count)
    }

    /// Number of artists as the table's description says, which costs nothing. Emulators keep it up to date; AWS does so
    /// every few hours only.
    pub async fn artists_roughly(&self) -> Result<u64> {
        let answer = self.clients.dynamodb.describe_table().table_name(&self.deployment.artists).send().await;
        let table = answer.context("the table of the artists cannot be described")?.table;
        Ok(table.and_then(|table| table.item_count).and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    /// The whole artist table as JSON, in the order of the ids.
    pub async fn artist_rows(&self) -> Result<BTreeMap<String, Value>> {
        let mut items =
            self.clients.dynamodb.scan().table_name(&self.deployment.artists).into_paginator().items().send();
        let mut rows = BTreeMap::new();
        while let Some(item) = items.next().await {
            let row = to_json(item.context("the artists cannot be read")?);
            rows.insert(row["id"].as_str().context("an artist has no id")?.to_owned(), row);
        }
        Ok(rows)
    }

    /// Number of terms of a run by their state, from the terms themselves.
    pub async fn terms_by_state(&self, run: &str) -> Result<BTreeMap<String, u64>> {
        let mut items = self
            .clients
            .dynamodb
            .query()
            .table_name(&self.deployment.terms)
            .key_condition_expression("#run = :run")
            .projection_expression("#state")
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":run", AttributeValue::S(run.to_owned()))
            .into_paginator()
            .items()
            .send();
        let mut states = BTreeMap::new();
        while let Some(item) = items.next().await {
            let item = item.context("the terms cannot be read")?;
            let state =
                item.get("state").and_then(|value| value.as_s().ok()).context("a term has no state")?;
            *states.entry(state.clone()).or_default() += 1;
        }
        Ok(states)
    }

    /// Messages in the window.
    pub async fn window(&self) -> Result<Messages> {
        self.messages(&self.deployment.window).await
    }

    /// Messages that were given up.
    pub async fn dead_letters(&self) -> Result<u64> {
        let messages = self.messages(&self.deployment.dead_letters).await?;
        Ok(messages.visible + messages.hidden)
    }

    async fn messages(&self, queue: &str) -> Result<Messages> {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let hidden = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let answer = self
            .clients
            .sqs
            .get_queue_attributes()
            .queue_url(queue)
            .attribute_names(visible.clone())
            .attribute_names(hidden.clone())
            .send()
            .await
            .with_context(|| format!("the queue {queue} cannot be read"))?;
        let number = |name| {
            let value = answer.attributes().and_then(|attributes| attributes.get(name));
            value.and_then(|text: &String| text.parse().ok()).unwrap_or(0)
        };
        Ok(Messages { visible: number(&visible), hidden: number(&hidden) })
    }
}

/// An item as plain JSON.
pub fn to_json(item: Item) -> Value {
    Value::Object(item.into_iter().map(|(name, value)| (name, value_to_json(value))).collect::<Map<_, _>>())
}

fn value_to_json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => text.into(),
        // A DynamoDB number has up to 38 digits, so one that is no JSON number stays text.
        AttributeValue::N(number) => serde_json::from_str(&number).unwrap_or(Value::String(number)),
        AttributeValue::Bool(flag) => flag.into(),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => texts.into(),
        AttributeValue::L(values) => values.into_iter().map(value_to_json).collect(),
        AttributeValue::M(map) => to_json(map),
        AttributeValue::B(bytes) => format!("{} bytes", bytes.as_ref().len()).into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_becomes_plain_json() {
        let item = Item::from([
            ("id".to_owned(), AttributeValue::S("x".to_owned())),
            ("followers".to_owned(), AttributeValue::N("12".to_owned())),
            ("popularity".to_owned(), AttributeValue::Null(true)),
            ("genres".to_owned(), AttributeValue::L(vec![AttributeValue::S("pop".to_owned())])),
        ]);
        let expected = serde_json::json!({"id": "x", "followers": 12, "popularity": null, "genres": ["pop"]});
        assert_eq!(to_json(item), expected);
    }
}
