//! HTTP transport: sends one request and returns its answer or a lost connection.

use std::error::Error;
use std::time::Duration;

use collect::web_api::{Evidence, SpotifyError};
use reqwest::{RequestBuilder, Response, Url};

use crate::answer::Answer;
use crate::config::{Config, SetupError};
use crate::excerpt::excerpt;

/// Largest body that is read, in bytes after decompression. The largest honest one, 50 complete artists, is
/// below 100 kB.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

const USER_AGENT: &str = concat!("fermata/", env!("CARGO_PKG_VERSION"), " (Spotify catalogue collector)");

/// A pooled connection that was idle for longer is not reused: load balancers drop idle ones after about a
/// minute.
const IDLE: Duration = Duration::from_secs(50);

/// Whether the servers of a configuration are asked by HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Both: then nothing is ever sent in another way.
    Always,
    /// One of them.
    Partly,
    /// Neither, as with a stand-in.
    Never,
}

impl Encryption {
    /// What the URLs of the servers ask for.
    pub(crate) fn of(urls: [&Url; 2]) -> Self {
        match urls.map(|url| url.scheme() == "https") {
            [true, true] => Self::Always,
            [false, false] => Self::Never,
            _ => Self::Partly,
        }
    }
}

/// The HTTP client for `config`: gzip, pooled connections and timeouts. No redirects, because a token must
/// not follow one; no retries, because one request is one permit; no proxy from the environment, because a
/// stand-in on localhost must be reachable and a Lambda has no proxy.
pub(crate) fn http_client(config: &Config, encryption: Encryption) -> Result<reqwest::Client, SetupError> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(connect::tls::config(encryption != Encryption::Never)?)
        .https_only(encryption == Encryption::Always)
        .user_agent(USER_AGENT)
        .gzip(true)
        .connect_timeout(config.connect_timeout)
        .timeout(config.request_timeout)
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .build()?)
}

/// Sends `request`, named `endpoint` in errors, and reads its answer. Any status is an answer; a truncated
/// body sets [`Answer::cut`]. No answer at all is [`SpotifyError::Transient`].
pub(crate) async fn send(endpoint: String, request: RequestBuilder) -> Result<Answer, SpotifyError> {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => {
            let detail = describe(error);
            return Err(SpotifyError::Transient { evidence: Evidence { endpoint, status: None, detail } });
        }
    };
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let (body, cut) = read(response).await;
    Ok(Answer { endpoint, status, headers, body, cut })
}

/// The body as far as it was received, and why it is incomplete.
async fn read(mut response: Response) -> (Vec<u8>, Option<String>) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return (body, None),
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY_BYTES => {
                return (body, Some(format!("body larger than {MAX_BODY_BYTES} bytes")));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) => return (body, Some(format!("body broke off: {}", describe(error)))),
        }
    }
}

/// The error with its causes, where reqwest says what happened, and without the URL, which the evidence
/// already has.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    excerpt(text.as_bytes(), &[])
}
