//! Limits and faults over HTTP: what is set is what happens, and the counts say so.

use std::time::Duration;

use axum::http::Method;

use crate::common::{Caller, config, ids};
use fake_spotify::{Breakage, Bucket, Config, FakeSpotify, Faults, LimitSettings, Penalty, StartError};
use serde_json::json;

const QUESTION: &str = "/search?q=s&type=artist&limit=50";

#[tokio::test]
async fn a_full_window_is_answered_429_and_everything_is_counted() {
    let penalty_s = Penalty::Fixed(Duration::from_millis(34_500));
    let limits = LimitSettings { rate: Some(3), penalty_s, ..LimitSettings::default() };
    let caller = Caller::start(Config { limits, ..config() }).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(caller.send(QUESTION).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let refused = caller.send(QUESTION).await;
    assert_eq!(refused.headers()["retry-after"], "35");
    let body = refused.text().await.expect("a body");
    assert!(body == "Too many requests" || body.contains("API rate limit exceeded"), "{body}");
    let stats = caller.spotify.stats();
    assert_eq!((stats.requests, stats.refused, stats.max_in_30s, stats.requests_during_hold), (6, 3, 6, 2));
    assert_eq!(stats.requests_by_path["/v1/search"][&429], 3);
}

#[tokio::test]
async fn a_hold_ends_when_retry_after_said() {
    let penalty_s = Penalty::Fixed(Duration::from_secs(1));
    let limits = LimitSettings { rate: Some(1), rate_period_s: 0.2, penalty_s, ..LimitSettings::default() };
    let caller = Caller::start(Config { limits, ..config() }).await;
    assert_eq!(caller.send(QUESTION).await.status(), 200);
    assert_eq!(caller.send(QUESTION).await.headers()["retry-after"], "1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(caller.send(QUESTION).await.status(), 200);
    assert_eq!(caller.spotify.stats().requests_during_hold, 0);
}

#[tokio::test]
async fn a_spent_quota_closes_one_bucket_and_says_until_when() {
    let limits = LimitSettings { quotas: [(Bucket::Search, 1)].into(), ..LimitSettings::default() };
    let caller = Caller::start(Config { limits, ..config() }).await;
    assert_eq!(caller.send(QUESTION).await.status(), 200);
    let refused = caller.send(QUESTION).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((86_380..=86_400).contains(&wait), "{wait}");
    let body: serde_json::Value = refused.json().await.expect("JSON");
    assert_eq!(body["error"]["reason"], "QUOTA_EXCEEDED");
    caller.refused("/artists/0000000000000000000000", 404, "Resource not found").await;
}

#[tokio::test]
async fn limits_and_faults_change_while_it_runs_and_nonsense_changes_nothing() {
    let caller = Caller::start(config()).await;
    let (status, limits) = caller.control("limits", json!({"rate": 1, "penalty_s": 60})).await;
    assert_eq!((status, &limits["rate"], &limits["rate_period_s"]), (200, &json!(1), &json!(30.0)));
    assert_eq!(caller.spotify.limits().rate, Some(1));
    assert_eq!(caller.control("faults", json!({"retry_after_missing": true})).await.0, 200);
    assert_eq!(caller.send(QUESTION).await.status(), 200);
    let refused = caller.send(QUESTION).await;
    assert_eq!((refused.status().as_u16(), refused.headers().get("retry-after")), (429, None));
    let before = caller.spotify.faults();
    let (status, body) = caller.control("faults", json!({"eror_rate": 1, "delay_ms": 5})).await;
    assert_eq!(status, 400);
    assert!(
        body["error"]["message"].as_str().is_some_and(|text| text.contains("unknown: eror_rate")),
        "{body}"
    );
    let (status, body) = caller.control("faults", json!({"error_rate": 2})).await;
    assert_eq!(status, 400);
    assert!(body["error"]["message"].as_str().is_some_and(|text| text.contains("error_rate is 2")), "{body}");
    assert_eq!(caller.spotify.faults(), before);
}

/// A stand-in with these faults and nothing else left to chance.
async fn with(change: impl FnOnce(&mut Faults)) -> Caller {
    let mut faults = Faults::default();
    faults.tie_shift_rate = 0.0;
    change(&mut faults);
    Caller::start(Config { faults, ..config() }).await
}

#[tokio::test]
async fn about_as_many_requests_fail_as_were_told_to() {
    let caller = with(|faults| faults.error_rate = 0.3).await;
    for _ in 0..200 {
        caller.send(QUESTION).await;
    }
    let stats = caller.spotify.stats();
    let failed: u64 =
        [500, 502, 503, 504].iter().filter_map(|status| stats.requests_by_status.get(status)).sum();
    assert!((35..=85).contains(&failed), "{stats:?}");
    assert_eq!(stats.requests_by_status.len(), 5, "{stats:?}");
}

#[tokio::test]
async fn a_cut_body_breaks_off_and_the_next_request_is_served() {
    let caller = with(|faults| faults.cut_rate = 1.0).await;
    for _ in 0..8 {
        let request =
            caller.client.get(format!("{}{QUESTION}", caller.spotify.api_url())).bearer_auth(&caller.token);
        let answer = request.send().await;
        let broken = match answer {
            Ok(answer) => answer.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(broken, "a whole body came");
    }
    assert_eq!(caller.spotify.stats().spoiled, 8);
    caller.spotify.set_faults(Faults::default()).expect("good faults");
    assert_eq!(caller.get(QUESTION).await.0, 200);
}

#[tokio::test]
async fn given_queries_fail_for_ever_and_others_do_not() {
    let caller = with(|faults| faults.fail_queries = vec!["big sky".into()]).await;
    for _ in 0..3 {
        caller.refused("/search?q=big+sky&type=artist", 500, "Server error.").await;
    }
    assert_eq!(caller.get("/search?q=big&type=artist").await.0, 200);
}

#[tokio::test]
async fn what_is_broken_stays_so_at_every_endpoint_and_alone() {
    let caller = with(|_| ()).await;
    let [gone, failing, garbled, whole] =
        [1, 2, 3, 4].map(|rank| caller.spotify.catalogue().artist(rank).id().to_owned());
    let category = caller.spotify.world().category_id(0);
    let broken = json!({&gone: "missing", &failing: "error", &garbled: "nonsense", &category: "error"});
    assert_eq!(caller.control("faults", json!({ "broken": broken })).await.0, 200);
    assert_eq!(caller.spotify.faults().broken[&gone], Breakage::Missing);
    for path in ["", "/albums", "/related-artists"] {
        caller.refused(&format!("/artists/{gone}{path}"), 404, "Resource not found").await;
        caller.refused(&format!("/artists/{failing}{path}"), 500, "Server error.").await;
        let (status, body) = caller.get(&format!("/artists/{garbled}{path}")).await;
        assert_eq!((status, body.get("id"), body.get("items")), (200, None, None));
        assert_eq!(caller.get(&format!("/artists/{whole}{path}")).await.0, 200);
    }
    let (status, batch) = caller.get(&format!("/artists?ids={gone},{whole}")).await;
    assert_eq!(
        (status, &batch["artists"][0], &batch["artists"][1]["id"]),
        (200, &json!(null), &json!(whole))
    );
    caller.refused(&format!("/artists?ids={gone},{failing}"), 500, "Server error.").await;
    caller.refused(&format!("/browse/categories/{category}/playlists"), 500, "Server error.").await;
}

#[tokio::test]
async fn an_app_whose_owner_has_no_premium_is_told_in_plain_text() {
    let caller = with(|faults| faults.premium_required = true).await;
    let answer = caller.send(QUESTION).await;
    assert_eq!(answer.status(), 403);
    let text = answer.text().await.expect("a body");
    assert!(text.starts_with("Active premium subscription required for the owner of the app"), "{text}");
}

#[tokio::test]
async fn answers_are_late_or_no_json_when_told_to() {
    let caller = with(|faults| (faults.delay_ms, faults.nonjson_rate) = (150, 1.0)).await;
    let start = std::time::Instant::now();
    let answer = caller.send(QUESTION).await;
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<serde_json::Value>().await.is_err());
}

#[tokio::test]
async fn tokens_can_live_shorter_than_they_claim_and_fail_to_come() {
    let caller = with(|faults| (faults.token_ttl_s, faults.token_expires_in_s) = (0.05, Some(3_600))).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    caller.refused(QUESTION, 401, "The access token expired").await;
    caller.control("faults", json!({"token_error_rate": 1.0})).await;
    let answer = caller.client.post(caller.spotify.token_url()).send().await.expect("an answer");
    assert!(answer.status().is_server_error());
}

#[tokio::test]
async fn a_changed_secret_is_accepted_and_the_one_before_refused() {
    let caller = with(|_| ()).await;
    caller.control("faults", json!({"client_secret": "changed"})).await;
    let ask = async |secret: &str| {
        let request = caller.client.post(caller.spotify.token_url()).basic_auth("local-app", Some(secret));
        request.form(&json!({"grant_type": "client_credentials"})).send().await.expect("an answer").status()
    };
    assert_eq!((ask("local-secret").await.as_u16(), ask("changed").await.as_u16()), (400, 200));
    caller.control("faults", json!({"client_secret": null})).await;
    assert_eq!((ask("local-secret").await.as_u16(), ask("changed").await.as_u16()), (200, 400));
}

#[tokio::test]
async fn rows_are_repeated_dropped_and_null_as_often_as_told() {
    let whole = ids(&with(|_| ()).await.get(QUESTION).await.1);
    let page = |change: fn(&mut Faults)| async move {
        with(change).await.get(QUESTION).await.1["artists"]["items"].clone()
    };
    let dropped = page(|faults| faults.drop_rate = 0.5).await;
    let nulls = page(|faults| faults.null_rate = 0.5).await;
    let repeated = page(|faults| faults.repeat_rate = 0.5).await;
    assert_eq!(whole.len(), 50);
    assert!((10..=40).contains(&dropped.as_array().map_or(0, Vec::len)), "{dropped}");
    let is_null = |row: &&serde_json::Value| row.is_null();
    assert!(
        (10..=40).contains(&nulls.as_array().map_or(0, |rows| rows.iter().filter(is_null).count())),
        "{nulls}"
    );
    let mut distinct = ids(&json!({"artists": {"items": repeated}}));
    assert_eq!(distinct.len(), 50);
    distinct.sort_unstable();
    distinct.dedup();
    assert!((15..=45).contains(&distinct.len()), "{} distinct rows", distinct.len());
}

#[tokio::test]
async fn pages_can_be_empty_in_the_middle_or_name_no_next_or_lie_about_the_total() {
    let caller = with(|faults| faults.empty_page_rate = 1.0).await;
    let (_, page) = caller.get(QUESTION).await;
    assert_eq!(page["artists"]["items"], json!([]));
    assert!(page["artists"]["next"].is_string() && page["artists"]["total"].as_u64() > Some(50));
    let caller = with(|faults| faults.early_null_next = 1.0).await;
    let (_, page) = caller.get(QUESTION).await;
    assert!(page["artists"]["next"].is_null() && ids(&page).len() == 50);
    let caller = with(|faults| faults.total_lies = 1.0).await;
    let mut totals = Vec::new();
    for _ in 0..12 {
        totals.push(caller.get(QUESTION).await.1["artists"]["total"].as_u64());
    }
    totals.sort_unstable();
    totals.dedup();
    assert!(totals.len() > 1, "always {totals:?}");
}

#[tokio::test]
async fn tied_neighbours_change_places_at_the_ends_of_pages_alone() {
    let steady = with(|_| ()).await;
    let moving = with(|faults| faults.tie_shift_rate = 1.0).await;
    let mut differing = 0;
    for offset in (0..400).step_by(50) {
        let path = format!("{QUESTION}&offset={offset}");
        let (steady, moving) = (ids(&steady.get(&path).await.1), ids(&moving.get(&path).await.1));
        assert_eq!(steady[1..49], moving[1..49]);
        differing += usize::from(steady != moving);
    }
    assert!(differing >= 4, "{differing} of 8 pages differ");
}

#[tokio::test]
async fn not_excludes_until_it_is_said_not_to_work() {
    let caller = with(|_| ()).await;
    let total = async |path| caller.get(path).await.1["artists"]["total"].as_u64().expect("a total");
    let (with_the, without) =
        (total("/search?q=s&type=artist").await, total("/search?q=s+NOT+the&type=artist").await);
    assert!(without > 0 && without < with_the, "{without} of {with_the}");
    caller.control("faults", json!({"not_supported": true})).await;
    assert!(total("/search?q=s+NOT+the&type=artist").await < without);
}

#[tokio::test]
async fn control_paths_answer_whoever_has_the_key_and_are_not_counted() {
    let caller = with(|_| ()).await;
    for path in ["health", "stats", "faults", "limits"] {
        assert_eq!(caller.ask_control(path).await.status(), 200, "{path}");
    }
    let stats: fake_spotify::Stats = caller.ask_control("stats").await.json().await.expect("stats");
    assert_eq!(stats, caller.spotify.stats());
    assert_eq!((stats.requests, stats.token_requests, stats.catalogue_artists), (0, 1, 3_000));
}

#[tokio::test]
async fn without_the_key_the_control_paths_tell_and_change_nothing() {
    let caller = with(|_| ()).await;
    let before = caller.spotify.faults();
    let other = fake_spotify::ControlKey::random().expect("a key");
    let app = caller.token.clone();
    for (method, path) in [
        (Method::GET, "stats"),
        (Method::GET, "faults"),
        (Method::POST, "faults"),
        (Method::GET, "limits"),
        (Method::POST, "limits"),
        (Method::POST, "playlists"),
        (Method::GET, "reach"),
    ] {
        let url = format!("{}/_fake/{path}", caller.spotify.base_url());
        for key in [None, Some(other.expose()), Some(""), Some(app.as_str())] {
            let request = caller.client.request(method.clone(), &url).body(r#"{"error_rate": 1.0}"#);
            let request = match key {
                Some(key) => request.bearer_auth(key),
                None => request,
            };
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 403, "{method} {path} with {key:?}");
            let body = answer.text().await.expect("a body");
            assert!(body.contains("control key") && !body.contains("catalogue"), "{body}");
        }
    }
    assert_eq!(caller.spotify.faults(), before);
    for path in ["health", "openapi.json"] {
        let url = format!("{}/_fake/{path}", caller.spotify.base_url());
        assert_eq!(caller.client.get(url).send().await.expect("an answer").status(), 200, "{path}");
    }
}

#[tokio::test]
async fn no_web_page_may_use_the_control_paths() {
    let caller = with(|_| ()).await;
    let before = caller.spotify.faults();
    let url = format!("{}/_fake/faults", caller.spotify.base_url());
    let host = caller.spotify.base_url().replace("http://127.0.0.1", "rebound.example.com");
    let marks = [
        ("origin", "https://example.com"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-dest", "image"),
        ("host", host.as_str()),
        ("host", "127.0.0.1"),
    ];
    for (name, value) in marks {
        let body = json!({"error_rate": 1.0}).to_string();
        for request in [caller.client.get(&url), caller.client.post(&url).body(body)] {
            let request = request.bearer_auth(caller.spotify.control_key().expose());
            let answer = request.header(name, value).send().await.expect("an answer");
            assert_eq!(answer.status(), 403, "{name}: {value}");
            assert_eq!(answer.headers().get("access-control-allow-origin"), None, "{name}: {value}");
        }
    }
    assert_eq!(caller.spotify.faults(), before);
    let named = url.replace("127.0.0.1", "localhost");
    let named = caller.client.get(named).bearer_auth(caller.spotify.control_key().expose());
    assert_eq!(named.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_stand_in_that_is_stopped_or_dropped_answers_no_more() {
    let caller = with(|_| ()).await;
    let address = caller.spotify.base_url().replace("http://", "");
    caller.spotify.stop().await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    let dropped = FakeSpotify::start(config()).await.expect("a stand-in");
    let address = dropped.base_url().replace("http://", "");
    drop(dropped);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let running = FakeSpotify::start(config()).await.expect("a stand-in");
    let port = running.base_url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let error = FakeSpotify::start(Config { port, ..config() }).await.expect_err("the port is taken");
    assert!(
        matches!(error, StartError::Listen { .. }) && error.to_string().contains(&port.to_string()),
        "{error}"
    );
    let limits = LimitSettings { rate_period_s: 0.0, ..LimitSettings::default() };
    let error = FakeSpotify::start(Config { limits, ..config() }).await.expect_err("no window").to_string();
    assert!(error.contains("rate_period_s"), "{error}");
}
