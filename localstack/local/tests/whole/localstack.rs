//! Genuine `LocalStack` without Docker: it collects, and loses nothing in a crash or a hold.
//!
//! It is slower than `MiniStack`, so two of the tests only search 25 terms.

use std::time::Duration;

use anyhow::{Result, ensure};
use local::{
    compare::Rows,
    deploy::Parameters,
    emulator::Backend,
    spotify::{Choice, fake::Settings},
    stack::Options,
};
use serde_json::json;
use tokio::time::sleep;

use crate::common::{
    artist_rows, collect, return_messages_soon, start_with, steady, undisturbed, with_faults,
};

fn on(backend: Backend, spotify: Settings) -> Options {
    Options { backend, rate: Some(1500), spotify: Choice::Fake(spotify), ..Options::default() }
}

/// Searches 25 terms, whatever they return.
fn few(options: Options) -> Options {
    let parameters = [("Sources", "systematic"), ("Systematic", "a-e:2")];
    let parameters: Parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Options { parameters, ..options }
}

/// What these terms return on `MiniStack`, undisturbed.
async fn expected(artists: u32) -> Result<Rows> {
    let mut stack = start_with(few(on(Backend::MiniStack, steady(artists)))).await?;
    let report = collect(&mut stack).await?;
    ensure!(report.refused == Some(0), "the undisturbed run was disturbed: {report:?}");
    let rows = artist_rows(&stack).await?;
    stack.stop().await?;
    ensure!(rows.len() > 50, "{} artists are too few to compare", rows.len());
    Ok(rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn localstack_collects_the_artists_that_ministack_collects() {
    const ARTISTS: u32 = 300;
    let mut stack = start_with(on(Backend::LocalStack, steady(ARTISTS))).await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    assert_eq!((report.state.as_str(), report.artists), ("complete", u64::from(ARTISTS)), "{report:?}");
    assert_eq!((report.dead_letters, report.terms.failed), (0, 0), "{report:?}");
    let rows = artist_rows(&stack).await.unwrap();
    for function in [&stack.deployment().seeder, &stack.deployment().fetcher] {
        let logs = stack.logs(function).await.unwrap();
        assert!(logs.iter().any(|line| line.starts_with("{\"")), "{function} has logged nothing: {logs:?}");
    }
    stack.stop().await.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_killed_on_localstack_lose_no_artist() {
    const ARTISTS: u32 = 1000;
    // Slow answers, so that the kill hits a function in mid-work.
    let spotify = with_faults(ARTISTS, json!({"delay_ms": 300}));
    let stack = start_with(few(on(Backend::LocalStack, spotify))).await.unwrap();
    return_messages_soon(&stack).await.unwrap();
    stack.schedule("collect").await.unwrap();
    stack.schedule("top-up").await.unwrap();
    while stack.spotify().stats().await.unwrap().unwrap().requests < 3 {
        sleep(Duration::from_millis(50)).await;
    }
    assert!(stack.kill_functions().await.unwrap() > 0);
    // The seeder was killed too; the invocation that finds it dead fails, as on Lambda.
    let _ = stack.schedule("top-up").await;
    stack.wait_until_closed(Duration::from_mins(5)).await.unwrap();
    assert_eq!(stack.observer().dead_letters().await.unwrap(), 0);
    let logs = stack.logs(&stack.deployment().fetcher).await.unwrap();
    assert!(logs.iter().any(|line| line.contains("Runtime exited")), "no invocation was cut off: {logs:?}");
    let rows = artist_rows(&stack).await.unwrap();
    stack.stop().await.unwrap();
    assert!(rows == expected(ARTISTS).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_on_localstack_stops_all_requests() {
    const ARTISTS: u32 = 1000;
    // Configured with a wrong limit, as if Spotify had lowered it.
    let spotify = Settings { rate: 20, penalty_s: 3, ..steady(ARTISTS) };
    let mut stack = start_with(few(on(Backend::LocalStack, spotify))).await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    assert!(report.refused.is_some_and(|refused| refused > 0), "{report:?}");
    // It works one batch at a time, so nothing is in flight when a refusal arrives.
    assert_eq!(report.requests_during_hold, Some(0), "{report:?}");
    assert_eq!((report.dead_letters, report.terms.failed), (0, 0), "{report:?}");
    let rows = artist_rows(&stack).await.unwrap();
    stack.stop().await.unwrap();
    assert!(rows == expected(ARTISTS).await.unwrap());
}
