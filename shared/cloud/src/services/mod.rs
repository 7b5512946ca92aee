//! Services of which Fermata calls a few operations, on the runtime of AWS's SDK: its credentials,
//! signatures, retries and time limits.
//!
//! Glue, Athena and IAM have some 500 operations, of which Fermata calls eight. To compile the clients of
//! Athena and IAM took an eighth of the time that the command takes to compile, and Glue's took longer.

pub mod json;
pub mod query;

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_dynamodb::error::{ErrorMetadata, SdkError};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;

/// A failed call. Its code is the name of the error, such as `EntityNotFoundException`.
pub type ServiceError = SdkError<ErrorMetadata, HttpResponse>;

/// A service, in the account and region of a configuration.
#[derive(Clone, Debug)]
struct Service {
    aws: SdkConfig,
    /// As it is called in logs.
    name: &'static str,
    /// The first part of its host name, under which requests are signed too.
    host: &'static str,
    /// One for all regions of a partition.
    is_global: bool,
}

/// The regions that share accounts, and what is the same in all of them.
struct Partition {
    /// What the names of its regions begin with.
    regions: &'static str,
    /// How host names end.
    suffix: &'static str,
    /// What stands in the host names of global services in place of the region.
    global: Option<&'static str>,
    /// The region for which requests to global services are signed.
    global_region: &'static str,
}

/// As the rules for endpoints in AWS's SDKs say. Regions of no other partition belong to the last one.
const PARTITIONS: [Partition; 4] = [
    Partition {
        regions: "cn-",
        suffix: "amazonaws.com.cn",
        global: Some("cn-north-1"),
        global_region: "cn-north-1",
    },
    Partition {
        regions: "us-gov-",
        suffix: "amazonaws.com",
        global: Some("us-gov"),
        global_region: "us-gov-west-1",
    },
    Partition {
        regions: "eusc-",
        suffix: "amazonaws.eu",
        global: Some("eusc-de-east-1"),
        global_region: "eusc-de-east-1",
    },
    Partition { regions: "", suffix: "amazonaws.com", global: None, global_region: "us-east-1" },
];

impl Service {
    fn region(&self) -> &str {
        self.aws.region().map_or("us-east-1", AsRef::as_ref)
    }

    fn partition(&self) -> &'static Partition {
        let [others @ .., rest] = &PARTITIONS;
        others.iter().find(|partition| self.region().starts_with(partition.regions)).unwrap_or(rest)
    }

    fn endpoint(&self) -> String {
        if let Some(url) = self.aws.endpoint_url() {
            return url.to_owned();
        }
        let (host, Partition { suffix, global, .. }) = (self.host, self.partition());
        match if self.is_global { *global } else { Some(self.region()) } {
            Some(region) => format!("https://{host}.{region}.{suffix}"),
            None => format!("https://{host}.{suffix}"),
        }
    }

    /// An operation that lacks its protocol.
    fn operation(&self, name: &'static str) -> OperationBuilder {
        let retries = self.aws.retry_config().cloned().unwrap_or_else(crate::aws::retries);
        let operation = Operation::builder()
            .service_name(self.name)
            .operation_name(name)
            .endpoint_url(&self.endpoint())
            .standard_retry(&retries)
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(self.aws.timeout_config().cloned().unwrap_or_else(crate::aws::timeouts))
            .runtime_plugin(self.signed());
        match self.aws.http_client() {
            Some(http) => operation.http_client(http),
            None => operation,
        }
    }

    /// Signs each request with the configuration's credentials.
    fn signed(&self) -> StaticRuntimePlugin {
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        let region =
            if self.is_global { self.partition().global_region.to_owned() } else { self.region().to_owned() };
        let config = SigV4OperationSigningConfig {
            region: Some(aws_config::Region::new(region).into()),
            name: Some(self.host.into()),
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

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::*;

    fn service(region: &'static str, is_global: bool) -> Service {
        let aws = SdkConfig::builder().region(Region::from_static(region)).build();
        Service { aws, name: "Any", host: "any", is_global }
    }

    #[test]
    fn each_region_has_its_endpoint() {
        let endpoint = |region| service(region, false).endpoint();
        assert_eq!(endpoint("eu-central-1"), "https://any.eu-central-1.amazonaws.com");
        assert_eq!(endpoint("cn-northwest-1"), "https://any.cn-northwest-1.amazonaws.com.cn");
        assert_eq!(endpoint("us-gov-east-1"), "https://any.us-gov-east-1.amazonaws.com");
        assert_eq!(endpoint("eusc-de-east-1"), "https://any.eusc-de-east-1.amazonaws.eu");
    }

    #[test]
    fn a_global_service_has_one_endpoint_for_each_partition() {
        let of = |region| {
            let service = service(region, true);
            (service.endpoint(), service.partition().global_region)
        };
        assert_eq!(of("eu-central-1"), ("https://any.amazonaws.com".into(), "us-east-1"));
        assert_eq!(of("cn-northwest-1"), ("https://any.cn-north-1.amazonaws.com.cn".into(), "cn-north-1"));
        assert_eq!(of("us-gov-east-1"), ("https://any.us-gov.amazonaws.com".into(), "us-gov-west-1"));
        assert_eq!(
            of("eusc-de-east-1"),
            ("https://any.eusc-de-east-1.amazonaws.eu".into(), "eusc-de-east-1")
        );
    }

    #[test]
    fn an_endpoint_that_is_named_serves_every_region() {
        let mut service = service("eu-central-1", true);
        service.aws = service.aws.into_builder().endpoint_url("http://127.0.0.1:4566").build();
        assert_eq!(service.endpoint(), "http://127.0.0.1:4566");
    }
}
