//! Configuration that all AWS clients share.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::calls::Calls;

/// HTTP connections; TLS with rustls and ring.
pub fn http() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// Region, credentials and endpoint from the environment; TLS with rustls and ring; a few quick retries.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http())
        .timeout_config(timeouts())
        .retry_config(retries())
        .load()
        .await
}

/// A longer operation fails, and its message comes back: waiting occupies an execution.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(12))
        .build()
}

/// Four attempts: throttling, timeouts and errors inside AWS are retried after increasing waits.
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4)
}

/// A DynamoDB client whose calls can be logged.
pub fn dynamodb(aws: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::config::Builder::from(aws).interceptor(Calls).build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// An SQS client whose calls can be logged.
pub fn sqs(aws: &SdkConfig) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::config::Builder::from(aws).interceptor(Calls).build();
    aws_sdk_sqs::Client::from_conf(config)
}

/// A Secrets Manager client whose calls can be logged.
pub fn secrets_manager(aws: &SdkConfig) -> aws_sdk_secretsmanager::Client {
    let config = aws_sdk_secretsmanager::config::Builder::from(aws).interceptor(Calls).build();
    aws_sdk_secretsmanager::Client::from_conf(config)
}
