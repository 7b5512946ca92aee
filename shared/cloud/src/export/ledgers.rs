//! The exporter's memory: one item of the control table.

use std::collections::HashMap;
use std::hash::BuildHasher;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use collect::ports::PortError;
use collect::ports::export::Ledgers;
use collect::snapshot::ledger::Ledger;

use crate::error::{corrupt, port_error};
use crate::marks::Mark;
use crate::schema;

/// The item's id.
pub const EXPORT: &str = "export";

/// The attribute with the [mark](crate::marks) of the last write.
const MARK: &str = "mark";

/// The item `export` of the control table: `version`, the `ledger` as JSON text, and the `mark` of its last
/// write.
#[derive(Clone, Debug)]
pub struct DynamoLedgers {
    client: Client,
    table: String,
}

impl DynamoLedgers {
    /// The ledger in the control table of that name.
    pub fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.to_owned() }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} of {EXPORT} in table {}", self.table)
    }
}

/// Reads the ledger, and its version, from its item.
///
/// # Errors
/// When an attribute is missing, or the ledger is in an unknown form.
pub fn read<S: BuildHasher>(item: &HashMap<String, AttributeValue, S>) -> Result<(Ledger, u64), String> {
    let version = item.get("version").and_then(|version| version.as_n().ok()?.parse().ok());
    let text = item.get("ledger").and_then(|ledger| ledger.as_s().ok());
    let (version, text) = version.zip(text).ok_or("it has no version or no ledger")?;
    Ok((serde_json::from_str(text).map_err(|error| error.to_string())?, version))
}

impl Ledgers for DynamoLedgers {
    async fn load(&self) -> Result<(Ledger, u64), PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = get.key("id", AttributeValue::S(EXPORT.to_owned())).send().await;
        let answer = answer.map_err(|error| port_error(self.what("GetItem"), &error))?;
        let Some(item) = answer.item else { return Ok((Ledger::default(), 0)) };
        schema::check(&item, || format!("{EXPORT} in table {}", self.table))?;
        read(&item).map_err(|why| corrupt(self.what("GetItem"), why))
    }

    async fn save(&self, ledger: &Ledger, version: u64) -> Result<bool, PortError> {
        let text = serde_json::to_string(ledger).map_err(|error| corrupt(self.what("PutItem"), error))?;
        let number = |version: u64| AttributeValue::N(version.to_string());
        let mark = Mark::new(self.what("PutItem"))?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", AttributeValue::S(EXPORT.to_owned()))
            .item("version", number(version + 1))
            .item("ledger", AttributeValue::S(text))
            .item(MARK, mark.into())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if version == 0 {
            put.condition_expression("attribute_not_exists(id)")
        } else {
            put.condition_expression("version = :version")
                .expression_attribute_values(":version", number(version))
        };
        let Err(error) = put.send().await else { return Ok(true) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(port_error(self.what("PutItem"), &error));
        };
        // The SDK retries unanswered requests. If the first attempt was carried out, this very ledger is
        // there. Where somebody else has replaced it since, the caller applies its change again.
        let standing = failed.item.as_ref().and_then(|item| item.get(MARK));
        Ok(standing == Some(&mark.into()))
    }
}
