//! Logs every call that a client makes, if the filter enables it (`cloud::calls=debug`): the operation and
//! service; the table, index, queue, secret or object; and for tables, the items by `id` and the attributes.
//! The permission test compares these lines with the roles.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use crate::traces::Operation;

/// Throttled calls of this process that have not been reported yet.
static THROTTLED: AtomicU64 = AtomicU64::new(0);

/// How many calls were throttled since the last time this was called. The client retries such calls, so most
/// of them appear nowhere else.
pub(crate) fn take_throttled() -> u64 {
    THROTTLED.swap(0, Ordering::Relaxed)
}

/// How many calls were throttled since the last [`take_throttled`].
pub(crate) fn throttled() -> u64 {
    THROTTLED.load(Ordering::Relaxed)
}

/// Counts a call of which the service has left a part undone because it was too much.
pub(crate) fn note_throttled() {
    THROTTLED.fetch_add(1, Ordering::Relaxed);
}

/// Logs calls, traces them, and counts throttled ones. All services but S3 use a JSON protocol: a header
/// names the operation, and the body is its input. For S3, the path names bucket and object.
#[derive(Debug)]
pub(crate) struct Calls;

#[dyn_dispatch_hint]
impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Operation::begin(config);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let span = Operation::of(config);
        let is_logged = tracing::enabled!(tracing::Level::DEBUG);
        if span.is_none() && !is_logged {
            return Ok(());
        }
        let request = context.request();
        let Some(target) = request.headers().get("x-amz-target") else {
            let operation = config.load::<Metadata>().map_or("", Metadata::name);
            let resource = path(request.uri());
            span.inspect(|span| span.about(resource));
            tracing::debug!(service = "S3", operation, resource, ids = "", attributes = "", "aws call");
            return Ok(());
        };
        let input: Option<Value> = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok());
        let (service, operation) = target.split_once('.').unwrap_or(("", target));
        let input = input.unwrap_or_default();
        let resources = resources(&input);
        // IAM knows a batch of statements by what they do. Those of Fermata update.
        let operation = if operation == "BatchExecuteStatement" { "PartiQLUpdate" } else { operation };
        span.inspect(|span| span.about(&names(&resources)));
        if is_logged {
            let (ids, attributes) = (ids(&input).join(","), attributes(&input).join(","));
            for resource in resources {
                tracing::debug!(service, operation, resource, ids, attributes, "aws call");
            }
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Operation::end(config, context.response().map(|response| response.status().as_u16()));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        if !response.status().is_success() && is_throttled(body) {
            note_throttled();
        }
        Ok(())
    }
}

/// Error types that mean throttling, recognised by name.
const THROTTLES: [&[u8]; 4] =
    [b"Throttl", b"ThroughputExceeded", b"RequestLimitExceeded", b"<Code>SlowDown</Code>"];

/// Whether the body of an error means that the service was called too often or too much.
fn is_throttled(body: &[u8]) -> bool {
    THROTTLES.iter().any(|part| body.windows(part.len()).any(|window| window == *part))
}

/// The path of an address: bucket and object, unless the bucket is part of the host.
fn path(uri: &str) -> &str {
    let path = uri.splitn(4, '/').nth(3).unwrap_or_default();
    path.split_once('?').map_or(path, |(path, _)| path)
}

/// The resources that an input names: `table`, `table/index/name`, a queue's URL, a secret's id. Each
/// statement names its own.
fn resources(input: &Value) -> Vec<String> {
    let text = |field: &str| input.get(field).and_then(Value::as_str);
    if let Some(tables) = input.get("RequestItems").and_then(Value::as_object) {
        return tables.keys().cloned().collect();
    }
    if let Some(statements) = input.get("Statements").and_then(Value::as_array) {
        let texts = statements.iter().filter_map(|of| of.get("Statement")?.as_str());
        return texts.filter_map(|text| text.split('"').nth(1)).map(str::to_owned).collect();
    }
    if let Some(database) = text("DatabaseName") {
        // A table of Glue, by its name or as part of what replaces it.
        let replaced = || input.pointer("/TableInput/Name").and_then(Value::as_str);
        let table = text("TableName").or_else(|| text("Name")).or_else(replaced);
        return vec![format!("{database}/{}", table.unwrap_or_default())];
    }
    let resource = match (text("TableName"), text("IndexName")) {
        (Some(table), Some(index)) => Some(format!("{table}/index/{index}")),
        (Some(table), None) => Some(table.to_owned()),
        (None, _) => text("QueueUrl").or_else(|| text("SecretId")).map(str::to_owned),
    };
    // Calls on other resources must be logged too.
    vec![resource.unwrap_or_default()]
}

/// The resources of a call, each once.
fn names(resources: &[String]) -> String {
    resources.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}

/// The items that an input names by their attribute `id`.
fn ids(input: &Value) -> Vec<&str> {
    let one = [input.get("Key"), input.get("Item")].into_iter().flatten();
    let tables = input.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
    let many = tables.filter_map(|(_, table)| table.get("Keys")?.as_array()).flatten();
    one.chain(many).filter_map(|key| key.pointer("/id/S")?.as_str()).collect()
}

/// Words of an expression that are not attributes.
const GRAMMAR: [&str; 11] = [
    "SET",
    "REMOVE",
    "ADD",
    "DELETE",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "attribute_exists",
    "attribute_not_exists",
    "if_not_exists",
];

/// The top-level attributes in the update and the condition of an input.
fn attributes(input: &Value) -> Vec<String> {
    let expressions =
        ["UpdateExpression", "ConditionExpression"].into_iter().filter_map(|name| input.get(name)?.as_str());
    let words =
        expressions.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && !"_#:.".contains(c)));
    let names = words.filter_map(|word| {
        let word = word.split('.').next().unwrap_or(word);
        let is_name =
            word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#') && !GRAMMAR.contains(&word);
        let name = input.pointer(&format!("/ExpressionAttributeNames/{word}")).and_then(Value::as_str);
        is_name.then(|| name.unwrap_or(word).to_owned())
    });
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_names_its_resource() {
        let of = |input: Value| resources(&input);
        assert_eq!(of(json!({"TableName": "terms", "Key": {}})), ["terms"]);
        assert_eq!(of(json!({"TableName": "terms", "IndexName": "lanes"})), ["terms/index/lanes"]);
        assert_eq!(of(json!({"RequestItems": {"artists": [], "more": []}})), ["artists", "more"]);
        let update = json!({"Statement": "UPDATE \"artists\" SET \"name\"=? WHERE \"id\"=?"});
        assert_eq!(of(json!({"Statements": [update, update]})), ["artists", "artists"], "each is a write");
        assert_eq!(of(json!({"QueueUrl": "http://queue", "Entries": []})), ["http://queue"]);
        assert_eq!(of(json!({"SecretId": "fermata/spotify"})), ["fermata/spotify"]);
        let partition = json!({"DatabaseName": "fermata", "TableName": "artists_all"});
        assert_eq!(of(partition), ["fermata/artists_all"]);
        let update = json!({"DatabaseName": "fermata", "TableInput": {"Name": "artists"}});
        assert_eq!(of(update), ["fermata/artists"]);
        assert_eq!(path("http://127.0.0.1:4566/bucket/a/b?x-id=GetObject"), "bucket/a/b");
        assert_eq!(of(json!({"Limit": 3})), [""]);
    }

    #[test]
    fn a_call_names_the_items_it_reads_or_writes() {
        assert_eq!(ids(&json!({"Key": {"id": {"S": "pace"}}})), ["pace"]);
        assert_eq!(ids(&json!({"Item": {"id": {"S": "run#1"}, "state": {"S": "complete"}}})), ["run#1"]);
        let batch =
            json!({"RequestItems": {"control": {"Keys": [{"id": {"S": "pace"}}, {"id": {"S": "yields"}}]}}});
        assert_eq!(ids(&batch), ["pace", "yields"]);
        assert!(ids(&json!({"Key": {"run": {"S": "1"}}})).is_empty());
    }

    #[test]
    fn a_call_names_the_attributes_it_writes_and_depends_on() {
        let input = json!({
            "UpdateExpression": "SET stopped = if_not_exists(stopped, :reason), progress.tally = :t REMOVE #lane",
            "ConditionExpression": "#run = :run AND attribute_not_exists(id)",
            "ExpressionAttributeNames": {"#run": "run", "#lane": "lane"},
        });
        assert_eq!(attributes(&input), ["id", "lane", "progress", "run", "stopped"]);
        assert!(attributes(&json!({"Key": {}})).is_empty());
    }

    #[test]
    fn only_throttling_errors_count_as_throttled() {
        let error = |kind: &str| format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}"}}"#);
        for kind in ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]
        {
            assert!(is_throttled(error(kind).as_bytes()), "{kind}");
        }
        assert!(is_throttled(b"<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>"));
        assert!(!is_throttled(error("ConditionalCheckFailedException").as_bytes()));
        assert!(!is_throttled(b"<Error><Code>NoSuchKey</Code><Key>SlowDown</Key></Error>"));
    }
}
