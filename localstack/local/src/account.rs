//! The operator's AWS account: finds the region and credentials as the AWS CLI does.
//!
//! Supported: environment variables, profiles with keys or roles, IAM Identity Center (`aws sso login`),
//! console credentials (`aws login`) and credential processes.

use anyhow::{Context, Result};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig, retry::RetryConfig,
};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;

/// The configuration for a profile and a region; either defaults to the environment's.
///
/// # Errors
/// Fails if no region is configured. Credentials are not resolved until the first request.
pub async fn config(profile: Option<&str>, region: Option<&str>) -> Result<SdkConfig> {
    let http = connect::sdk::http_client();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(4));
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let config = loader.load().await;
    let region = config
        .region()
        .context("no AWS region is configured; set it with --region, in the profile or in AWS_REGION")?;
    let Some(profile) = profile else { return Ok(config) };
    // The default chain would prefer keys in the environment over a named profile.
    let sources = ProviderConfig::default().with_http_client(http).with_region(Some(region.clone()));
    let credentials =
        ProfileFileCredentialsProvider::builder().configure(&sources).profile_name(profile).build();
    let credentials = SharedCredentialsProvider::new(credentials);
    Ok(config.into_builder().credentials_provider(credentials).build())
}
