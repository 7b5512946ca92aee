//! Reads the state of a deployed Fermata: the run's progress, and the counts of tables and queues.
//!
//! Every read costs about the same however large the tables are, so operators may use them at any time. The
//! exception is [`Observer::artist_rows`], which is for tests.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use cloud::{control::DynamoControl, gauges::AwsGauges, terms::DynamoFrontier};
use collect::{
    operator::{Status, Waiting},
    ports::{Control, Gauges, Overview},
    run::Run,
    term::RunId,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{aws::Clients, deploy::Deployment};

/// A DynamoDB item.
pub type Item = HashMap<String, AttributeValue>;

/// Reads the state of one deployed Fermata.
#[derive(Debug)]
pub struct Observer {
    clients: Clients,
    deployment: Deployment,
    control: DynamoControl,
    frontier: DynamoFrontier,
    gauges: AwsGauges,
}

impl Observer {
    /// Creates an observer of the deployment that these clients reach.
    pub fn new(clients: Clients, deployment: Deployment) -> Self {
        // The retention does not matter, because it writes nothing that expires.
        let control = DynamoControl::new(clients.dynamodb.clone(), &deployment.control, Duration::ZERO);
        let frontier = DynamoFrontier::new(clients.dynamodb.clone(), &deployment.terms);
        let gauges = AwsGauges {
            dynamodb: clients.dynamodb.clone(),
            sqs: clients.sqs.clone(),
            artists: deployment.artists.clone(),
            window: deployment.window.clone(),
            dead_letters: deployment.dead_letters.clone(),
        };
        Self { clients, deployment, control, frontier, gauges }
    }

    /// The open run or the last one, the pace, and what was discovered about the app.
    pub async fn overview(&self) -> Result<Overview> {
        Ok(self.control.overview().await?)
    }

    /// How Fermata stands now.
    pub async fn status(&self) -> Result<Status> {
        Ok(Status::read(&self.control, &self.frontier, &self.gauges, Timestamp::now()).await?)
    }

    /// The open run or the last one; `None` before the first.
    pub async fn run(&self) -> Result<Option<Run>> {
        Ok(self.overview().await?.run)
    }

    /// One item of the control table.
    pub async fn control(&self, id: &str) -> Result<Option<Item>> {
        self.item(&self.deployment.control, id).await
    }

    /// One artist as JSON; `None` if it is not in the table.
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
            .with_context(|| format!("cannot read the table {table}"))?;
        Ok(answer.item)
    }

    /// The number of artists according to the table's own description. Emulators keep it current; AWS updates
    /// it about every six hours.
    pub async fn artists(&self) -> Result<u64> {
        Ok(self.gauges.artists().await?)
    }

    /// Messages in the dead-letter queue.
    pub async fn dead_letters(&self) -> Result<u64> {
        Ok(self.gauges.dead_letters().await?)
    }

    /// The whole artist table as JSON, ordered by id. It reads every row.
    pub async fn artist_rows(&self) -> Result<BTreeMap<String, Value>> {
        let mut items =
            self.clients.dynamodb.scan().table_name(&self.deployment.artists).into_paginator().items().send();
        let mut rows = BTreeMap::new();
        while let Some(item) = items.next().await {
            let row = to_json(item.context("cannot read the artists")?);
            rows.insert(row["id"].as_str().context("an artist row has no id")?.to_owned(), row);
        }
        Ok(rows)
    }

    /// The unfinished terms of a run.
    pub async fn waiting(&self, run: &RunId) -> Result<Waiting> {
        Ok(Waiting::of(&self.frontier, run).await?)
    }
}

/// An item as plain JSON.
pub fn to_json(item: Item) -> Value {
    Value::Object(item.into_iter().map(|(name, value)| (name, value_to_json(value))).collect::<Map<_, _>>())
}

fn value_to_json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => text.into(),
        // A DynamoDB number has up to 38 digits; one that is not a JSON number stays text.
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
