//! The API's environment, and the ports built from it.

use std::time::Duration;

use aws_config::SdkConfig;
use cloud::artists::DynamoArtists;
use cloud::clock::SystemClock;
use cloud::config::{ConfigError, Env};
use cloud::control::DynamoControl;
use cloud::dead_letters::SqsDeadLetters;
use cloud::export::objects::S3Objects;
use cloud::gauges::AwsGauges;
use cloud::terms::DynamoFrontier;
use cloud::tracks::DynamoTracks;
use cloud::users::DynamoUsers;
use collect::operator::Patience;

use crate::cursor::CursorKey;
use crate::reads::Sources;

/// The ports on AWS.
pub type AwsSources = Sources<
    DynamoControl,
    DynamoFrontier,
    DynamoArtists,
    DynamoTracks,
    AwsGauges,
    SqsDeadLetters,
    SystemClock,
    S3Objects,
    DynamoUsers,
>;

/// The API's configuration: what it reads, and the text with which it signs cursors.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiConfig {
    /// Names of the tables and URLs of the queues.
    pub places: Places,
    /// From when on a run is called overdue or too incomplete.
    pub patience: Patience,
    cursor_key: String,
}

/// Names of the tables and URLs of the queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Table of the artists.
    pub artists: String,
    /// Table of the tracks.
    pub tracks: String,
    /// Table of the artists' index, if one is kept.
    pub search: Option<String>,
    /// Table of the terms.
    pub terms: String,
    /// Table of runs, pace and capabilities.
    pub control: String,
    /// URL of the window's queue.
    pub window: String,
    /// URL of the dead-letter queue.
    pub dead_letters: String,
    /// Bucket of the snapshots.
    pub bucket: String,
    /// Table of the users.
    pub users: String,
    /// How long a user's profile is kept after it was put.
    pub retention: Duration,
}

impl ApiConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment, given as a function from name to value.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let places = Places {
            artists: env.required("FERMATA_ARTISTS_TABLE"),
            tracks: env.required("FERMATA_TRACKS_TABLE"),
            search: env.optional("FERMATA_SEARCH_TABLE"),
            terms: env.required("FERMATA_TERMS_TABLE"),
            control: env.required("FERMATA_CONTROL_TABLE"),
            window: env.required("FERMATA_QUEUE_URL"),
            dead_letters: env.required("FERMATA_DEAD_LETTER_QUEUE_URL"),
            bucket: env.required("FERMATA_BUCKET"),
            users: env.required("FERMATA_USERS_TABLE"),
            retention: env.retention(),
        };
        let patience = env.patience();
        let config = Self { places, patience, cursor_key: env.required("FERMATA_CURSOR_KEY") };
        env.finish(config)
    }

    /// The key of the cursors.
    pub fn cursor_key(&self) -> CursorKey {
        CursorKey::new(&self.cursor_key)
    }

    /// The ports, with clients for this configuration.
    pub fn sources(&self, aws: &SdkConfig) -> AwsSources {
        let s3 = cloud::export::objects::client(aws);
        self.places.sources(&cloud::aws::dynamodb(aws), &cloud::aws::sqs(aws), s3)
    }
}

impl Places {
    /// The ports, with these clients. Only users are written, so nothing else needs an expiry.
    pub fn sources(
        &self,
        dynamodb: &aws_sdk_dynamodb::Client,
        sqs: &aws_sdk_sqs::Client,
        s3: aws_sdk_s3::Client,
    ) -> AwsSources {
        Sources {
            control: DynamoControl::new(dynamodb.clone(), &self.control, Duration::ZERO),
            frontier: DynamoFrontier::new(dynamodb.clone(), &self.terms),
            artists: DynamoArtists::new(dynamodb.clone(), &self.artists, Duration::ZERO)
                .with_index(self.search.as_deref()),
            tracks: DynamoTracks::new(dynamodb.clone(), &self.tracks, Duration::ZERO),
            gauges: AwsGauges {
                dynamodb: dynamodb.clone(),
                sqs: sqs.clone(),
                artists: self.artists.clone(),
                window: self.window.clone(),
                dead_letters: self.dead_letters.clone(),
            },
            letters: SqsDeadLetters::new(sqs.clone(), &self.dead_letters),
            clock: SystemClock,
            snapshots: S3Objects::new(s3, &self.bucket),
            users: DynamoUsers::new(dynamodb.clone(), &self.users, self.retention),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let error = ApiConfig::read(Env::of(|_| None)).unwrap_err();
        assert_eq!(error.problems.len(), 9, "{error}");
        let variables = |name: &str| match name {
            "FERMATA_RETENTION_DAYS" => None,
            "FERMATA_OVERDUE_DAYS" => Some("180".to_owned()),
            "FERMATA_PARTIAL_PERCENT" => Some("20".to_owned()),
            name => Some(name.to_lowercase()),
        };
        let config = ApiConfig::read(Env::of(variables)).unwrap();
        assert_eq!(config.places.window, "fermata_queue_url");
        assert_eq!(config.cursor_key, "fermata_cursor_key");
        let patience = config.patience;
        assert_eq!((patience.overdue, patience.unanswered), (Duration::from_hours(180 * 24), 0.2));
    }
}
