//! The client: sends a request with a token and returns a value or a policy.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use collect::web_api::SpotifyError;

use crate::answer::Answer;
use crate::config::{Config, Credentials, SetupError};
use crate::excerpt::excerpt;
use crate::rotation::CredentialsSource;
use crate::shapes::Unexpected;
use crate::token::{Token, Tokens};
use crate::transport::{self, Encryption};

/// The current time, for tokens and `Retry-After` dates. The wall clock, because the monotonic clock may
/// stand still while a Lambda environment is frozen.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The Spotify Web API for one app. Create it once and share it behind an [`Arc`]: it owns the connections
/// and the token.
///
/// **One call is one API request**, so one permit is one request. There is one exception: if the API refuses
/// the token (401), the client fetches a new one and repeats the request within the call. At worst, that adds
/// one request for each one in flight when the token became invalid; early renewal makes this rare. If the
/// API refuses the new token too, later calls fetch another one first and are not repeated, until one is
/// accepted. [`Client::requests_sent`] counts the repeats, and each is logged at info level. Token requests
/// go to another host, belong to no bucket and are not counted.
///
/// A call usually takes the time of one request. It takes at most four times [`Config::request_timeout`]
/// (token, request, new token, repeated request). Where it [reads credentials
/// again](Self::reading_credentials_again), each token may take a second token request, so six times that,
/// and twice the time of a reading.
pub struct Client {
    http: reqwest::Client,
    /// Root of the API, without a trailing `/`.
    api: String,
    pub(crate) market: Option<String>,
    tokens: Tokens,
    clock: Clock,
    sent: AtomicU64,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, market, sent, .. } = self;
        formatter
            .debug_struct("Client")
            .field("api", api)
            .field("market", market)
            .field("sent", sent)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client for the app of `credentials` without sending anything. Fails if the configuration can
    /// never work, or if an https URL is configured on a machine without CA certificates.
    pub fn new(config: &Config, credentials: Credentials) -> Result<Self, SetupError> {
        Self::with_clock(config, credentials, Arc::new(SystemTime::now))
    }

    /// [`Client::new`] with a clock other than the system's.
    pub fn with_clock(config: &Config, credentials: Credentials, clock: Clock) -> Result<Self, SetupError> {
        credentials.check()?;
        let (api, token) = config.urls()?;
        let encryption = Encryption::of([&api, &token]);
        let http = transport::http_client(config, encryption)?;
        Ok(Self {
            api: api.as_str().trim_end_matches('/').to_owned(),
            market: config.checked_market()?,
            tokens: Tokens::new(http.clone(), token, credentials, Arc::clone(&clock)),
            http,
            clock,
            sent: AtomicU64::new(0),
        })
    }

    /// Reads the credentials from `source` again when the token service refuses them, at most once a minute,
    /// so that a rotated secret needs no restart. Until they are replaced, or refused a second time, every
    /// call fails with [`SpotifyError::CredentialsRefused`].
    #[must_use]
    pub fn reading_credentials_again(mut self, source: CredentialsSource) -> Self {
        self.tokens.reading_again(source);
        self
    }

    /// A client with the credentials that `read` returns, which reads them
    /// [again](Self::reading_credentials_again) when they are refused.
    ///
    /// # Errors
    /// When the credentials cannot be read, or `config` is wrong.
    pub async fn rotating<F, E>(
        config: &Config,
        read: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<Self, E>
    where
        F: Future<Output = Result<Credentials, E>> + Send + 'static,
        E: Display + From<SetupError>,
    {
        let client = Self::new(config, read().await?)?;
        Ok(client.reading_credentials_again(Arc::new(move || {
            let reading = read();
            Box::pin(async move { reading.await.map_err(|error| error.to_string()) })
        })))
    }

    /// Fetches a token unless one is cached. Call it while a Lambda initialises, so that the first request
    /// does not wait; it is also the cheapest way to check the credentials.
    pub async fn warm(&self) -> Result<(), SpotifyError> {
        self.tokens.current().await.map(drop)
    }

    /// API requests sent so far, including repeats after a 401.
    pub fn requests_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends `GET path?query` (`path` begins with `/`) and parses the body with `read`.
    pub(crate) async fn get<T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        read: impl Fn(&[u8]) -> Result<T, Unexpected>,
    ) -> Result<T, SpotifyError> {
        let may_repeat = !self.tokens.are_refused();
        let mut token = self.tokens.current().await?;
        let mut answer = self.ask(path, query, &token).await?;
        if answer.status == 401 && may_repeat {
            tracing::info!(endpoint = answer.endpoint, "token refused: repeating the request with a new one");
            token = self.tokens.replace(&token).await?;
            answer = self.ask(path, query, &token).await?;
        }
        if answer.status == 401 {
            self.tokens.refuse(&token);
        }
        if !answer.is_ok() {
            return Err(answer.policy((self.clock)(), &[token.expose()]));
        }
        self.tokens.accept(&token);
        read(&answer.body).map_err(|why| unexpected(&answer, &why, &token))
    }

    /// Sends one request and logs one event.
    async fn ask(&self, path: &str, query: &[(&str, &str)], token: &Token) -> Result<Answer, SpotifyError> {
        let endpoint = format!("GET {path}");
        let request = self.http.get(format!("{}{path}", self.api)).query(query).bearer_auth(token.expose());
        let requests = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let begun = Instant::now();
        let outcome = transport::send(endpoint.clone(), request).await;
        let status = outcome.as_ref().ok().map(|answer| answer.status);
        let bytes = outcome.as_ref().ok().map(|answer| answer.body.len());
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(endpoint, status, bytes, elapsed_ms, requests, "request sent");
        outcome
    }
}

/// A 200 whose body has the wrong shape: most likely a fault on the way, so it may be retried.
fn unexpected(answer: &Answer, why: &Unexpected, token: &Token) -> SpotifyError {
    let secrets = &[token.expose()];
    let mut evidence = answer.evidence(secrets);
    evidence.detail = format!("{}: {}", excerpt(why.to_string().as_bytes(), secrets), evidence.detail);
    SpotifyError::Transient { evidence }
}
