//! SQL over the snapshots in S3, by Athena.
//!
//! The stack's workgroup limits what one query may scan and encrypts its results. Only Athena knows what a
//! statement scans, and only afterwards; so before it, the price of reading the whole snapshot is shown.

use std::{mem, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use cloud::services::json::JsonService;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
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
    client: &'a JsonService,
    name: &'a str,
}

impl<'a> Athena<'a> {
    /// That of this deployment.
    ///
    /// # Errors
    /// When it has none.
    pub fn of(client: &'a JsonService, deployment: &'a Deployment) -> Result<Self> {
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
        let input = json!({
            "QueryString": statement,
            "WorkGroup": self.name,
            "QueryExecutionContext": {"Database": self.name},
            // A call that is tried again must not start the query a second time.
            "ClientRequestToken": format!("{:032x}", rand::random::<u128>()),
        });
        let Started { query_execution_id: id } =
            self.call("StartQueryExecution", input, "Athena does not take the statement").await?;
        let step = steps.begin("Waiting for Athena", "a few seconds");
        let execution = self.wait(&id).await?;
        step.done("Athena answered");
        let scanned_bytes = execution.statistics.data_scanned_in_bytes;
        let (columns, rows) = self.results(&id).await?;
        steps.say(&format!("Athena scanned {} bytes: ${:.5}.", number(scanned_bytes), price(scanned_bytes)));
        Ok(Rows { columns, rows, scanned_bytes })
    }

    async fn wait(&self, id: &str) -> Result<Execution> {
        let (mut pause, longest) = LOOK;
        loop {
            let input = json!({"QueryExecutionId": id});
            let answer: Executed =
                self.call("GetQueryExecution", input, "Athena cannot be asked how far the query is").await?;
            let execution = answer.query_execution;
            match execution.status.state.as_str() {
                "SUCCEEDED" => return Ok(execution),
                "FAILED" | "CANCELLED" => {
                    let reason = execution.status.state_change_reason;
                    bail!("Athena could not answer: {}", reason.as_deref().unwrap_or("it gave no reason"));
                }
                _ => sleep(pause).await,
            }
            pause = (pause * 2).min(longest);
        }
    }

    async fn results(&self, id: &str) -> Result<(Vec<Column>, Vec<Vec<Option<String>>>)> {
        let (mut columns, mut rows, mut next) = (None, Vec::new(), None);
        loop {
            let mut input = json!({"QueryExecutionId": id});
            if let Some(next) = next {
                input["NextToken"] = Value::String(next);
            }
            let page: Page = self.call("GetQueryResults", input, "Athena did not hand out the rows").await?;
            let set = page.result_set;
            let is_first = columns.is_none();
            let columns = columns.get_or_insert_with(|| {
                set.result_set_metadata.column_info.into_iter().map(Column::from).collect::<Vec<_>>()
            });
            // Athena repeats the names in front of the rows of a SELECT, but not of other statements.
            let header = usize::from(is_first && set.rows.first().is_some_and(|row| row.is_header(columns)));
            for row in set.rows.into_iter().skip(header) {
                let values: Vec<_> = row.data.into_iter().map(|datum| datum.var_char_value).collect();
                ensure!(values.len() == columns.len(), "Athena's rows do not fit its columns");
                rows.push(values);
            }
            next = page.next_token;
            if next.is_none() {
                return Ok((mem::take(columns), rows));
            }
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        input: Value,
        trouble: &'static str,
    ) -> Result<T> {
        let answer = self.client.call(operation, input).await.context(trouble)?;
        serde_json::from_value(answer).with_context(|| format!("{trouble}: its answer cannot be read"))
    }
}

/// The answer of `StartQueryExecution`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Started {
    query_execution_id: String,
}

/// The answer of `GetQueryExecution`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Executed {
    query_execution: Execution,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Execution {
    status: Status,
    #[serde(default)]
    statistics: Statistics,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    state: String,
    state_change_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statistics {
    #[serde(default)]
    data_scanned_in_bytes: u64,
}

/// The answer of `GetQueryResults`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    result_set: Set,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    #[serde(default)]
    rows: Vec<Row>,
    #[serde(default)]
    result_set_metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    #[serde(default)]
    column_info: Vec<ColumnInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ColumnInfo {
    name: String,
    r#type: String,
}

impl From<ColumnInfo> for Column {
    fn from(info: ColumnInfo) -> Self {
        Self { name: info.name, kind: info.r#type }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(default)]
    data: Vec<Datum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datum {
    var_char_value: Option<String>,
}

impl Row {
    fn is_header(&self, columns: &[Column]) -> bool {
        let names = self.data.iter().map(|datum| datum.var_char_value.as_deref());
        names.eq(columns.iter().map(|column| Some(column.name.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answering::{Asked, answering};

    /// Asks an Athena that answers so. The statement is run by the workgroup `music`.
    async fn ask(answers: impl Fn(&Value) -> Value + Send + 'static) -> (Result<Rows>, Asked) {
        let (config, asked) = answering(move |body| {
            let answer = answers(&serde_json::from_str(body).unwrap());
            (if answer.get("__type").is_some() { 400 } else { 200 }, answer.to_string())
        })
        .await;
        let athena = Athena { client: &JsonService::athena(&config), name: "music" };
        (athena.rows("SELECT name, followers FROM artists", &Steps::quiet()).await, asked)
    }

    fn rows(of: &[[&str; 2]]) -> Value {
        let datum = |text: &&str| if text.is_empty() { json!({}) } else { json!({"VarCharValue": text}) };
        of.iter().map(|row| json!({"Data": row.iter().map(datum).collect::<Vec<_>>()})).collect()
    }

    fn answer(input: &Value) -> Value {
        if input.get("QueryString").is_some() {
            return json!({"QueryExecutionId": "one"});
        }
        let columns = json!([{"Name": "name", "Type": "varchar"}, {"Name": "followers", "Type": "bigint"}]);
        let set = |of| json!({"Rows": rows(of), "ResultSetMetadata": {"ColumnInfo": columns}});
        match input.get("NextToken").and_then(Value::as_str) {
            Some("second") => json!({"ResultSet": set(&[["name", "followers"], ["Ono", ""]])}),
            Some(token) => panic!("nobody handed out {token}"),
            None => json!({
                "QueryExecution": {"Status": {"State": "SUCCEEDED"}, "Statistics": {"DataScannedInBytes": 7}},
                "ResultSet": set(&[["name", "followers"], ["Eno", "12"]]),
                "NextToken": "second",
            }),
        }
    }

    #[tokio::test]
    async fn every_page_of_an_answer_is_read_without_its_header() {
        let (answered, asked) = ask(answer).await;
        let answered = answered.unwrap();
        let lines: Vec<_> = answered.objects().iter().map(Value::to_string).collect();
        // Only the first page begins with the names: on the second they are a row like any other.
        let expected = [
            r#"{"followers":12,"name":"Eno"}"#,
            r#"{"followers":"followers","name":"name"}"#,
            r#"{"followers":null,"name":"Ono"}"#,
        ];
        assert_eq!((lines.as_slice(), answered.scanned_bytes), (expected.map(str::to_owned).as_slice(), 7));
        let asked = asked.lock().unwrap();
        let started: Value = serde_json::from_str(&asked[0]).unwrap();
        assert_eq!(started["WorkGroup"], "music");
        assert_eq!(started["QueryExecutionContext"]["Database"], "music");
        // The API reference asks for 32 to 128 characters.
        assert_eq!(started["ClientRequestToken"].as_str().unwrap().len(), 32);
        assert!(asked[1..].iter().all(|body| body.contains(r#""QueryExecutionId":"one""#)), "{asked:?}");
    }

    #[tokio::test]
    async fn a_query_that_fails_says_why() {
        let failed = json!({"Status": {"State": "FAILED", "StateChangeReason": "no such column"}});
        let failed = json!({"QueryExecutionId": "one", "QueryExecution": failed});
        let (answered, _) = ask(move |_| failed.clone()).await;
        assert_eq!(answered.unwrap_err().to_string(), "Athena could not answer: no such column");
    }

    #[tokio::test]
    async fn a_statement_that_athena_refuses_says_why() {
        let refusal = json!({"__type": "InvalidRequestException", "Message": "line 1: syntax"});
        let (answered, _) = ask(move |_| refusal.clone()).await;
        let said = format!("{:#}", answered.unwrap_err());
        assert!(said.starts_with("Athena does not take the statement"), "{said}");
        assert!(said.contains("InvalidRequestException") && said.contains("line 1: syntax"), "{said}");
    }
}
