//! The client-credentials token: fetched once, cached, renewed a little early, and never by two callers at a
//! time.
//!
//! Credentials that the token service refuses may have been rotated. `rotation` says what to do then.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use collect::spans;
use collect::web_api::SpotifyError;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tracing::Instrument;
use tracing::field::Empty;

use crate::client::Clock;
use crate::config::Credentials;
use crate::grant::{Grant, refusal};
use crate::rotation::{Backoff, CredentialsSource, Reread};
use crate::transport;

/// A token is renewed this long before it expires, or after nine tenths of its lifetime if that is later.
const MARGIN: Duration = Duration::from_mins(1);

/// A token for the API, valid for a limited time.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    value: SecretString,
    /// The renewal that produced it; a higher number means a newer token.
    renewal: u64,
    obtained: SystemTime,
    renew_at: SystemTime,
}

impl Token {
    pub(crate) fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// If the clock was set back, the age is unknown, so the token does not count as fresh.
    fn is_fresh(&self, now: SystemTime) -> bool {
        (self.obtained..self.renew_at).contains(&now)
    }
}

/// Provides the token of one Spotify app.
pub(crate) struct Tokens {
    http: reqwest::Client,
    url: Url,
    endpoint: String,
    /// Where the credentials are kept, if they can be read again.
    source: Option<CredentialsSource>,
    clock: Clock,
    /// Renewals that have ended, whether or not they succeeded. Written only while `state` is locked.
    renewals: AtomicU64,
    /// The renewal of the last token that the API refused although it was new; 0 once one was accepted.
    refused: AtomicU64,
    /// Locked while a renewal runs, so that only one runs at a time.
    state: Mutex<State>,
}

/// What one renewal leaves for the next.
struct State {
    credentials: Credentials,
    /// The last refusal of the credentials, while they may still be replaced.
    backoff: Option<Backoff>,
    /// The outcome of the last renewal.
    last: Option<Result<Token, SpotifyError>>,
}

impl Tokens {
    pub(crate) fn new(http: reqwest::Client, url: Url, credentials: Credentials, clock: Clock) -> Self {
        let endpoint = format!("POST {}", url.path());
        let state = Mutex::new(State { credentials, backoff: None, last: None });
        Self {
            http,
            url,
            endpoint,
            source: None,
            clock,
            renewals: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            state,
        }
    }

    pub(crate) fn reading_again(&mut self, source: CredentialsSource) {
        self.source = Some(source);
    }

    /// The cached token, or a new one if it is about to expire or the API refused it when it was new.
    pub(crate) async fn current(&self) -> Result<Token, SpotifyError> {
        self.newer_than(self.refused.load(Ordering::Acquire)).await
    }

    /// Whether the API refused the last token that it was shown, although that was new.
    pub(crate) fn are_refused(&self) -> bool {
        self.refused.load(Ordering::Acquire) > 0
    }

    /// Notes that the API refused `token` although it was new.
    pub(crate) fn refuse(&self, token: &Token) {
        self.refused.fetch_max(token.renewal, Ordering::AcqRel);
    }

    /// Notes that the API accepted `token`. An answer to an older one than was refused proves nothing.
    pub(crate) fn accept(&self, token: &Token) {
        let refused = self.refused.load(Ordering::Acquire);
        if refused > 0 && token.renewal > refused {
            // Fails only if a newer one was refused meanwhile.
            _ = self.refused.compare_exchange(refused, 0, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// A token newer than `refused`, which the API rejected.
    pub(crate) async fn replace(&self, refused: &Token) -> Result<Token, SpotifyError> {
        self.newer_than(refused.renewal).await
    }

    /// Callers that waited for a renewal share its outcome, even a failure: fifty callers must not ask a
    /// struggling token service fifty times in a row.
    async fn newer_than(&self, renewal: u64) -> Result<Token, SpotifyError> {
        let ended_before = self.renewals.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let ended = self.renewals.load(Ordering::Acquire);
        match &state.last {
            Some(outcome) if ended > ended_before => return outcome.clone(),
            Some(Ok(token)) if token.renewal > renewal && token.is_fresh((self.clock)()) => {
                return Ok(token.clone());
            }
            _ => {}
        }
        let outcome = self.renew(&mut state, ended + 1).await;
        state.last = Some(outcome.clone());
        self.renewals.store(ended + 1, Ordering::Release);
        outcome
    }

    /// Renews the token. Refused credentials are read again, and replaced ones are tried at once.
    async fn renew(&self, state: &mut State, renewal: u64) -> Result<Token, SpotifyError> {
        let Some(source) = &self.source else { return self.request(&state.credentials, renewal).await };
        if let Some(backoff) = &mut state.backoff
            && let Some(error) = backoff.wait((self.clock)())
        {
            return Err(error);
        }
        let mut outcome = self.request(&state.credentials, renewal).await;
        if let Err(SpotifyError::BadCredentials { evidence }) = &outcome {
            let reread = Reread::new(source().await, &state.credentials);
            tracing::warn!(%evidence, "client credentials refused: read again, {reread}");
            if let Reread::Replaced(credentials) = reread {
                state.credentials = credentials;
                state.backoff = None;
                outcome = self.request(&state.credentials, renewal).await;
            } else {
                return Err(Backoff::after(&mut state.backoff, &reread, evidence.clone(), (self.clock)()));
            }
        }
        match outcome {
            Ok(token) => {
                state.backoff = None;
                Ok(token)
            }
            Err(SpotifyError::BadCredentials { evidence }) => {
                Err(Backoff::after(&mut state.backoff, &Reread::Unchanged, evidence, (self.clock)()))
            }
            trouble => trouble,
        }
    }

    /// One request for a token.
    async fn request(&self, credentials: &Credentials, renewal: u64) -> Result<Token, SpotifyError> {
        // The lifetime starts before the request, so that a slow answer does not extend it.
        let obtained = (self.clock)();
        let secret = credentials.client_secret.expose_secret();
        let request = self
            .http
            .post(self.url.clone())
            .basic_auth(&credentials.client_id, Some(secret))
            .form(&[("grant_type", "client_credentials")]);
        let span = tracing::info_span!(
            target: spans::TARGET,
            "Spotify token",
            otel.kind = "client",
            otel.status_code = Empty,
            http.response.status_code = Empty,
        );
        let answer = transport::send(self.endpoint.clone(), request).instrument(span.clone()).await;
        spans::answered(&span, answer.as_ref().ok().map(|answer| answer.status));
        let answer = answer?;
        let Some(grant) = answer.is_ok().then(|| Grant::read(&answer.body)).flatten() else {
            return Err(refusal(&answer, (self.clock)(), secret));
        };
        let margin = MARGIN.min(grant.lifetime / 10);
        let renew_at = obtained.checked_add(grant.lifetime.saturating_sub(margin)).unwrap_or(obtained);
        tracing::debug!(renewal, lifetime_s = grant.lifetime.as_secs(), "token renewed");
        Ok(Token { value: grant.token, renewal, obtained, renew_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_token() {
        let now = SystemTime::UNIX_EPOCH;
        let token = Token { value: "t0ken".into(), renewal: 1, obtained: now, renew_at: now };
        assert!(!format!("{token:?}").contains("t0ken"));
    }

    #[test]
    fn a_token_is_fresh_from_its_renewal_to_its_margin() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let token = Token { value: "t".into(), renewal: 1, obtained: at(100), renew_at: at(200) };
        assert!(token.is_fresh(at(100)) && token.is_fresh(at(199)));
        assert!(!token.is_fresh(at(200)), "it is about to expire");
        assert!(!token.is_fresh(at(99)), "the clock was set back");
    }
}
