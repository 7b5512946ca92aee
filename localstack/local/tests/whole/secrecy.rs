//! Secrets stay where they are.

use local::{observe::to_json, stack::Options};
use serde_json::json;

use crate::common::{collect, start_with, with_faults};
use local::spotify::{Choice, fake::Settings};

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_secret_is_in_no_log_and_in_no_table() {
    // Trouble makes the functions talk, and the lowest level lets out everything they say themselves.
    let faults =
        json!({"error_rate": 0.05, "token_error_rate": 0.3, "token_ttl_s": 3, "token_expires_in_s": 3600});
    let spotify = Choice::Fake(Settings { rate: 6000, ..with_faults(100, faults) });
    let level = "trace,hyper=info,hyper_util=info,h2=info,rustls=info,aws_smithy_runtime=debug";
    let parameters = [("LogLevel".to_owned(), level.to_owned())].into();
    let mut stack =
        start_with(Options { spotify, rate: Some(6000), parameters, ..Options::default() }).await.unwrap();
    collect(&mut stack).await.unwrap();
    let secret = stack.spotify().credentials.client_secret.clone();
    assert!(secret.len() > 8, "too short to be looked for");

    let deployment = stack.deployment().clone();
    for function in [&deployment.seeder, &deployment.fetcher] {
        let logs = stack.logs(function).await.unwrap();
        assert!(logs.len() > 10, "{function} has logged {} lines only", logs.len());
        let found: Vec<_> = logs.iter().filter(|line| line.contains(&secret)).collect();
        assert!(found.is_empty(), "{function} has logged the secret: {found:?}");
    }
    for table in [&deployment.artists, &deployment.terms, &deployment.control] {
        let items = stack.clients().dynamodb.scan().table_name(table).into_paginator().items().send();
        let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
        assert!(!items.is_empty(), "{table} is empty");
        for item in items.into_iter().map(to_json) {
            assert!(!item.to_string().contains(&secret), "{table} holds the secret: {item}");
        }
    }
    stack.stop().await.unwrap();
}
