//! What happens below the requests: connections, timeouts, compression, size limits.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use spotify::{Client, Config, MAX_BODY_BYTES, SetupError, Spotify, SpotifyError};
use tokio::net::TcpListener;

use crate::server::{Reply, SEARCH_PAGE, Server, Then, credentials, question, raw_api};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("in memory");
    encoder.finish().expect("in memory")
}

#[tokio::test]
async fn consecutive_requests_share_one_connection() {
    let server = Server::start().await;
    let client = server.client();
    for status in [200, 429, 404, 500, 200] {
        server.api(Reply::new(status, if status == 200 { SEARCH_PAGE } else { "no" }));
        let _ = client.ask(&question("sy")).await;
    }
    assert_eq!((server.api_requests().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn every_request_has_a_user_agent() {
    let server = Server::start().await;
    server.client().ask(&question("sy")).await.expect("a page");
    let expected = concat!("fermata/", env!("CARGO_PKG_VERSION"), " (Spotify catalogue collector)");
    for asked in [&server.api_requests()[0], &server.token_requests()[0]] {
        assert_eq!(asked.header("user-agent"), expected);
    }
}

#[tokio::test]
async fn compressed_answers_are_requested_and_read() {
    let server = Server::start().await;
    server.api(Reply::new(200, gzip(SEARCH_PAGE.as_bytes())).header("content-encoding", "gzip"));
    let page = server.client().ask(&question("sy")).await.expect("a page");
    assert_eq!(page.artists.len(), 3);
    assert_eq!(server.api_requests()[0].header("accept-encoding"), "gzip");
}

#[tokio::test]
async fn a_broken_compressed_answer_is_transient() {
    let server = Server::start().await;
    let mut body = gzip(SEARCH_PAGE.as_bytes());
    body.truncate(body.len() / 2);
    for body in [body, b"plain".to_vec()] {
        server.api(Reply::new(200, body).header("content-encoding", "gzip"));
        let error = server.client().ask(&question("sy")).await.expect_err("broken");
        assert!(
            matches!(&error, SpotifyError::Transient { evidence } if evidence.status == Some(200)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_decompresses_beyond_the_limit_is_not_read() {
    let server = Server::start().await;
    let client = server.client();
    let page = |padding: usize| format!("{}{SEARCH_PAGE}", " ".repeat(padding)).into_bytes();
    server.api(Reply::new(200, page(MAX_BODY_BYTES - SEARCH_PAGE.len())));
    client.ask(&question("sy")).await.expect("just within the limit");
    let large = page(MAX_BODY_BYTES - SEARCH_PAGE.len() + 1);
    let packed = gzip(&large);
    assert!(packed.len() < 100_000);
    for reply in [Reply::new(200, large), Reply::new(200, packed).header("content-encoding", "gzip")] {
        server.api(reply);
        let error = client.ask(&question("sy")).await.expect_err("too large");
        assert!(matches!(&error, SpotifyError::Transient { .. }), "{error:?}");
        assert!(error.to_string().contains("larger than"), "{error}");
    }
}

fn hasty(config: Config) -> Client {
    let config = Config { request_timeout: Duration::from_millis(200), ..config };
    Client::new(&config, credentials()).expect("a client")
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_transient() {
    let server = Server::start().await;
    let client = hasty(server.config());
    client.warm().await.expect("warm");
    server.api(Reply::new(200, SEARCH_PAGE).after(Duration::from_secs(30)));
    let begun = Instant::now();
    let error = client.ask(&question("sy")).await.expect_err("late");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(matches!(&error, SpotifyError::Transient { evidence } if evidence.status.is_none()), "{error:?}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn a_body_that_stalls_is_transient() {
    let server = Server::start().await;
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"a\r\n";
    let api_url = raw_api(head, Then::FallSilent).await;
    let client = hasty(Config { api_url, ..server.config() });
    let error = client.ask(&question("sy")).await.expect_err("late");
    assert!(matches!(&error, SpotifyError::Transient { .. }), "{error:?}");
    assert!(error.to_string().contains("timed out") && error.to_string().contains("{\"a"), "{error}");
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_after_the_time_of_a_request() {
    let server = Server::start().await;
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"a\r\n";
    let api_url = raw_api(head, Then::Trickle("1\r\n \r\n")).await;
    let client = hasty(Config { api_url, ..server.config() });
    let error = client.ask(&question("sy")).await.expect_err("late");
    assert!(matches!(&error, SpotifyError::Transient { .. }), "{error:?}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn an_unreachable_server_is_transient() {
    let server = Server::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let api_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    drop(listener);
    let client = Client::new(&Config { api_url, ..server.config() }, credentials()).expect("a client");
    let error = client.ask(&question("sy")).await.expect_err("nobody there");
    assert!(matches!(&error, SpotifyError::Transient { evidence } if evidence.status.is_none()), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert_eq!(error.evidence().endpoint, "GET /search");
}

#[tokio::test]
async fn https_needs_no_set_up_and_refuses_a_server_without_tls() {
    let server = Server::start().await;
    let api_url = raw_api("HTTP/1.1 200 OK\r\n\r\n", Then::Close).await.replace("http:", "https:");
    let client = Client::new(&Config { api_url, ..server.config() }, credentials()).expect("a client");
    let error = client.ask(&question("sy")).await.expect_err("no TLS there");
    assert!(matches!(&error, SpotifyError::Transient { evidence } if evidence.status.is_none()), "{error:?}");
}

#[test]
fn an_impossible_configuration_is_refused_by_name() {
    let refused = |config: Config| Client::new(&config, credentials()).expect_err("refused");
    let error = refused(Config { token_url: "accounts".to_owned(), ..Config::default() });
    assert_eq!(error.to_string(), r#"the Spotify token URL is not a URL: "accounts""#);
    let error = refused(Config { market: Some("Germany".to_owned()), ..Config::default() });
    assert!(matches!(error, SetupError::Market(_)) && error.to_string().contains("Germany"), "{error}");
}
