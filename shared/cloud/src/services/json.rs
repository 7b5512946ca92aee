//! Services that speak JSON, with the operation's name in a header: Glue and Athena.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::{Service, ServiceError};
use crate::calls::Calls;

/// A service that speaks JSON.
#[derive(Clone, Debug)]
pub struct JsonService {
    service: Service,
    /// What stands before the operation's name.
    prefix: &'static str,
}

impl JsonService {
    /// Glue, as that configuration reaches it.
    pub fn glue(aws: &SdkConfig) -> Self {
        let service = Service { aws: aws.clone(), name: "Glue", host: "glue", is_global: false };
        Self { service, prefix: "AWSGlue" }
    }

    /// Athena, as that configuration reaches it.
    pub fn athena(aws: &SdkConfig) -> Self {
        let service = Service { aws: aws.clone(), name: "Athena", host: "athena", is_global: false };
        Self { service, prefix: "AmazonAthena" }
    }

    /// Calls an operation, such as `GetTable`. Input and output are as in the service's API reference.
    ///
    /// # Errors
    /// When the service refuses the call or does not answer it.
    pub async fn call(&self, operation: &'static str, input: Value) -> Result<Value, ServiceError> {
        let target = format!("{}.{operation}", self.prefix);
        let call = self.service.operation(operation).interceptor(Calls);
        let call = call.serializer(move |input| request(&target, &input)).deserializer(output);
        call.build().invoke(input).await
    }
}

fn request(target: &str, input: &Value) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(serde_json::to_vec(input)?));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.insert("x-amz-target", target.to_owned());
    Ok(request)
}

fn output(response: &HttpResponse) -> Result<Value, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(OrchestratorError::other);
    }
    let error: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| error.get(name)?.as_str());
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = text(["__type", "code"]).or_else(|| response.headers().get("x-amzn-errortype")) {
        // The name may have a namespace before it and an address after it.
        let code = code.rsplit('#').next().unwrap_or(code);
        metadata = metadata.code(code.split(':').next().unwrap_or(code));
    }
    if let Some(message) = text(["message", "Message"]) {
        metadata = metadata.message(message);
    }
    Err(OrchestratorError::operation(metadata.build()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_call_has_the_code_and_the_message_of_the_answer() {
        let answer = |body: Value| {
            let status = 400_u16.try_into().unwrap();
            let failed = output(&HttpResponse::new(status, SdkBody::from(body.to_string()))).unwrap_err();
            let error = failed.as_operation_error().unwrap();
            (error.code().map(str::to_owned), error.message().map(str::to_owned))
        };
        let of = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        let plain = json!({"__type": "EntityNotFoundException", "Message": "none"});
        assert_eq!(answer(plain), of("EntityNotFoundException", "none"));
        let long = json!({"__type": "com.amazonaws.glue#AccessDeniedException:http://x", "message": "no"});
        assert_eq!(answer(long), of("AccessDeniedException", "no"));
        assert_eq!(answer(json!("no object")), (None, None));
    }
}
