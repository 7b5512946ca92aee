//! The API's environment, and the port built from it.

use std::time::Duration;

use aws_config::SdkConfig;
use cloud::config::{ConfigError, Env};
use cloud::control::DynamoControl;

/// What the API is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiConfig {
    control_table: String,
}

impl ApiConfig {
    /// Reads the environment of the process.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let config = Self { control_table: env.required("FERMATA_CONTROL_TABLE") };
        env.finish(config)
    }

    /// The control table. Nothing is written through it here, so nothing needs a time to expire after.
    pub fn control(&self, aws: &SdkConfig) -> DynamoControl {
        DynamoControl::new(cloud::aws::dynamodb(aws), &self.control_table, Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_must_be_named_and_nothing_else_is_needed() {
        let error = ApiConfig::read(Env::of(|_| None)).unwrap_err();
        assert_eq!(error.problems, ["FERMATA_CONTROL_TABLE is not set"]);
        let named = |name: &str| (name == "FERMATA_CONTROL_TABLE").then(|| "control".to_owned());
        let config = ApiConfig { control_table: "control".to_owned() };
        assert_eq!(ApiConfig::read(Env::of(named)), Ok(config));
    }
}
