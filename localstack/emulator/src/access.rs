//! How programs reach an emulator: its address, and the credentials that it checks.

use std::{fmt, time::SystemTime};

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use reqwest::{
    Request,
    header::{HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize};

/// The region of every local stack.
pub const REGION: &str = "us-east-1";

/// From this, emulators conclude the account 000000000000. It is no secret.
const ACCESS_KEY_ID: &str = "test";

/// Access to one emulator. Its credentials are never those of a real account, so that a local stack cannot
/// touch one, whatever address it is given. They are not printed, whatever is printed.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
pub struct Access {
    endpoint: String,
    secret_access_key: String,
}

impl Access {
    /// To an emulator that only lets in who knows a new secret.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub(crate) fn with_new_secret(endpoint: &str) -> Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).context("the operating system gives no random numbers")?;
        let secret_access_key = format!("{:032x}", u128::from_ne_bytes(bytes));
        Ok(Self { endpoint: endpoint.to_owned(), secret_access_key })
    }

    /// To an emulator that was not started here. Its secret comes from the environment if that is set up for
    /// it, as `eval "$(cargo local env)"` does; other emulators check none.
    pub fn to(endpoint: &str) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        Self { endpoint: endpoint.to_owned(), secret_access_key: secret(endpoint, variable) }
    }

    /// Base address of every service.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The variables by which AWS's own tools and SDKs find the emulator.
    pub fn variables(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", REGION),
            // Python's SDK knows only this one.
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_access_key),
        ]
    }

    /// The configuration of an SDK client.
    pub fn config(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials(None)))
            .endpoint_url(&self.endpoint)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .http_client(connect::sdk::http_client())
            .build()
    }

    /// Signs a request to a service for which there is no SDK client here. A session token is sent as one
    /// would be sent to AWS; emulators do not look at it.
    ///
    /// # Errors
    /// When the request has a body that is a stream, or a header that is no text.
    pub fn sign(&self, service: &str, session_token: Option<&str>, mut request: Request) -> Result<Request> {
        let identity = self.credentials(session_token).into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .context("a signature needs more than is known")?;
        let body = match request.body() {
            Some(body) => body.as_bytes().context("a stream cannot be signed")?.to_vec(),
            None => Vec::new(),
        };
        let headers = request.headers().iter().map(|(name, value)| Ok((name.as_str(), value.to_str()?)));
        let headers = headers.collect::<Result<Vec<_>>>()?;
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.url().as_str(),
            headers.into_iter(),
            SignableBody::Bytes(&body),
        );
        let (signed, _) =
            sign(signable.context("the request cannot be signed")?, &parameters.into())?.into_parts();
        for (name, value) in signed.headers() {
            request.headers_mut().insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        Ok(request)
    }

    fn credentials(&self, session_token: Option<&str>) -> Credentials {
        let session_token = session_token.map(str::to_owned);
        Credentials::new(ACCESS_KEY_ID, &self.secret_access_key, session_token, None, "local")
    }
}

/// The secret for the emulator at `endpoint` in these variables. They may well be of a real account, so
/// nothing is taken from them that is not said to be for this emulator.
fn secret(endpoint: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let is_for_it = variable("AWS_ENDPOINT_URL").is_some_and(|url| url.trim_end_matches('/') == endpoint);
    let secret = variable("AWS_SECRET_ACCESS_KEY").filter(|_| is_for_it);
    secret.unwrap_or_else(|| "test".to_owned())
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Access").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_emulator_has_a_secret_of_its_own_that_is_not_printed() {
        let [one, other] = [(); 2].map(|()| Access::with_new_secret("http://127.0.0.1:1").unwrap());
        assert_ne!(one, other);
        assert_eq!(one.secret_access_key.len(), 32);
        assert!(!format!("{one:?}").contains(&one.secret_access_key), "{one:?}");
    }

    #[test]
    fn credentials_of_the_environment_are_for_the_endpoint_it_names_only() {
        let variables = |endpoint: &'static str| {
            move |name: &str| {
                let value = if name == "AWS_ENDPOINT_URL" { endpoint } else { "hunter2" };
                (!value.is_empty()).then(|| value.to_owned())
            }
        };
        assert_eq!(secret("http://127.0.0.1:1", variables("http://127.0.0.1:1/")), "hunter2");
        assert_eq!(secret("http://127.0.0.1:1", variables("http://127.0.0.1:2")), "test");
        assert_eq!(secret("http://127.0.0.1:1", variables("")), "test");
    }
}
