//! The search on the wire, and how its answers are read.

use spotify::{Client, Config, Spotify, SpotifyError};

use crate::server::{Reply, Server, Then, credentials, question, raw_api};

#[tokio::test]
async fn a_search_requests_artists_and_reads_the_page() {
    let server = Server::start().await;
    let page = server.client().ask(&question("genre:\"test tone\" sý & co=1")).await.expect("a page");
    assert_eq!((page.artists.len(), page.rows, page.total, page.has_next), (3, 3, Some(812), true));

    let [asked] = &server.api_requests()[..] else { panic!("one request: {:?}", server.api_requests()) };
    assert_eq!(asked.path, "/v1/search");
    let mut query: Vec<_> = asked.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    query.sort_unstable();
    let expected =
        [("limit", "50"), ("offset", "100"), ("q", "genre:\"test tone\" sý & co=1"), ("type", "artist")];
    assert_eq!(query, expected);
}

#[tokio::test]
async fn a_search_is_made_in_the_configured_market() {
    let server = Server::start().await;
    let config = Config { market: Some("DE".to_owned()), ..server.config() };
    let client = Client::new(&config, credentials()).expect("a client");
    client.ask(&question("sy")).await.expect("a page");
    assert_eq!(server.api_requests()[0].query["market"], "DE");
}

#[tokio::test]
async fn a_trailing_slash_of_the_api_url_is_ignored() {
    let server = Server::start().await;
    let config = Config { api_url: format!("{}/", server.config().api_url), ..server.config() };
    let client = Client::new(&config, credentials()).expect("a client");
    client.ask(&question("sy")).await.expect("a page");
    assert_eq!(server.api_requests()[0].path, "/v1/search");
}

#[tokio::test]
async fn a_404_past_the_first_page_is_a_depth_limit() {
    let server = Server::start().await;
    let not_found = r#"{"error":{"status":404,"message":"Not found."}}"#;
    server.api(Reply::new(404, not_found));
    // The request starts at row 100, so the search shows at most 100 rows.
    let error = server.client().ask(&question("sy")).await.expect_err("too deep");
    assert!(
        matches!(&error, SpotifyError::Rejected { message, evidence }
            if message == "Limit + Offset exceeds maximum of 100" && evidence.status == Some(404)),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_404_on_the_first_page_is_not_a_depth_limit() {
    let server = Server::start().await;
    server.api(Reply::new(404, r#"{"error":{"status":404,"message":"Not found."}}"#));
    let first = spotify::Request::artist_search("sy".to_owned(), spotify::PageAsk { limit: 50, offset: 0 });
    let error = server.client().ask(&first).await.expect_err("nothing there");
    assert!(matches!(error, SpotifyError::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_429_is_returned_with_its_wait_and_not_repeated() {
    let server = Server::start().await;
    let client = server.client();
    server.api(Reply::new(429, "Too many requests").header("retry-after", "4"));
    let throttled = client.ask(&question("sy")).await.expect_err("throttled");
    assert!(
        matches!(throttled, SpotifyError::Throttled { retry_after: Some(wait), .. } if wait.as_secs() == 4)
    );
    let quota = r#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#;
    let dates = [("date", "Wed, 04 Nov 2026 12:00:00 GMT"), ("retry-after", "Thu, 05 Nov 2026 01:20:00 GMT")];
    server.api(
        dates.into_iter().fold(Reply::new(429, quota), |reply, (name, value)| reply.header(name, value)),
    );
    let spent = client.ask(&question("sy")).await.expect_err("spent");
    assert!(
        matches!(spent, SpotifyError::QuotaSpent { retry_after: Some(wait), .. } if wait.as_secs() == 48_000)
    );
    assert_eq!(server.api_requests().len(), 2);
}

#[tokio::test]
async fn a_server_error_is_returned_and_not_repeated() {
    let server = Server::start().await;
    let client = server.client();
    for status in [500, 502, 503, 504] {
        server.api(Reply::new(status, "upstream\r\nreset"));
        let error = client.ask(&question("sy")).await.expect_err("an error");
        assert_eq!(error.to_string(), format!("trouble: GET /search answered {status}: upstream  reset"));
    }
    assert_eq!((server.api_requests().len(), client.requests_sent()), (4, 4));
}

#[tokio::test]
async fn a_200_that_is_not_a_page_is_transient_and_quoted() {
    let server = Server::start().await;
    let client = server.client();
    for body in ["<html>maintenance</html>", r#"{"albums":{"items":[]}}"#, ""] {
        server.api(Reply::new(200, body));
        let error = client.ask(&question("sy")).await.expect_err(body);
        assert!(
            matches!(&error, SpotifyError::Transient { evidence } if evidence.status == Some(200)),
            "{error:?}"
        );
        assert!(error.to_string().contains(body), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::start().await;
    server.api(Reply::new(302, "").header("location", "/v1/elsewhere"));
    let error = server.client().ask(&question("sy")).await.expect_err("a redirect");
    assert!(
        matches!(&error, SpotifyError::Transient { evidence } if evidence.status == Some(302)),
        "{error:?}"
    );
    assert_eq!(server.api_requests().len(), 1);
}

/// A client that gets its tokens from `server` and whose API writes `bytes`.
async fn over_raw(server: &Server, bytes: &str) -> Client {
    let config = Config { api_url: raw_api(bytes, Then::Close).await, ..server.config() };
    Client::new(&config, credentials()).expect("a client")
}

#[tokio::test]
async fn a_truncated_body_is_transient_and_quoted() {
    let server = Server::start().await;
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"artists\":{\"items\":[";
    let error = over_raw(&server, cut).await.ask(&question("sy")).await.expect_err("cut");
    assert!(
        matches!(&error, SpotifyError::Transient { evidence } if evidence.status == Some(200)),
        "{error:?}"
    );
    let shown = error.to_string();
    assert!(shown.contains("broke off") && shown.contains(r#"{"artists":{"items":["#), "{shown}");
}

#[tokio::test]
async fn a_truncated_404_closes_nothing_but_a_truncated_429_throttles() {
    let server = Server::start().await;
    let client = over_raw(&server, "HTTP/1.1 404 Not Found\r\ncontent-length: 60\r\n\r\n").await;
    let error = client.ask(&question("sy")).await.expect_err("cut");
    assert!(matches!(error, SpotifyError::Transient { .. }), "{error:?}");
    let client = over_raw(&server, "HTTP/1.1 429 Slow\r\nretry-after: 2\r\ncontent-length: 60\r\n\r\n").await;
    let error = client.ask(&question("sy")).await.expect_err("cut");
    assert!(matches!(error, SpotifyError::Throttled { retry_after: Some(wait), .. } if wait.as_secs() == 2));
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_transient_without_a_status() {
    let server = Server::start().await;
    for bytes in ["", "SSH-2.0-synthetic\r\n", "HTTP/1.1 200"] {
        let error = over_raw(&server, bytes).await.ask(&question("sy")).await.expect_err(bytes);
        assert!(
            matches!(&error, SpotifyError::Transient { evidence } if evidence.status.is_none()),
            "{error:?}"
        );
    }
}
