//! What callers beside collectors rely on: compressed answers, and scripts in browsers.

use std::io::Read;

use axum::http::{HeaderMap, Method};

use crate::common::{Caller, config};

const QUESTION: &str = "/search?q=s&type=artist&limit=50";

#[tokio::test]
async fn answers_are_compressed_for_callers_that_can_read_it_and_only_for_them() {
    let caller = Caller::start(config()).await;
    let (_, plain) = caller.get(QUESTION).await;
    let client = reqwest::Client::builder().no_gzip().build().expect("a client");
    let ask = |encodings: &str| {
        let request =
            client.get(format!("{}{QUESTION}", caller.spotify.api_url())).bearer_auth(&caller.token);
        request.header("accept-encoding", encodings).send()
    };
    let packed = ask("gzip, deflate").await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    let bytes = packed.bytes().await.expect("bytes");
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("gzip");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), plain);
    assert!(bytes.len() * 3 < text.len(), "{} of {}", bytes.len(), text.len());
    let unpacked = ask("identity").await.expect("an answer");
    assert_eq!(unpacked.headers().get("content-encoding"), None);
}

#[tokio::test]
async fn a_page_in_a_browser_may_ask_the_api_and_read_its_answers() {
    let caller = Caller::start(config()).await;
    let before = caller.spotify.stats();
    let preflight = |url: String| {
        caller.client.request(Method::OPTIONS, url).header("origin", "https://example.com").send()
    };
    for url in [format!("{}{QUESTION}", caller.spotify.api_url()), caller.spotify.token_url()] {
        let answer = preflight(url).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(allows_everybody(answer.headers()));
        assert!(
            answer.headers()["access-control-allow-headers"]
                .to_str()
                .expect("text")
                .contains("Authorization")
        );
    }
    assert_eq!(caller.spotify.stats(), before, "asking beforehand costs nothing");
    assert!(allows_everybody(caller.send(QUESTION).await.headers()));
    assert!(allows_everybody(caller.send("/artists/abc").await.headers()), "refusals can be read too");
}

#[tokio::test]
async fn no_page_in_a_browser_may_read_the_control_paths() {
    let caller = Caller::start(config()).await;
    let url = format!("{}/_fake/stats", caller.spotify.base_url());
    let answer = caller.client.get(url).send().await.expect("an answer");
    assert!(!allows_everybody(answer.headers()));
}

fn allows_everybody(headers: &HeaderMap) -> bool {
    headers.get("access-control-allow-origin").is_some_and(|origin| origin == "*")
}
