//! The operations of Glue that an export needs, on the runtime of AWS's SDK: its credentials, signatures,
//! retries and time limits.
//!
//! Glue's own client has some 260 operations. To compile them took a fifth of a first build, for these few.

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_dynamodb::error::{ErrorMetadata, SdkError};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use serde_json::Value;

use crate::calls::Calls;

/// A failed call. Its code is the name of the error, such as `EntityNotFoundException`.
pub type GlueError = SdkError<ErrorMetadata, HttpResponse>;

/// Glue, in the account and region of a configuration.
#[derive(Clone, Debug)]
pub struct Glue {
    aws: SdkConfig,
}

impl Glue {
    /// Glue, as that configuration reaches it.
    pub fn new(aws: &SdkConfig) -> Self {
        Self { aws: aws.clone() }
    }

    /// Calls an operation, such as `GetTable`. Input and output are as in Glue's API reference.
    ///
    /// # Errors
    /// When Glue refuses the call or does not answer it.
    pub async fn call(&self, operation: &'static str, input: Value) -> Result<Value, GlueError> {
        self.operation(operation).invoke(input).await
    }

    fn operation(&self, name: &'static str) -> Operation<Value, Value, ErrorMetadata> {
        let retries = self.aws.retry_config().cloned().unwrap_or_else(crate::aws::retries);
        let mut operation = Operation::builder()
            .service_name("Glue")
            .operation_name(name)
            .endpoint_url(&self.endpoint())
            .standard_retry(&retries)
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(self.aws.timeout_config().cloned().unwrap_or_else(crate::aws::timeouts))
            .runtime_plugin(self.signed())
            .interceptor(Calls);
        if let Some(http) = self.aws.http_client() {
            operation = operation.http_client(http);
        }
        operation.serializer(move |input| request(name, &input)).deserializer(output).build()
    }

    fn region(&self) -> &str {
        self.aws.region().map_or("us-east-1", AsRef::as_ref)
    }

    fn endpoint(&self) -> String {
        let region = self.region();
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let ours = || format!("https://glue.{region}.amazonaws.com{suffix}");
        self.aws.endpoint_url().map_or_else(ours, str::to_owned)
    }

    /// Signs each request with the configuration's credentials.
    fn signed(&self) -> StaticRuntimePlugin {
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        let region = self.aws.region().cloned().map(Into::into);
        let config = SigV4OperationSigningConfig {
            region,
            name: Some("glue".into()),
            signing_options: SigningOptions::default(),
            ..SigV4OperationSigningConfig::default()
        };
        layer.store_put(config);
        let options = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let mut components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(options)))
            .with_identity_cache(Some(IdentityCache::no_cache()));
        if let Some(credentials) = self.aws.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

/// The request of an operation in Glue's protocol: JSON, with the operation's name in a header.
fn request(operation: &str, input: &Value) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(serde_json::to_vec(input)?));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.insert("x-amz-target", format!("AWSGlue.{operation}"));
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
    use aws_config::Region;
    use serde_json::json;

    use super::*;

    fn glue(region: &'static str, endpoint: Option<&str>) -> Glue {
        let mut config = SdkConfig::builder().region(Region::from_static(region));
        config.set_endpoint_url(endpoint.map(str::to_owned));
        Glue::new(&config.build())
    }

    #[test]
    fn each_region_has_its_endpoint_unless_another_is_named() {
        assert_eq!(glue("eu-central-1", None).endpoint(), "https://glue.eu-central-1.amazonaws.com");
        assert_eq!(glue("cn-north-1", None).endpoint(), "https://glue.cn-north-1.amazonaws.com.cn");
        let local = "http://127.0.0.1:4566";
        assert_eq!(glue("eu-central-1", Some(local)).endpoint(), local);
    }

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
