//! Answers of the token service: a grant, or why there is none. Pure.

use std::time::{Duration, SystemTime};

use collect::web_api::{Evidence, SpotifyError};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::{Answer, MAX_ERROR_BYTES};

/// Spotify's usual lifetime, assumed if the answer has none that can be read; if it is wrong, a 401 follows.
const USUAL_LIFETIME: f64 = 3600.0;

/// Longer lifetimes are cut to this.
const MAX_LIFETIME: f64 = 86_400.0;

/// Longest token that is accepted: it has to fit in a header.
const MAX_TOKEN_BYTES: usize = 4096;

/// A successful answer of the token service.
#[derive(Debug)]
pub struct Grant {
    /// The token: printable ASCII.
    pub token: SecretString,
    /// How long the token is valid, at most a day.
    pub lifetime: Duration,
}

#[derive(Deserialize)]
struct GrantBody<'a> {
    access_token: String,
    #[serde(borrow, default)]
    expires_in: Option<&'a RawValue>,
}

impl Grant {
    /// `None` if `body` contains no token that can be sent in a header.
    pub fn read(body: &[u8]) -> Option<Self> {
        let GrantBody { access_token, expires_in } = serde_json::from_slice(body).ok()?;
        let travels = access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if access_token.is_empty() || access_token.len() > MAX_TOKEN_BYTES || !travels {
            return None;
        }
        let seconds = expires_in.and_then(number).unwrap_or(USUAL_LIFETIME).clamp(0.0, MAX_LIFETIME);
        Some(Self { token: access_token.into(), lifetime: Duration::from_secs_f64(seconds) })
    }
}

/// A number, or a text that contains one: `3600` or `"3600"`.
fn number(value: &RawValue) -> Option<f64> {
    let text = serde_json::from_str::<String>(value.get());
    let digits = text.as_deref().unwrap_or(value.get());
    digits.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Why there is no token. Neither `secret` nor a 2xx body is ever shown: even a broken one may contain a
/// token.
pub fn refusal(answer: &Answer, now: SystemTime, secret: &str) -> SpotifyError {
    let mut evidence = answer.evidence(&[secret]);
    if answer.status < 300 {
        let cut = answer.cut.as_deref().unwrap_or("no usable token");
        evidence.detail = format!("{cut}; body of {} bytes not shown", answer.body.len());
        return SpotifyError::Transient { evidence };
    }
    match answer.status {
        400 | 401 if refuses_client(&answer.body) => SpotifyError::BadCredentials { evidence },
        429 => throttled(answer, now, evidence),
        _ => SpotifyError::Transient { evidence },
    }
}

/// The token service has a rate limit but no quota, so a long wait is still throttling.
fn throttled(answer: &Answer, now: SystemTime, evidence: Evidence) -> SpotifyError {
    SpotifyError::Throttled { retry_after: crate::retry_after::parse(&answer.headers, now), evidence }
}

/// RFC 6749 section 5.2: the client is unknown, its secret is wrong, or it may not use this grant type.
fn refuses_client(body: &[u8]) -> bool {
    if body.len() > MAX_ERROR_BYTES {
        return false;
    }
    let error = serde_json::from_slice::<Value>(body).unwrap_or_default();
    matches!(error["error"].as_str(), Some("invalid_client" | "unauthorized_client"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderMap;
    use secrecy::ExposeSecret;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let (endpoint, body) = ("POST /api/token".to_owned(), body.into());
        Answer { endpoint, status, headers: HeaderMap::new(), body, cut: None }
    }

    fn refused(status: u16, body: &str) -> SpotifyError {
        refusal(&answer(status, body), SystemTime::UNIX_EPOCH, "hush-hush")
    }

    #[test]
    fn a_grant_is_read_with_its_lifetime() {
        for (expires_in, lifetime) in [
            (r#","expires_in":3600"#, 3600.0),
            (r#","expires_in":3600.0"#, 3600.0),
            (r#","expires_in":0.5"#, 0.5),
            (r#","expires_in":-1"#, 0.0),
            (r#","expires_in":"-1""#, 0.0),
            (r#","expires_in":"7200""#, 7200.0),
            (r#","expires_in":" 0.5 ""#, 0.5),
            (r#","expires_in":"soon""#, 3600.0),
            (r#","expires_in":"NaN""#, 3600.0),
            (r#","expires_in":"inf""#, 3600.0),
            (r#","expires_in":1e999"#, 3600.0),
            (r#","expires_in":true"#, 3600.0),
            (r#","expires_in":null"#, 3600.0),
            (r#","expires_in":1e300"#, 86_400.0),
            ("", 3600.0),
        ] {
            let body = format!(r#"{{"access_token":"t0ken","token_type":"Bearer"{expires_in}}}"#);
            let grant = Grant::read(body.as_bytes()).expect(expires_in);
            assert_eq!(grant.token.expose_secret(), "t0ken");
            assert_eq!(grant.lifetime, Duration::from_secs_f64(lifetime), "{expires_in}");
        }
    }

    #[test]
    fn a_token_that_cannot_be_sent_in_a_header_is_ignored() {
        let long = "x".repeat(MAX_TOKEN_BYTES + 1);
        for token in ["", "two words", "line\\nbreak", "tökén", long.as_str()] {
            let body = format!(r#"{{"access_token":"{token}","expires_in":3600}}"#);
            assert!(Grant::read(body.as_bytes()).is_none(), "{token}");
        }
        let longest = format!(r#"{{"access_token":"{}"}}"#, &long[1..]);
        assert!(Grant::read(longest.as_bytes()).is_some());
    }

    #[test]
    fn only_a_refused_client_means_bad_credentials() {
        let bad = refused(400, r#"{"error":"invalid_client","error_description":"Invalid client secret"}"#);
        assert!(matches!(bad, SpotifyError::BadCredentials { .. }), "{bad:?}");
        for (status, body) in [
            (400, r#"{"error":"invalid_request"}"#),
            (400, "<html>"),
            (403, r#"{"error":"invalid_client"}"#),
            (500, r#"{"error":"invalid_client"}"#),
            (302, ""),
            (503, "upstream connect error"),
        ] {
            assert!(matches!(refused(status, body), SpotifyError::Transient { .. }), "{status} {body}");
        }
    }

    #[test]
    fn a_long_429_of_the_token_service_is_throttling() {
        let mut answer = answer(429, "");
        answer.headers.insert("retry-after", "7200".parse().expect("a header"));
        let error = refusal(&answer, SystemTime::UNIX_EPOCH, "");
        assert!(
            matches!(error, SpotifyError::Throttled { retry_after: Some(wait), .. } if wait.as_secs() == 7200)
        );
    }

    #[test]
    fn a_broken_grant_does_not_show_its_token() {
        for status in [200, 201, 203] {
            let error = refused(status, r#"{"access_token":"t0ken-that-works","expires"#);
            assert!(!format!("{error} {error:?}").contains("t0ken"), "{error:?}");
        }
        let error = refused(400, r#"{"error":"invalid_client","error_description":"not hush-hush"}"#);
        assert!(!format!("{error} {error:?}").contains("hush-hush"), "{error:?}");
    }

    proptest! {
        #[test]
        fn any_answer_of_the_token_service_is_read_without_a_panic(
            status in any::<u16>(),
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut answer = answer(status, "");
            answer.body = body;
            let _ = Grant::read(&answer.body);
            let _ = refusal(&answer, SystemTime::UNIX_EPOCH, "hush-hush");
        }
    }
}
