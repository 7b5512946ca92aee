//! The API's environment, and the port built from it.

use std::time::Duration;

use aws_config::SdkConfig;
use cloud::config::{ConfigError, Env};
use cloud::control::DynamoControl;

/// The API's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiConfig {
    control_table: String,
}

impl ApiConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment, given as a function from name to value.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let config = Self { control_table: env.required("FERMATA_CONTROL_TABLE") };
        env.finish(config)
    }

    /// The control table. The API never writes to it, so no expiry is needed.
    pub fn control(&self, aws: &SdkConfig) -> DynamoControl {
        DynamoControl::new(cloud::aws::dynamodb(aws), &self.control_table, Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_is_required() {
        let error = ApiConfig::read(Env::of(|_| None)).unwrap_err();
        assert_eq!(error.problems, ["FERMATA_CONTROL_TABLE is not set"]);
        let named = |name: &str| (name == "FERMATA_CONTROL_TABLE").then(|| "control".to_owned());
        let config = ApiConfig { control_table: "control".to_owned() };
        assert_eq!(ApiConfig::read(Env::of(named)), Ok(config));
    }
}
