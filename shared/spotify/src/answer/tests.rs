use proptest::prelude::*;
use reqwest::header::{HeaderValue, RETRY_AFTER};

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        endpoint: "GET /search".to_owned(),
        status,
        headers: HeaderMap::new(),
        body: body.into(),
        cut: None,
    }
}

fn after(mut answer: Answer, wait: &str) -> Answer {
    answer.headers.insert(RETRY_AFTER, HeaderValue::from_str(wait).expect("a header"));
    answer
}

fn policy(answer: &Answer) -> SpotifyError {
    answer.policy(SystemTime::UNIX_EPOCH, &[])
}

/// The variant's name, which identifies the policy.
fn name(error: &SpotifyError) -> &'static str {
    match error {
        SpotifyError::Throttled { .. } => "Throttled",
        SpotifyError::QuotaSpent { .. } => "QuotaSpent",
        SpotifyError::Closed { .. } => "Closed",
        SpotifyError::PremiumRequired { .. } => "PremiumRequired",
        SpotifyError::BadCredentials { .. } => "BadCredentials",
        SpotifyError::Unauthorized { .. } => "Unauthorized",
        SpotifyError::Rejected { .. } => "Rejected",
        SpotifyError::NotFound { .. } => "NotFound",
        SpotifyError::CredentialsRefused { .. } => "CredentialsRefused",
        SpotifyError::Transient { .. } => "Transient",
    }
}

const FORBIDDEN: &str = r#"{"error":{"status":403,"message":"Forbidden"}}"#;
const GONE: &str = r#"{"error":{"status":404,"message":"Resource not found"}}"#;
const LIMIT: &str = r#"{"error":{"status":429,"message":"API rate limit exceeded"}}"#;
const QUOTA: &str = r#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#;
const PREMIUM: &str =
    "Active premium subscription required for the owner of the app. When the plan changes, wait.";
const PAGE: &str = "<html><head><title>403 Forbidden</title></head></html>";

#[test]
fn every_row_of_the_table_has_its_policy() {
    for (status, body, expected) in [
        (429, "Too many requests", "Throttled"),
        (429, LIMIT, "Throttled"),
        (429, "", "Throttled"),
        (429, PAGE, "Throttled"),
        (429, QUOTA, "QuotaSpent"),
        (429, &QUOTA[..QUOTA.len() - 3], "QuotaSpent"),
        (403, FORBIDDEN, "Closed"),
        (403, "", "Closed"),
        (403, "Forbidden", "Closed"),
        (403, PAGE, "Transient"),
        (403, &FORBIDDEN[..20], "Transient"),
        (403, PREMIUM, "PremiumRequired"),
        (
            403,
            r#"{"error":{"status":403,"message":"Active premium subscription required"}}"#,
            "PremiumRequired",
        ),
        (403, r#"{"error":{"status":403,"message":"Only for the owner"}}"#, "Closed"),
        (404, "", "Closed"),
        (404, " \r\n", "Closed"),
        (404, r#"{"error":{"status":404,"message":"Service not found"}}"#, "Closed"),
        (404, GONE, "NotFound"),
        (404, r#"{"error":{"status":404,"message":"Non existing id: 'spotify:artist:0'"}}"#, "NotFound"),
        (404, r#"{"error":{"status":404,"message":"Not found."}}"#, "NotFound"),
        (404, PAGE, "Transient"),
        (410, "", "Closed"),
        (410, "Gone", "Closed"),
        (410, r#"{"error":{"status":410,"message":"Gone"}}"#, "Closed"),
        (410, GONE, "Closed"),
        (410, PAGE, "Transient"),
        (400, r#"{"error":{"status":400,"message":"Invalid limit"}}"#, "Rejected"),
        (400, r#"{"error":"invalid_request"}"#, "Rejected"),
        (422, r#"{"error":{"status":422,"message":"Unprocessable"}}"#, "Rejected"),
        (400, "", "Transient"),
        (400, "Bad Request", "Transient"),
        (414, PAGE, "Rejected"),
        (414, "", "Rejected"),
        (401, r#"{"error":{"status":401,"message":"The access token expired"}}"#, "Unauthorized"),
        (401, "", "Unauthorized"),
        (500, "", "Transient"),
        (502, "<html>Bad gateway</html>", "Transient"),
        (503, FORBIDDEN, "Transient"),
        (504, GONE, "Transient"),
        (200, "not json", "Transient"),
        (204, "", "Transient"),
        (301, "", "Transient"),
        (408, "", "Transient"),
        (418, "", "Transient"),
    ] {
        assert_eq!(name(&policy(&answer(status, body))), expected, "{status} {body}");
    }
}

#[test]
fn a_wait_of_hours_means_a_spent_quota() {
    let throttled = policy(&after(answer(429, "Too many requests"), "3599"));
    assert_eq!(name(&throttled), "Throttled");
    assert_eq!(name(&policy(&after(answer(429, "Too many requests"), "3600"))), "QuotaSpent");
    let spent = policy(&after(answer(429, "Too many requests"), "48000"));
    assert!(
        matches!(spent, SpotifyError::QuotaSpent { retry_after: Some(wait), .. } if wait.as_secs() == 48_000)
    );
}

#[test]
fn a_429_carries_its_retry_after_if_there_is_one() {
    let throttled = policy(&after(answer(429, LIMIT), "3"));
    assert!(
        matches!(throttled, SpotifyError::Throttled { retry_after: Some(wait), .. } if wait.as_secs() == 3)
    );
    assert!(matches!(policy(&answer(429, LIMIT)), SpotifyError::Throttled { retry_after: None, .. }));
    assert!(matches!(policy(&answer(429, QUOTA)), SpotifyError::QuotaSpent { retry_after: None, .. }));
}

#[test]
fn a_truncated_refusal_is_transient_but_a_truncated_429_throttles() {
    let cut = |status, body| Answer { cut: Some("connection lost".to_owned()), ..answer(status, body) };
    for (status, body) in [
        (403, FORBIDDEN),
        (403, PREMIUM),
        (404, ""),
        (404, GONE),
        (410, ""),
        (410, GONE),
        (400, FORBIDDEN),
        (200, "{}"),
    ] {
        assert_eq!(name(&policy(&cut(status, body))), "Transient", "{status} {body}");
    }
    assert_eq!(name(&policy(&cut(414, PAGE))), "Rejected", "the same question is as long the next time");
    assert_eq!(name(&policy(&cut(429, ""))), "Throttled");
    assert_eq!(name(&policy(&cut(401, ""))), "Unauthorized");
}

#[test]
fn a_rejection_repeats_spotifys_message() {
    let error = policy(&answer(400, r#"{"error":{"status":400,"message":"Invalid\nlimit"}}"#));
    assert!(
        matches!(&error, SpotifyError::Rejected { message, .. } if message == "Invalid limit"),
        "{error:?}"
    );
}

#[test]
fn the_evidence_names_endpoint_status_and_first_bytes() {
    let evidence = policy(&answer(502, "upstream\nreset")).evidence().clone();
    assert_eq!(evidence.endpoint, "GET /search");
    assert_eq!(evidence.status, Some(502));
    assert_eq!(evidence.detail, "upstream reset");
}

#[test]
fn an_echoed_secret_is_redacted() {
    let body = r#"{"error":{"status":400,"message":"bad header Bearer hush-hush"}}"#;
    let error = answer(400, body).policy(SystemTime::UNIX_EPOCH, &["hush-hush"]);
    assert!(!format!("{error} {error:?}").contains("hush-hush"), "{error:?}");
}

proptest! {
    #[test]
    fn any_answer_has_a_policy_and_short_evidence(
        status in any::<u16>(),
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..400),
            r#"\{"error":\{"status":[0-9]{1,5},"message":.{0,40}\}?\}?"#.prop_map(String::into_bytes),
        ],
        cut in any::<bool>(),
    ) {
        let mut answer = answer(status, "");
        answer.body = body;
        answer.cut = cut.then(|| "cut".to_owned());
        let error = policy(&answer);
        prop_assert!(error.evidence().detail.chars().count() < 250);
        prop_assert_eq!(error.evidence().status, Some(status));
        // A 429 always holds a bucket, and nothing else does.
        prop_assert_eq!(matches!(name(&error), "Throttled" | "QuotaSpent"), status == 429);
    }
}

#[test]
fn an_oversized_error_body_is_not_parsed() {
    let padded = |status, size: usize| {
        policy(&answer(
            status,
            &format!(r#"{{"error":{{"message":"Invalid limit"}},"x":[{}0]}}"#, "0,".repeat(size)),
        ))
    };
    assert_eq!(name(&padded(400, 10)), "Rejected");
    assert_eq!(name(&padded(400, 40_000)), "Transient");
    assert_eq!(name(&padded(403, 40_000)), "Transient", "an oversized body must not close an endpoint");
    assert_eq!(name(&padded(429, 40_000)), "Throttled");
}
