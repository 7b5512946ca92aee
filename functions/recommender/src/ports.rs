//! The recommender's environment, and the ports built from it.

use aws_config::SdkConfig;
use cloud::Cloud;
use cloud::artists::DynamoArtists;
use cloud::config::{Config, ConfigError, Env, SpotifyPlace};
use cloud::export::objects::{self, S3Objects};
use cloud::users::DynamoUsers;
use collect::permits::Permits;
use snapshot::knowledge::Shelf;
use tokio::sync::Mutex;

/// The recommender's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct RecommenderConfig {
    /// The configuration that all functions share.
    pub shared: Config,
    users_table: String,
    artists_table: String,
    bucket: String,
    spotify: SpotifyPlace,
}

impl RecommenderConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let config = Self {
            shared: Config::read(&mut env),
            users_table: env.required("FERMATA_USERS_TABLE"),
            artists_table: env.required("FERMATA_ARTISTS_TABLE"),
            bucket: env.required("FERMATA_BUCKET"),
            spotify: SpotifyPlace::read(&mut env),
        };
        env.finish(config)
    }
}

/// The ports on AWS and Spotify.
#[derive(Debug)]
pub struct Ports {
    pub(crate) cloud: Cloud,
    pub(crate) users: DynamoUsers,
    pub(crate) artists: DynamoArtists,
    pub(crate) library: Shelf<S3Objects>,
    /// None if its credentials cannot be read: lists can be computed without it.
    pub(crate) spotify: Option<spotify::Client>,
    /// They live across invocations. An environment runs one at a time; the lock only satisfies the compiler.
    pub(crate) permits: Mutex<Permits>,
}

impl Ports {
    /// The ports on what `config` names.
    pub async fn new(config: &RecommenderConfig) -> Self {
        let aws = cloud::aws::sdk_config();
        let spotify = cloud::spotify::client(&aws, &config.spotify).await;
        let spotify = spotify.inspect_err(|error| tracing::warn!(%error, "Spotify is not asked")).ok();
        Self::on(&aws, spotify, config)
    }

    fn on(aws: &SdkConfig, spotify: Option<spotify::Client>, config: &RecommenderConfig) -> Self {
        Self {
            cloud: cloud::ports(aws, &config.shared),
            users: DynamoUsers::new(cloud::aws::dynamodb(aws), &config.users_table, config.shared.retention),
            artists: cloud::artists(aws, &config.artists_table, &config.shared),
            library: Shelf::new(S3Objects::new(objects::client(aws), &config.bucket)),
            spotify,
            permits: Mutex::new(Permits::new(config.shared.settings.pacing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn permits_keep_the_pace_that_the_operator_set() {
        let env = Env::of(|name| match name {
            "FERMATA_RATE_PER_30S" => Some("10".to_owned()),
            "FERMATA_QUEUE_URL" | "FERMATA_DEAD_LETTER_QUEUE_URL" => Some("http://queue".to_owned()),
            "FERMATA_BUCKET" | "FERMATA_SPOTIFY_SECRET" => Some("a".to_owned()),
            table => table.ends_with("_TABLE").then(|| "a".to_owned()),
        });
        let config = RecommenderConfig::read(env).unwrap();
        let permits = Ports::on(&cloud::aws::sdk_config(), None, &config).permits.into_inner();
        assert_eq!(permits.wait_policy(1).spread, Duration::from_secs(3), "for one request");
    }

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let error = RecommenderConfig::read(Env::of(|_| None)).unwrap_err();
        for name in ["USERS_TABLE", "ARTISTS_TABLE", "BUCKET", "SPOTIFY_SECRET", "CONTROL_TABLE"] {
            assert!(error.to_string().contains(name), "{error} does not name {name}");
        }
    }
}
