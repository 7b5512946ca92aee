//! The life of a token: fetched once, renewed early, replaced if refused, and never shown.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use spotify::{Client, Credentials, CredentialsSource, Spotify, SpotifyError};
use tokio::task::JoinSet;

use crate::server::{Reply, SECRET, Server, credentials, question};

/// A clock that only moves when it is advanced.
#[derive(Clone)]
struct HandClock(Arc<AtomicU64>);

impl HandClock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000)))
    }

    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn client(&self, server: &Server) -> Client {
        let seconds = Arc::clone(&self.0);
        let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst));
        Client::with_clock(&server.config(), credentials(), Arc::new(now)).expect("a client")
    }
}

/// Fifty concurrent searches, and their outcomes.
async fn fifty(client: Client) -> (Arc<Client>, Vec<Result<(), SpotifyError>>) {
    let client = Arc::new(client);
    let mut searches = JoinSet::new();
    for _ in 0..50 {
        let client = Arc::clone(&client);
        searches.spawn(async move { client.ask(&question("sy")).await.map(drop) });
    }
    let outcomes = searches.join_all().await;
    (client, outcomes)
}

#[tokio::test]
async fn the_token_request_follows_the_oauth_standard() {
    let server = Server::start().await;
    server.client().ask(&question("sy")).await.expect("a page");
    let [asked] = &server.token_requests()[..] else { panic!("one token request") };
    // base64 of synthetic-app:hush-hush-secret
    assert_eq!(asked.header("authorization"), "Basic c3ludGhldGljLWFwcDpodXNoLWh1c2gtc2VjcmV0");
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(asked.body, "grant_type=client_credentials");
    assert_eq!(server.api_requests()[0].header("authorization"), "Bearer token-1");
}

#[tokio::test]
async fn warming_fetches_the_token_that_the_first_request_uses() {
    let server = Server::start().await;
    let client = server.client();
    client.warm().await.expect("warm");
    assert_eq!((server.token_requests().len(), server.api_requests().len()), (1, 0));
    client.ask(&question("sy")).await.expect("a page");
    client.warm().await.expect("warm");
    assert_eq!((server.token_requests().len(), client.requests_sent()), (1, 1));
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_expires() {
    let (server, clock) = (Server::start().await, HandClock::new());
    let client = clock.client(&server);
    client.warm().await.expect("warm");
    clock.advance(3539);
    client.warm().await.expect("warm");
    assert_eq!(server.token_requests().len(), 1);
    clock.advance(1);
    client.ask(&question("sy")).await.expect("a page");
    assert_eq!(server.token_requests().len(), 2);
    assert_eq!(server.api_requests()[0].header("authorization"), "Bearer token-2");
}

#[tokio::test]
async fn a_short_token_is_renewed_after_nine_tenths_of_its_lifetime() {
    let (server, clock) = (Server::start().await, HandClock::new());
    let client = clock.client(&server);
    server.token(Reply::token("brief", 10));
    client.warm().await.expect("warm");
    clock.advance(8);
    client.warm().await.expect("warm");
    assert_eq!(server.token_requests().len(), 1);
    clock.advance(1);
    client.warm().await.expect("warm");
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_token_without_lifetime_still_serves_those_who_waited() {
    let server = Server::start().await;
    server.token(Reply::token("gone", 0).after(Duration::from_millis(100)));
    let (_, outcomes) = fifty(server.client()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.token_requests().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_request_repeated_once() {
    let server = Server::start().await;
    let client = server.client();
    client.warm().await.expect("warm");
    server.accept_only("token-2");
    let page = client.ask(&question("sy")).await.expect("a page");
    assert_eq!(page.artists.len(), 3);
    assert_eq!(
        (server.token_requests().len(), server.api_requests().len(), client.requests_sent()),
        (2, 2, 2)
    );
    client.ask(&question("sy")).await.expect("the new token stays");
    assert_eq!((server.token_requests().len(), client.requests_sent()), (2, 3));
}

#[tokio::test]
async fn a_second_401_is_unauthorized_and_ends_the_call() {
    let server = Server::start().await;
    let client = server.client();
    server.accept_only("another token");
    let error = client.ask(&question("sy")).await.expect_err("refused");
    assert!(matches!(error, SpotifyError::Unauthorized { .. }), "{error:?}");
    assert_eq!(
        (server.token_requests().len(), server.api_requests().len(), client.requests_sent()),
        (2, 2, 2)
    );
}

#[tokio::test]
async fn while_new_tokens_are_refused_a_call_is_one_request() {
    let server = Server::start().await;
    let client = server.client();
    server.accept_only("another token");
    for (tokens, requests) in [(2, 2), (3, 3), (4, 4)] {
        let error = client.ask(&question("sy")).await.expect_err("refused");
        assert!(matches!(error, SpotifyError::Unauthorized { .. }), "{error:?}");
        assert_eq!((server.token_requests().len(), client.requests_sent()), (tokens, requests));
    }
    server.accept_only("token-5");
    client.ask(&question("sy")).await.expect("accepted again");
    assert_eq!((server.token_requests().len(), client.requests_sent()), (5, 5));
    server.accept_only("token-6");
    client.ask(&question("sy")).await.expect("repeated as before");
    assert_eq!((server.token_requests().len(), client.requests_sent()), (6, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_without_a_token_share_one_request() {
    let server = Server::start().await;
    server.token(Reply::token("shared", 3600).after(Duration::from_millis(200)));
    let (client, outcomes) = fifty(server.client()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!((server.token_requests().len(), client.requests_sent()), (1, 50));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_with_a_refused_token_renew_it_once() {
    let server = Server::start().await;
    let client = server.client();
    client.warm().await.expect("warm");
    server.accept_only("token-2");
    let (_, outcomes) = fifty(client).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn fifty_callers_share_a_failed_renewal_and_the_next_one_retries() {
    let server = Server::start().await;
    server.token(Reply::new(503, "busy").after(Duration::from_millis(200)));
    let (client, outcomes) = fifty(server.client()).await;
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Err(SpotifyError::Transient { .. }))),
        "{outcomes:?}"
    );
    assert_eq!(server.token_requests().len(), 1);
    client.ask(&question("sy")).await.expect("the service is back");
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_caller_that_abandons_a_renewal_blocks_nobody() {
    let server = Server::start().await;
    let client = server.client();
    server.token(Reply::token("late", 3600).after(Duration::from_secs(5)));
    let impatient = tokio::time::timeout(Duration::from_millis(100), client.warm()).await;
    assert!(impatient.is_err());
    client.ask(&question("sy")).await.expect("a page");
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn errors_of_the_token_service_are_policies() {
    let server = Server::start().await;
    let client = server.client();
    server
        .token(Reply::new(400, r#"{"error":"invalid_client","error_description":"Invalid client secret"}"#));
    let error = client.warm().await.expect_err("refused");
    assert!(matches!(error, SpotifyError::BadCredentials { .. }), "{error:?}");
    assert_eq!(error.evidence().endpoint, "POST /api/token");
    server.token(Reply::new(429, "slow").header("retry-after", "3"));
    let error = client.warm().await.expect_err("throttled");
    assert!(matches!(error, SpotifyError::Throttled { retry_after: Some(wait), .. } if wait.as_secs() == 3));
    for reply in [Reply::new(500, ""), Reply::new(200, "<html>"), Reply::new(200, "{}"), Reply::new(400, "")]
    {
        server.token(reply);
        let error = client.ask(&question("sy")).await.expect_err("an error");
        assert!(matches!(error, SpotifyError::Transient { .. }), "{error:?}");
    }
    assert_eq!(client.requests_sent(), 0, "no API request without a token");
}

const INVALID_CLIENT: &str = r#"{"error":"invalid_client"}"#;

/// A client whose credentials can be read again: the first time as `secrets[0]`, and so on. The last one
/// stays.
fn rotated(server: &Server, clock: &HandClock, secrets: &'static [&str]) -> (Client, Arc<AtomicU64>) {
    let readings = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&readings);
    let source: CredentialsSource = Arc::new(move || {
        let reading = usize::try_from(counted.fetch_add(1, Ordering::SeqCst)).expect("few readings");
        let secret = secrets.get(reading).or(secrets.last()).expect("a secret");
        Box::pin(async move {
            match *secret {
                "unreadable" => Err("throttled".to_owned()),
                secret => Ok(Credentials { client_secret: secret.into(), ..credentials() }),
            }
        })
    });
    (clock.client(server).reading_credentials_again(source), readings)
}

#[tokio::test]
async fn a_rotated_secret_is_read_again_and_used_at_once() {
    let (server, clock) = (Server::start().await, HandClock::new());
    let (client, readings) = rotated(&server, &clock, &["new-secret"]);
    server.token(Reply::new(400, INVALID_CLIENT));
    client.ask(&question("sy")).await.expect("a page");
    assert_eq!(readings.load(Ordering::SeqCst), 1);
    let [_, asked] = &server.token_requests()[..] else { panic!("two token requests") };
    // base64 of synthetic-app:new-secret
    assert_eq!(asked.header("authorization"), "Basic c3ludGhldGljLWFwcDpuZXctc2VjcmV0");
}

#[tokio::test]
async fn refused_credentials_are_read_once_a_minute_until_they_are_replaced() {
    let (server, clock) = (Server::start().await, HandClock::new());
    let (client, readings) = rotated(&server, &clock, &["unreadable", SECRET, "new-secret"]);
    for _ in 0..3 {
        server.token(Reply::new(400, INVALID_CLIENT));
    }
    for (seconds, left, requests) in [(0, 60, 1), (59, 1, 1), (1, 60, 2), (30, 30, 2)] {
        clock.advance(seconds);
        let error = client.ask(&question("sy")).await.expect_err("refused");
        assert!(
            matches!(error, SpotifyError::CredentialsRefused { retry_after, .. } if retry_after.as_secs() == left),
            "{error:?}"
        );
        assert_eq!(
            (server.token_requests().len(), readings.load(Ordering::SeqCst)),
            (requests, requests as u64)
        );
    }
    clock.advance(30);
    client.ask(&question("sy")).await.expect("a page");
    assert_eq!(client.requests_sent(), 1);
}

#[tokio::test]
async fn credentials_that_stay_the_same_are_bad_when_refused_twice() {
    let (server, clock) = (Server::start().await, HandClock::new());
    let (client, readings) = rotated(&server, &clock, &[SECRET]);
    for _ in 0..2 {
        server.token(Reply::new(400, INVALID_CLIENT));
    }
    let first = client.warm().await.expect_err("refused");
    assert!(matches!(first, SpotifyError::CredentialsRefused { .. }), "{first:?}");
    clock.advance(60);
    let second = client.warm().await.expect_err("refused");
    assert!(matches!(second, SpotifyError::BadCredentials { .. }), "{second:?}");
    assert_eq!(readings.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn credentials_that_were_granted_a_token_meanwhile_are_not_bad_when_refused_once_more() {
    let (server, clock) = (Server::start().await, HandClock::new());
    let (client, _) = rotated(&server, &clock, &[SECRET]);
    let refused = || server.token(Reply::new(400, INVALID_CLIENT));
    refused();
    client.warm().await.expect_err("refused");
    clock.advance(60);
    client.warm().await.expect("a token");
    clock.advance(86_400);
    refused();
    let error = client.warm().await.expect_err("refused");
    assert!(matches!(error, SpotifyError::CredentialsRefused { .. }), "{error:?}");
}

/// Collects the log output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lock").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_secret_nor_token_appears_in_logs_errors_or_debug_output() {
    let (server, log) = (Server::start().await, Log::default());
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let client = server.client();
    let mut shown = format!("{client:?} {:?}", credentials());
    server.token(Reply::new(400, format!(r#"{{"error":"invalid_client","error_description":"{SECRET}"}}"#)));
    server.token(Reply::new(200, r#"{"access_token":"token-broken"#));
    server.api(Reply::new(400, r#"{"error":{"status":400,"message":"token-3 is odd"}}"#));
    server.api(Reply::new(200, "token-3 came back"));
    // The parser quotes the text that stands where a list should.
    server.api(Reply::new(200, r#"{"artists":"token-3"}"#));
    server.api(Reply::new(401, "token-3"));
    server.api(Reply::new(401, "token-4"));
    for _ in 0..6 {
        let error = client.ask(&question("sy")).await.expect_err("an error");
        shown = format!("{shown} {error} {error:?}");
    }
    let logged = String::from_utf8(log.0.lock().expect("lock").clone()).expect("text");
    assert!(logged.contains("request sent") && logged.contains("token refused"), "{logged}");
    for secret in [SECRET, "token-", "c3ludGhldGlj"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
}
