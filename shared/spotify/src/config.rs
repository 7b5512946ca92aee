//! Where Spotify is, which app asks, and how long to wait.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// How to reach Spotify. [`Config::default`] is the real service; tests and the stand-in replace the URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Root of the Web API with its version, such as `https://api.spotify.com/v1`; a trailing `/` is ignored.
    pub api_url: String,
    /// The token endpoint, such as `https://accounts.spotify.com/api/token`.
    pub token_url: String,
    /// Whether a server other than this machine may be asked over plain HTTP. Everybody on the way can then
    /// read the app's secret and its tokens: only for a stand-in that functions in containers reach by
    /// another address.
    pub plain_http: bool,
    /// ISO 3166-1 alpha-2 code of the market to search in; `None` sends no market.
    pub market: Option<String>,
    /// Longest wait for a connection, including TLS.
    pub connect_timeout: Duration,
    /// Longest wait for one HTTP request, from connecting to the end of the body.
    pub request_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_url: "https://api.spotify.com/v1".to_owned(),
            token_url: "https://accounts.spotify.com/api/token".to_owned(),
            plain_http: false,
            market: None,
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The service at these URLs, or else at the real ones.
    pub fn at(api_url: Option<&str>, token_url: Option<&str>) -> Self {
        let real = Self::default();
        Self {
            api_url: api_url.map_or(real.api_url, str::to_owned),
            token_url: token_url.map_or(real.token_url, str::to_owned),
            ..real
        }
    }
}

/// The credentials of the Spotify app.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The app's public id.
    pub client_id: String,
    /// The app's secret; never shown.
    pub client_secret: SecretString,
}

/// Why no client can be created. The operator has to fix each of these; no message contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A URL that cannot be used.
    #[error("the Spotify {setting} {reason}: {url:?}")]
    Url {
        /// Which URL: `API URL` or `token URL`.
        setting: &'static str,
        /// What is wrong with it.
        reason: &'static str,
        /// The URL as configured, or `(not shown)` if it contains a user name or password.
        url: String,
    },
    /// A market that is not a country code.
    #[error("the market {0:?} is not a country code of two capital letters, such as DE")]
    Market(String),
    /// An empty client id or secret.
    #[error("the Spotify {0} is empty")]
    EmptyCredential(&'static str),
    /// TLS cannot work on this machine.
    #[error("cannot verify servers over TLS (are the system's CA certificates installed?): {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client rejected its settings.
    #[error("cannot create the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

impl Credentials {
    pub(crate) fn check(&self) -> Result<(), SetupError> {
        if self.client_id.trim().is_empty() {
            return Err(SetupError::EmptyCredential("client id"));
        }
        if self.client_secret.expose_secret().trim().is_empty() {
            return Err(SetupError::EmptyCredential("client secret"));
        }
        Ok(())
    }
}

impl Config {
    /// Checks everything that can be checked without a request; [`Client::new`](crate::Client::new) does so
    /// too.
    pub fn check(&self) -> Result<(), SetupError> {
        self.urls()?;
        self.checked_market().map(drop)
    }

    /// The API URL and the token URL, checked.
    pub(crate) fn urls(&self) -> Result<(Url, Url), SetupError> {
        let checked = |setting, text| url(setting, text, self.plain_http);
        Ok((checked("API URL", &self.api_url)?, checked("token URL", &self.token_url)?))
    }

    /// The market, checked.
    pub(crate) fn checked_market(&self) -> Result<Option<String>, SetupError> {
        match &self.market {
            Some(code) if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                Err(SetupError::Market(code.chars().take(20).collect()))
            }
            market => Ok(market.clone()),
        }
    }
}

fn url(setting: &'static str, text: &str, plain_http: bool) -> Result<Url, SetupError> {
    // A text with an `@` may contain a password, whether or not it parses.
    let shown = if text.contains('@') { "(not shown)" } else { text };
    let wrong = |reason| SetupError::Url { setting, reason, url: shown.chars().take(200).collect() };
    let url = Url::parse(text).map_err(|_| wrong("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not contain credentials"));
    }
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("is not an http or https URL"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must not have a query or fragment"));
    }
    if url.scheme() == "http" && !plain_http && !is_this_machine(&url) {
        return Err(wrong("must begin with https://, or name this machine"));
    }
    Ok(url)
}

/// Whether what is sent there never leaves this machine. A name that only looks like it may be resolved to
/// another one.
fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_real_service() {
        let (api, token) = Config::default().urls().expect("valid");
        assert_eq!(api.host_str(), Some("api.spotify.com"));
        assert_eq!(token.host_str(), Some("accounts.spotify.com"));
    }

    #[test]
    fn a_bad_url_is_refused_with_its_setting_and_reason() {
        for (text, reason) in [
            ("", "is not a URL"),
            ("api.spotify.com/v1", "is not a URL"),
            ("ftp://host/", "is not an http or https URL"),
            ("http://host/v1?x=1", "must not have a query or fragment"),
        ] {
            let config = Config { api_url: text.to_owned(), ..Config::default() };
            let message = config.urls().expect_err(text).to_string();
            assert_eq!(message, format!("the Spotify API URL {reason}: {text:?}"));
        }
    }

    #[test]
    fn secrets_leave_this_machine_by_https_only_unless_that_is_allowed() {
        let ask = |url: &str, plain_http| {
            let config = Config { token_url: url.to_owned(), plain_http, ..Config::default() };
            config.urls().map(drop).map_err(|error| error.to_string())
        };
        for good in
            ["https://example.com/token", "http://127.0.0.1:1/token", "http://localhost:1", "http://[::1]:1"]
        {
            assert_eq!(ask(good, false), Ok(()), "{good}");
        }
        for other in [
            "http://example.com",
            "http://172.17.0.1:8080",
            "http://127.0.0.1.example.com",
            "http://0.0.0.0:1",
        ] {
            let message = ask(other, false).expect_err(other);
            assert!(message.contains("token URL must begin with https://"), "{message}");
            assert_eq!(ask(other, true), Ok(()), "{other}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_shown() {
        for text in
            ["https://name:hush-hush@host/api", "name:hush-hush@host:x", "https://name:hush-hush@ho st"]
        {
            let config = Config { token_url: text.to_owned(), ..Config::default() };
            let message = config.urls().expect_err(text).to_string();
            assert!(message.contains("token URL") && !message.contains("hush-hush"), "{message}");
        }
    }

    #[test]
    fn empty_credentials_are_refused_and_full_ones_are_not_shown() {
        let credentials =
            |id: &str, secret: &str| Credentials { client_id: id.to_owned(), client_secret: secret.into() };
        let message = |id, secret| credentials(id, secret).check().expect_err("empty").to_string();
        assert_eq!(message("", "hush-hush"), "the Spotify client id is empty");
        assert_eq!(message("app", " "), "the Spotify client secret is empty");
        let full = credentials("app", "hush-hush");
        assert!(full.check().is_ok());
        assert!(!format!("{full:?}").contains("hush-hush"));
    }

    #[test]
    fn a_market_is_two_capital_letters() {
        let market =
            |code: &str| Config { market: Some(code.to_owned()), ..Config::default() }.checked_market();
        assert_eq!(market("DE").expect("valid").as_deref(), Some("DE"));
        for bad in ["", "de", "DEU", "D1", "Ö"] {
            assert!(market(bad).is_err(), "{bad}");
        }
    }
}
