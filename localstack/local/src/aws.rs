//! Clients for an emulator, or for AWS where the operator asks for it.

use aws_config::SdkConfig;
use cloud::services::json::JsonService;
use emulator::Access;

/// One client for each service that the command itself uses.
///
/// Those of [`Clients::new`] cannot touch a real account, whatever address they are given: an [`Access`] has
/// credentials for its emulator only.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Base address of every service.
    pub endpoint: String,
    /// Access to the emulator, if it is one, for requests without a client of their own.
    pub access: Option<Access>,
    /// Answers SQL over snapshots.
    pub athena: JsonService,
    /// Deploys the template.
    pub cloudformation: aws_sdk_cloudformation::Client,
    /// Reads the tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Invokes the seeder, sets what CloudFormation leaves out.
    pub lambda: aws_sdk_lambda::Client,
    /// Holds the packages of the functions.
    pub s3: aws_sdk_s3::Client,
    /// Holds the Spotify credentials.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Counts messages.
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Makes the clients for an emulator.
    pub fn new(access: &Access) -> Self {
        Self { access: Some(access.clone()), ..Self::of(&access.config()) }
    }

    /// Makes the clients for a configuration, such as that of [the operator's
    /// account](crate::account::config).
    pub fn of(config: &SdkConfig) -> Self {
        // Buckets as part of the path: their own host names would have to be resolved.
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
        Self {
            endpoint: config.endpoint_url().unwrap_or("AWS").to_owned(),
            access: None,
            athena: JsonService::athena(config),
            cloudformation: aws_sdk_cloudformation::Client::new(config),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
        }
    }
}
