//! The Spotify credentials in Secrets Manager: a JSON object with `client_id` and `client_secret`.

use collect::ports::PortError;
use secrecy::SecretString;
use serde::Deserialize;

use crate::aws;
use crate::error::port_error;

/// The contents of the secret.
#[derive(Debug, Deserialize)]
pub struct SpotifySecret {
    /// The app's id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: SecretString,
}

/// Where the credentials are kept. Clones read the same secret.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    client: aws_sdk_secretsmanager::Client,
    id: String,
}

impl StoredSecret {
    /// The secret `id` (name or ARN).
    pub fn new(aws: &aws_config::SdkConfig, id: &str) -> Self {
        Self { client: aws::secrets_manager(aws), id: id.to_owned() }
    }

    /// Reads it as it is now. Errors name the secret and never quote it.
    pub async fn read(&self) -> Result<SpotifySecret, PortError> {
        let what = format!("the secret {}", self.id);
        let answer = self
            .client
            .get_secret_value()
            .secret_id(&self.id)
            .send()
            .await
            .map_err(|error| port_error(format!("Secrets Manager GetSecretValue on {what}"), &error))?;
        parse(answer.secret_string().unwrap_or_default()).map_err(|why| PortError::Corrupt { what, why })
    }
}

/// Parses the secret. The parser's own message would quote it, so the error only gives the position.
pub fn parse(secret: &str) -> Result<SpotifySecret, String> {
    let form = "it must be a JSON object with the strings client_id and client_secret";
    let parsed: SpotifySecret = serde_json::from_str(secret)
        .map_err(|error| format!("{form} (line {}, column {})", error.line(), error.column()))?;
    if parsed.client_id.trim().is_empty() { Err(form.to_owned()) } else { Ok(parsed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_secret_is_reported_without_quoting_it() {
        for bad in ["", "hunter2", r#"{"client_id":"app","client_secret":7,"x":"hunter2"}"#, r#"["hunter2"]"#]
        {
            let error = parse(bad).unwrap_err();
            assert!(error.contains("client_secret") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let secret = parse(r#"{"client_id":"app","client_secret":"hunter2"}"#).unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
