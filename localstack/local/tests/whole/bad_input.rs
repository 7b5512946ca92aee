//! Bad messages, bad events and missing parts: each causes an error that names it, and nothing else is lost.

use anyhow::Result;
use local::{spotify::fake::Settings, stack::Stack};
use serde_json::json;

use crate::common::{
    artist_rows, collect, dead_letters, eventually, return_messages_soon, start, steady, with_faults,
};

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_and_events_are_named_and_affect_nothing_else() {
    let mut stack = start(steady(100)).await.unwrap();
    let seeder = stack.deployment().seeder.clone();
    let error = stack.invoke(&seeder, &json!({"job": "colect"})).await.unwrap_err();
    assert!(error.to_string().contains("\"colect\""), "{error:#}");

    let opened = stack.schedule("collect").await.unwrap();
    let run = opened["run"].as_str().unwrap();
    let bad = [
        ("not a term".to_owned(), "unreadable message"),
        (json!({"run": run, "key": "search:zzzzqqqq", "generation": 1}).to_string(), "search:zzzzqqqq"),
        (json!({"run": run, "key": "search:The DJ", "generation": 1}).to_string(), "search:dj the"),
        (json!({"run": run, "key": "playlist:x", "generation": 1}).to_string(), "playlist:x"),
        (json!({"run": run, "key": "search:a"}).to_string(), "generation"),
    ];
    for (body, _) in &bad {
        stack.send(body).await.unwrap();
    }
    let report = collect(&mut stack).await.unwrap();
    assert_eq!((report.state.as_str(), report.terms.failed), ("complete", 0), "{report:?}");
    assert!(report.coverage.is_some_and(|share| share >= 0.99), "{report:?}");
    let letters = dead_letters(&stack).await.unwrap();
    assert_eq!(letters.len(), bad.len(), "{letters:?}");
    for (body, reason) in &bad {
        let letter = letters.iter().find(|letter| letter["body"] == *body).unwrap();
        assert!(letter["reason"].as_str().unwrap().contains(reason), "{letter}");
    }
    stack.stop().await.unwrap();
}

/// Waits until the fetcher has logged a line that contains all of these.
async fn logged(stack: &Stack, parts: &[&str]) -> Result<String> {
    eventually(&format!("a line of the fetcher with {parts:?}"), async || {
        let logs = stack.logs(&stack.deployment().fetcher).await?;
        Ok(logs.into_iter().find(|line| parts.iter().all(|part| line.contains(part))))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_is_named_by_each_function_that_needs_it() {
    let stack = start(steady(100)).await.unwrap();
    let (dynamodb, deployment) = (&stack.clients().dynamodb, stack.deployment());
    let remove = async |table: &str| dynamodb.delete_table().table_name(table).send().await.unwrap();
    remove(&deployment.artists).await;
    stack.schedule("collect").await.unwrap();
    logged(&stack, &[&deployment.artists, "ResourceNotFoundException"]).await.unwrap();
    logged(&stack, &["\"Trouble\":\"storage-trouble\"", "\"Stack\":\"fermata\""]).await.unwrap();
    assert_eq!(stack.observer().dead_letters().await.unwrap(), 0, "the terms wait for their table");
    for table in [&deployment.terms, &deployment.control] {
        remove(table).await;
        let error = format!("{:#}", stack.schedule("top-up").await.unwrap_err());
        assert!(error.contains(table.as_str()), "{error}");
    }
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_named_and_the_run_continues_once_stored() {
    let mut stack = start(steady(100)).await.unwrap();
    return_messages_soon(&stack).await.unwrap();
    let (secrets, secret) = (stack.clients().secrets.clone(), "fermata/spotify");
    let delete = secrets.delete_secret().secret_id(secret).force_delete_without_recovery(true);
    delete.send().await.unwrap();
    stack.schedule("collect").await.unwrap();
    let fetcher = &stack.deployment().fetcher;
    let error = format!("{:#}", stack.invoke(fetcher, &json!({"Records": []})).await.unwrap_err());
    assert!(
        error.contains("fetcher cannot start") && error.contains("the secret fermata/spotify"),
        "{error}"
    );
    let credentials = stack.spotify().credentials.clone();
    let value = json!({"client_id": credentials.client_id, "client_secret": credentials.client_secret});
    secrets.create_secret().name(secret).secret_string(value.to_string()).send().await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    assert_eq!((report.terms.failed, report.dead_letters), (0, 0), "{report:?}");
    assert!(report.coverage.is_some_and(|share| share >= 0.99), "{report:?}");
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_rotated_in_the_middle_of_a_run_loses_no_term() {
    let rotated = "rotated-0123456789";
    // Slow enough that the run is in its middle, with tokens that must be renewed all the time.
    let tokens = json!({"token_ttl_s": 2, "token_expires_in_s": 3600});
    let mut stack = start(Settings { rate: 900, ..with_faults(2000, tokens) }).await.unwrap();
    stack.schedule("collect").await.unwrap();
    eventually("an artist", async || Ok((!artist_rows(&stack).await?.is_empty()).then_some(())))
        .await
        .unwrap();
    stack.spotify().set_faults(&json!({"client_secret": rotated})).await.unwrap();
    logged(&stack, &["client credentials refused", "they are the same"]).await.unwrap();
    let value = json!({"client_id": stack.spotify().credentials.client_id, "client_secret": rotated});
    let store = stack.clients().secrets.put_secret_value().secret_id("fermata/spotify");
    store.secret_string(value.to_string()).send().await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    logged(&stack, &["client credentials refused", "they were replaced"]).await.unwrap();
    assert_eq!((report.state.as_str(), report.terms.failed), ("complete", 0), "{report:?}");
    assert_eq!((report.dead_letters, report.artists), (0, 2000), "{report:?}");
    stack.stop().await.unwrap();
}
