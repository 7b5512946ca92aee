//! Classifies an unsuccessful answer: status, headers and body in, policy out. Pure, so every case has a
//! test.
//!
//! | answer | policy |
//! |---|---|
//! | 429 that says `QUOTA_EXCEEDED` or asks for [`QUOTA_WAIT`] or more | [`SpotifyError::QuotaSpent`] |
//! | any other 429 | [`SpotifyError::Throttled`] |
//! | 401 | [`SpotifyError::Unauthorized`] |
//! | 400, 422 with Spotify's message; any 414 | [`SpotifyError::Rejected`] |
//! | 403 that asks for the owner's Premium subscription | [`SpotifyError::PremiumRequired`] |
//! | 404 `Resource not found`, `Not found.` | [`SpotifyError::NotFound`]; a search past page 1: `Rejected` |
//! | any other 403 or 404, and a 410, that Spotify itself may have written | [`SpotifyError::Closed`] |
//! | everything else, including HTML pages from proxies and truncated bodies | [`SpotifyError::Transient`] |
//!
//! `Closed`, `Rejected` and `PremiumRequired` are final, so they require a complete body that looks like
//! Spotify's. Two statuses count whatever the body says. A 414 is about the length of our URL, which is the
//! same at every retry, and a front end sends it, often as a page, before anybody reads the question; it
//! fails one term, and closes no endpoint. A 429 counts because continuing to ask after one costs more than a
//! retry.

use std::time::{Duration, SystemTime};

use collect::web_api::{Evidence, SpotifyError};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use crate::excerpt::excerpt;
use crate::retry_after;

/// A `Retry-After` of at least this long means the 24-hour quota, whatever the body says: the 30-second limit
/// asks for seconds.
pub const QUOTA_WAIT: Duration = Duration::from_hours(1);

/// One HTTP response, before it is interpreted.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Method and path without the host, such as `GET /search`.
    pub endpoint: String,
    /// HTTP status.
    pub status: u16,
    /// The response headers.
    pub headers: HeaderMap,
    /// The decompressed body; only its beginning if `cut` is set.
    pub body: Vec<u8>,
    /// Why the body is incomplete: connection lost, timeout, too large.
    pub cut: Option<String>,
}

impl Answer {
    /// Whether this is a complete 200, the only answer whose body is a result.
    pub fn is_ok(&self) -> bool {
        self.status == 200 && self.cut.is_none()
    }

    /// Endpoint, status and first bytes, with every one of `secrets` redacted.
    pub fn evidence(&self, secrets: &[&str]) -> Evidence {
        let body = excerpt(&self.body, secrets);
        let detail = match &self.cut {
            Some(cut) => format!("{cut}, after {} bytes: {body}", self.body.len()),
            None if body.is_empty() => "empty body".to_owned(),
            None => body,
        };
        Evidence { endpoint: self.endpoint.clone(), status: Some(self.status), detail }
    }

    /// The policy for an answer without a result; it never contains any of `secrets`. `now` resolves a
    /// `Retry-After` that is a date.
    pub fn policy(&self, now: SystemTime, secrets: &[&str]) -> SpotifyError {
        let evidence = self.evidence(secrets);
        match self.status {
            429 => self.limit(now, evidence),
            401 => SpotifyError::Unauthorized { evidence },
            414 => SpotifyError::Rejected { message: "the query is too long".to_owned(), evidence },
            400 | 403 | 404 | 410 | 422 if self.cut.is_none() => self.refusal(evidence, secrets),
            _ => SpotifyError::Transient { evidence },
        }
    }

    fn limit(&self, now: SystemTime, evidence: Evidence) -> SpotifyError {
        let retry_after = retry_after::parse(&self.headers, now);
        // Searches the raw bytes, so that it also works on a truncated body.
        let named = self.body.windows(QUOTA.len()).any(|window| window.eq_ignore_ascii_case(QUOTA));
        if named || retry_after.is_some_and(|wait| wait >= QUOTA_WAIT) {
            SpotifyError::QuotaSpent { retry_after, evidence }
        } else {
            SpotifyError::Throttled { retry_after, evidence }
        }
    }

    fn refusal(&self, evidence: Evidence, secrets: &[&str]) -> SpotifyError {
        let body = Body::read(&self.body);
        let message = body.message().to_lowercase();
        match (self.status, body) {
            (400 | 422, Body::Json(message)) => {
                SpotifyError::Rejected { message: excerpt(message.as_bytes(), secrets), evidence }
            }
            (_, Body::Page) | (400 | 422, _) => SpotifyError::Transient { evidence },
            (403, _) if wants_premium(&message) => SpotifyError::PremiumRequired { evidence },
            (404, Body::Json(_)) if names_missing_object(&message) => SpotifyError::NotFound { evidence },
            _ => SpotifyError::Closed { evidence },
        }
    }
}

/// Longest body that is parsed as an error object, in bytes; Spotify's have a few hundred. A parsed tree
/// takes many times the memory of its text.
pub(crate) const MAX_ERROR_BYTES: usize = 64 * 1024;

const QUOTA: &[u8] = b"QUOTA_EXCEEDED";

/// `Active premium subscription required for the owner of the app...`
fn wants_premium(message: &str) -> bool {
    message.contains("premium") && (message.contains("owner") || message.contains("subscription"))
}

/// Spotify's messages for an id that does not exist. Other 404 messages are about the endpoint.
fn names_missing_object(message: &str) -> bool {
    message.contains("resource not found") || message.contains("non existing id") || message == "not found."
}

/// Who may have written the body of an error response.
enum Body {
    Empty,
    /// Spotify's error object; holds its message.
    Json(String),
    /// One line of plain text, as Spotify's gateway writes it.
    Text(String),
    /// A web page, binary data or an oversized body: written by something between us and Spotify.
    Page,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: Value,
    #[serde(default)]
    error_description: Value,
}

impl Body {
    fn read(bytes: &[u8]) -> Self {
        if bytes.len() > MAX_ERROR_BYTES {
            return Self::Page;
        }
        if let Ok(body) = serde_json::from_slice::<ErrorBody>(bytes) {
            return Self::Json(body.into_message());
        }
        match std::str::from_utf8(bytes).map(str::trim) {
            Ok("") => Self::Empty,
            // A body that starts with `{` but does not parse was truncated without an error from the
            // transport.
            Ok(text) if !text.starts_with(['<', '{']) => Self::Text(text.to_owned()),
            _ => Self::Page,
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Json(text) | Self::Text(text) => text,
            Self::Empty | Self::Page => "",
        }
    }
}

impl ErrorBody {
    /// The API's `error.message`, or the token service's `error_description` or `error`.
    fn into_message(self) -> String {
        let texts = [&self.error["message"], &self.error_description, &self.error];
        let message = texts.into_iter().find_map(Value::as_str).unwrap_or("no error message");
        message.to_owned()
    }
}

#[cfg(test)]
mod tests;
