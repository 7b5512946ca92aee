//! Secrets stay secret.

use anyhow::Result;
use base64::{Engine, prelude::BASE64_STANDARD};
use local::{
    observe::to_json,
    spotify::{Choice, Credentials, fake::Settings},
    stack::{Options, Stack},
};
use reqwest::Method;
use serde_json::json;

use crate::common::{SESSION_TOKEN, ask_api, collect, start_with, with_faults};

/// What must not appear anywhere.
struct Secrets {
    /// The app's secret, and the encoding in which it is sent.
    texts: Vec<String>,
}

impl Secrets {
    fn of(credentials: &Credentials) -> Self {
        let Credentials { client_id, client_secret } = credentials;
        assert!(client_secret.len() > 8, "too short to search for");
        let basic = BASE64_STANDARD.encode(format!("{client_id}:{client_secret}"));
        // Without the end, whose padding depends on what follows.
        let basic = basic[..basic.len() - 4].to_owned();
        Self { texts: vec![client_secret.clone(), basic] }
    }

    /// Whether a text contains one of them, or a token: each of the stand-in's is `BQ` and 48 hexadecimal
    /// digits.
    fn are_in(&self, text: &str) -> bool {
        let is_token =
            |rest: &str| rest.len() >= 48 && rest.bytes().take(48).all(|byte| byte.is_ascii_hexdigit());
        self.texts.iter().any(|secret| text.contains(secret))
            || text.match_indices("BQ").any(|(at, _)| is_token(&text[at + 2..]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_table_or_dead_letter_contains_a_secret_or_token() {
    // Failures make the functions log more, and the lowest level lets all of it through.
    let faults =
        json!({"error_rate": 0.05, "token_error_rate": 0.3, "token_ttl_s": 3, "token_expires_in_s": 3600});
    let spotify = Choice::Fake(Settings { rate: 6000, ..with_faults(100, faults) });
    let parameters = [("LogLevel".to_owned(), "trace".to_owned())].into();
    let mut stack =
        start_with(Options { spotify, rate: Some(6000), parameters, ..Options::default() }).await.unwrap();
    stack.schedule("collect").await.unwrap();
    stack.send("not a term").await.unwrap();
    collect(&mut stack).await.unwrap();
    let secrets = Secrets::of(&stack.spotify().credentials);

    for path in ["/v1/capabilities", "/v1/runs/latest"] {
        let (status, answer) = ask_api(&stack, Method::GET, path).await.unwrap();
        assert!(status == 200 && !secrets.are_in(&answer.to_string()), "{path}: {status} {answer}");
    }
    let deployment = stack.deployment().clone();
    let api = deployment.api.as_ref().unwrap();
    for function in [&deployment.seeder, &deployment.fetcher, api] {
        let logs = stack.logs(function).await.unwrap();
        assert!(logs.iter().any(|line| line.contains("TRACE")), "{function} did not log at the lowest level");
        let found: Vec<_> = logs.iter().filter(|line| secrets.are_in(line)).collect();
        assert!(found.is_empty(), "{function} has logged a secret: {found:?}");
        let token = logs.iter().find(|line| line.contains(SESSION_TOKEN));
        assert_eq!(token, None, "{function} has logged the caller's token");
    }
    for table in [&deployment.artists, &deployment.terms, &deployment.control] {
        let items = stack.clients().dynamodb.scan().table_name(table).into_paginator().items().send();
        let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
        assert!(!items.is_empty(), "{table} is empty");
        for item in items.into_iter().map(to_json) {
            assert!(!secrets.are_in(&item.to_string()), "{table} contains a secret: {item}");
        }
    }
    let letters = crate::common::dead_letters(&stack).await.unwrap();
    assert!(!letters.is_empty() && letters.iter().all(|letter| !secrets.are_in(&letter.to_string())));
    the_secret_was_read_at_the_start_only(&stack).await.unwrap();
    stack.stop().await.unwrap();
}

/// Each environment of the fetcher reads the secret once, however many batches it works.
async fn the_secret_was_read_at_the_start_only(stack: &Stack) -> Result<()> {
    let logs = stack.logs(&stack.deployment().fetcher).await?;
    let count = |part: &str| logs.iter().filter(|line| line.contains(part)).count();
    let (reads, messages) = (count("GetSecretValue"), count("\"outcome\""));
    assert!(reads > 0 && reads * 10 < messages, "{reads} reads of the secret for {messages} messages");
    Ok(())
}

#[test]
fn a_secret_is_found_in_every_encoding() {
    let credentials = Credentials { client_id: "app".to_owned(), client_secret: "hunter2hunter2".to_owned() };
    let secrets = Secrets::of(&credentials);
    let token = format!("BQ{}", "0123456789abcdef".repeat(3));
    let basic = BASE64_STANDARD.encode("app:hunter2hunter2");
    for text in ["xhunter2hunter2x", &format!("Basic {basic}"), &format!("Bearer {token}")] {
        assert!(secrets.are_in(text), "{text}");
    }
    for text in ["app", "BQ0123", "BQ", "hunter"] {
        assert!(!secrets.are_in(text), "{text}");
    }
}
