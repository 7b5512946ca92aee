//! The settings with which genuine `LocalStack` runs without Docker.
//!
//! The package in `../python` makes it run functions as processes, keep tables in moto, and listen on
//! 127.0.0.1 only.

use anyhow::Result;

use crate::{
    ministack::sub_folder,
    server::{Kind, Place, Variables},
};

/// `LocalStack` as its start script runs it.
pub(crate) const KIND: Kind = Kind {
    name: "LocalStack",
    module: "fermata_emulators.localstack",
    health: "/_localstack/health",
    keeps_state: false,
    variables,
};

/// What the template deploys, and what `LocalStack` needs for that; others would take time to load.
pub(crate) const SERVICES: &str =
    "cloudformation,cloudwatch,dynamodb,events,iam,lambda,logs,s3,scheduler,secretsmanager,sns,sqs,ssm,sts";

/// What is the same in a container (`compose.yaml`).
pub(crate) const BEHAVIOUR: [(&str, &str); 6] = [
    // Queue URLs on the endpoint itself; the default ones need a name server that knows
    // localhost.localstack.cloud.
    ("SQS_ENDPOINT_STRATEGY", "path"),
    // Its newer engine resolves every reference again and again, and takes forever on this template.
    ("PROVIDER_OVERRIDE_CLOUDFORMATION", "engine-legacy"),
    // It has no HTTP APIs; the stack comes up without, and the function can be invoked.
    ("CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES", "1"),
    // It would wait a second after every batch of messages, and up to ten when it has found none.
    ("LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC", "0.01"),
    ("LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC", "0.5"),
    // How long a function may take until it asks for work.
    ("LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT", "60"),
];

fn variables(place: &Place<'_>) -> Result<Variables> {
    let address = place.endpoint.trim_start_matches("http://").to_owned();
    let mut variables = vec![
        ("TMPDIR", sub_folder(place.folder, "tmp")?),
        ("FILESYSTEM_ROOT", sub_folder(place.folder, "state")?),
        ("FERMATA_FUNCTION_LOGS", sub_folder(place.folder, "functions")?),
        ("GATEWAY_LISTEN", address.clone()),
        ("LOCALSTACK_HOST", address),
        ("GATEWAY_SERVER", "fermata".to_owned()),
        ("LAMBDA_RUNTIME_EXECUTOR", "fermata".to_owned()),
        ("PROVIDER_OVERRIDE_DYNAMODB", "fermata".to_owned()),
        ("SERVICES", SERVICES.to_owned()),
        // Services call each other without going through the web server.
        ("IN_MEMORY_CLIENT", "1".to_owned()),
        // Nobody looks at what it counts of its queues.
        ("SQS_DISABLE_CLOUDWATCH_METRICS", "1".to_owned()),
        // No analytics, no downloads, no name server.
        ("DISABLE_EVENTS", "1".to_owned()),
        ("SKIP_SSL_CERT_DOWNLOAD", "1".to_owned()),
        ("DNS_ADDRESS", "0".to_owned()),
        ("LS_LOG", "warn".to_owned()),
    ];
    variables.extend(BEHAVIOUR.map(|(name, value)| (name, value.to_owned())));
    Ok(variables)
}
