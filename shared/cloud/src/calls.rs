//! Every call that a client makes, as a line of the log when the filter asks for it (`cloud::calls=debug`): which operation
//! of which service on which table, index, queue or secret. What a role allows is compared with these lines.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// Logs calls. All three services have the JSON protocol: the operation is in a header, its input is the body.
#[derive(Debug)]
pub(crate) struct Calls;

#[dyn_dispatch_hint]
impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let request = context.request();
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let input = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok());
            let (service, operation) = target.split_once('.').unwrap_or(("", target));
            for resource in resources(&input.unwrap_or_default()) {
                tracing::debug!(service, operation, resource, "aws call");
            }
        }
        Ok(())
    }
}

/// What an input names: `table`, `table/index/name`, the URL of a queue, the id of a secret.
fn resources(input: &Value) -> Vec<String> {
    let text = |field: &str| input.get(field).and_then(Value::as_str);
    if let Some(tables) = input.get("RequestItems").and_then(Value::as_object) {
        return tables.keys().cloned().collect();
    }
    let resource = match (text("TableName"), text("IndexName")) {
        (Some(table), Some(index)) => Some(format!("{table}/index/{index}")),
        (Some(table), None) => Some(table.to_owned()),
        (None, _) => text("QueueUrl").or_else(|| text("SecretId")).map(str::to_owned),
    };
    // A call on something else must show too.
    vec![resource.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_names_what_it_is_made_on() {
        let of = |input: Value| resources(&input);
        assert_eq!(of(json!({"TableName": "terms", "Key": {}})), ["terms"]);
        assert_eq!(of(json!({"TableName": "terms", "IndexName": "lanes"})), ["terms/index/lanes"]);
        assert_eq!(of(json!({"RequestItems": {"artists": [], "more": []}})), ["artists", "more"]);
        assert_eq!(of(json!({"QueueUrl": "http://queue", "Entries": []})), ["http://queue"]);
        assert_eq!(of(json!({"SecretId": "fermata/spotify"})), ["fermata/spotify"]);
        assert_eq!(of(json!({"Limit": 3})), [""]);
    }
}
