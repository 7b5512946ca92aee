//! SQL over the snapshots in S3, by Athena.
//!
//! The stack's workgroup limits what one query may scan and encrypts its results. Only Athena knows what a
//! statement scans, and only afterwards; so before it, the price of reading the whole snapshot is shown.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_athena::{
    Client,
    types::{
        ColumnInfo, QueryExecution, QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics,
        ResultSetMetadata, Row,
    },
};
use serde_json::{Map, Value};
use tokio::time::sleep;

use crate::{
    cost,
    deploy::Deployment,
    terminal::{steps::Steps, words::number},
};

/// Pauses between two looks at a query: the first, and the longest.
const LOOK: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// Athena bills at least this much for a query.
const LEAST_BYTES: u64 = 10_000_000;

/// The rows of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The values, one for each column; nothing for SQL's null.
    pub rows: Vec<Vec<Option<String>>>,
    /// What Athena read for it.
    pub scanned_bytes: u64,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Athena calls it: `bigint`, `varchar`, `array`, ...
    pub kind: String,
}

impl Rows {
    /// The rows as objects. Numbers and booleans are values of JSON; all else is text, as Athena writes it.
    pub fn objects(&self) -> Vec<Value> {
        let object = |row: &Vec<Option<String>>| {
            let pairs = self.columns.iter().zip(row);
            let values =
                pairs.map(|(column, value)| (column.name.clone(), json(&column.kind, value.as_deref())));
            Value::Object(values.collect::<Map<_, _>>())
        };
        self.rows.iter().map(object).collect()
    }
}

fn json(kind: &str, value: Option<&str>) -> Value {
    let Some(text) = value else { return Value::Null };
    match kind {
        "tinyint" | "smallint" | "integer" | "bigint" | "float" | "real" | "double" | "decimal"
        | "boolean" => {
            // Athena writes NaN and infinity too, which JSON does not have.
            serde_json::from_str(text).unwrap_or_else(|_| text.into())
        }
        _ => text.into(),
    }
}

/// What a query that scans so many bytes costs, in dollars.
pub fn price(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a sum of money is shown with five digits")]
    let billed = bytes.max(LEAST_BYTES) as f64;
    cost::SCAN.of(billed)
}

/// Athena's workgroup of a stack.
#[derive(Debug)]
pub struct Athena<'a> {
    client: &'a Client,
    name: &'a str,
}

impl<'a> Athena<'a> {
    /// That of this deployment.
    ///
    /// # Errors
    /// When it has none.
    pub fn of(client: &'a Client, deployment: &'a Deployment) -> Result<Self> {
        let name = deployment.workgroup.as_deref();
        let name = name.context("the stack has no Athena workgroup; deploy it with SqlCatalogue=true")?;
        Ok(Self { client, name })
    }

    /// Runs a statement to its end.
    ///
    /// # Errors
    /// When Athena refuses the statement or cannot answer it, with its reason.
    pub async fn rows(&self, statement: &str, steps: &Steps) -> Result<Rows> {
        // The template calls workgroup and database by the stack's name.
        let context = QueryExecutionContext::builder().database(self.name).build();
        let start = self.client.start_query_execution().work_group(self.name).query_string(statement);
        let started = start.query_execution_context(context).send().await;
        let started = started.context("Athena does not take the statement")?;
        let id = started.query_execution_id().context("Athena did not name the query")?.to_owned();
        let step = steps.begin("Waiting for Athena", "a few seconds");
        let execution = self.wait(&id).await?;
        step.done("Athena answered");
        let statistics = execution.statistics().and_then(QueryExecutionStatistics::data_scanned_in_bytes);
        let scanned_bytes = statistics.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        let (columns, rows) = self.results(&id).await?;
        steps.say(&format!("Athena scanned {} bytes: ${:.5}.", number(scanned_bytes), price(scanned_bytes)));
        Ok(Rows { columns, rows, scanned_bytes })
    }

    async fn wait(&self, id: &str) -> Result<QueryExecution> {
        let (mut pause, longest) = LOOK;
        loop {
            let answer = self.client.get_query_execution().query_execution_id(id).send().await;
            let execution = answer.context("Athena cannot be asked how far the query is")?.query_execution;
            let execution = execution.context("Athena does not know the query any more")?;
            let status = execution.status();
            match status.and_then(|status| status.state()) {
                Some(QueryExecutionState::Succeeded) => return Ok(execution),
                Some(QueryExecutionState::Failed | QueryExecutionState::Cancelled) => {
                    let reason = status.and_then(|status| status.state_change_reason());
                    bail!("Athena could not answer: {}", reason.unwrap_or("it gave no reason"));
                }
                _ => sleep(pause).await,
            }
            pause = (pause * 2).min(longest);
        }
    }

    async fn results(&self, id: &str) -> Result<(Vec<Column>, Vec<Vec<Option<String>>>)> {
        let mut pages = self.client.get_query_results().query_execution_id(id).into_paginator().send();
        let (mut columns, mut rows) = (None, Vec::new());
        while let Some(page) = pages.next().await {
            let set = page.context("Athena did not hand out the rows")?.result_set;
            let set = set.context("Athena's answer has no rows")?;
            let is_first = columns.is_none();
            if is_first {
                let metadata = set.result_set_metadata();
                columns = Some(
                    metadata
                        .map(ResultSetMetadata::column_info)
                        .unwrap_or_default()
                        .iter()
                        .map(column)
                        .collect::<Vec<_>>(),
                );
            }
            let names = columns.as_deref().unwrap_or_default();
            // Athena repeats the names in front of the rows of a SELECT, but not of other statements.
            let header = usize::from(is_first && set.rows().first().is_some_and(|row| is_header(row, names)));
            for row in &set.rows()[header..] {
                let values: Vec<_> =
                    row.data().iter().map(|datum| datum.var_char_value().map(str::to_owned)).collect();
                ensure!(values.len() == names.len(), "Athena's rows do not fit its columns");
                rows.push(values);
            }
        }
        Ok((columns.unwrap_or_default(), rows))
    }
}

fn column(info: &ColumnInfo) -> Column {
    Column { name: info.name().to_owned(), kind: info.r#type().to_owned() }
}

fn is_header(row: &Row, columns: &[Column]) -> bool {
    let names = row.data().iter().map(|datum| datum.var_char_value());
    names.eq(columns.iter().map(|column| Some(column.name.as_str())))
}
