//! Configuration that all AWS clients share.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{SharedCredentialsProvider, StalledStreamProtectionConfig};

use crate::calls::Calls;

pub use connect::sdk::http_client;

/// Region, credentials and endpoint from the environment, where Lambda puts them; a few quick retries. The
/// SDK's default would also look into files, containers and other services, whose code makes every function
/// larger and its start slower.
pub fn sdk_config() -> SdkConfig {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let credentials = EnvironmentVariableCredentialsProvider::new();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(variable("AWS_REGION").map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client())
        .timeout_config(timeouts())
        .retry_config(retries());
    match variable("AWS_ENDPOINT_URL") {
        Some(url) => config.endpoint_url(url).build(),
        None => config.build(),
    }
}

/// A longer operation fails, and its message comes back: waiting occupies an execution.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
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
    let config = aws_sdk_dynamodb::config::Builder::from(aws)
        .interceptor(Calls)
        // Its answers are small, and the time limit of an attempt covers them.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
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
