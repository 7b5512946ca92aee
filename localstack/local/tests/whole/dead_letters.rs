//! Dead letters can be read, and their terms sent again once the cause is fixed.

use std::time::Duration;

use anyhow::{Context, Result};
use local::{spotify::fake::Settings, stack::Stack};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::common::{artist_rows, collect, eventually, start, steady, undisturbed};

const ARTISTS: u32 = 300;

/// Runs the command as an operator would, and returns the JSON that it prints.
async fn run_json(stack: &Stack, arguments: &[&str]) -> Result<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.args(arguments).args(["--json", "--endpoint", stack.access().endpoint()]);
    command.envs(stack.access().variables());
    let output = command.output().await?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    anyhow::ensure!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).context(error)
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_redriven_and_answered() {
    let mut stack = start(Settings { rate: 6000, ..steady(ARTISTS) }).await.unwrap();
    stack.spotify().set_faults(&json!({"error_rate": 1.0})).await.unwrap();
    let opened = stack.schedule("collect").await.unwrap();
    // Five attempts, with pauses that double.
    eventually("a dead letter", async || Ok((stack.observer().dead_letters().await? > 2).then_some(())))
        .await
        .unwrap();
    stack.spotify().set_faults(&json!({"error_rate": 0.0})).await.unwrap();
    // Any term on its fifth attempt has finished by then.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let listed = run_json(&stack, &["dead-letters"]).await.unwrap();
    let letters = listed["dead_letters"].as_array().unwrap();
    assert!(letters.len() > 2, "{listed}");
    for letter in letters {
        assert_eq!((&letter["run"], &letter["attempts"]), (&opened["run"], &json!(5)), "{letter}");
        assert!(letter["term"].as_str().is_some_and(|key| key.starts_with("search:")), "{letter}");
        assert!(letter["reason"].as_str().is_some_and(|why| why.contains("gave up after 5")), "{letter}");
        assert!(letter["age_s"].as_u64().is_some_and(|age| age < 120), "{letter}");
    }
    let again = run_json(&stack, &["dead-letters"]).await.unwrap();
    assert_eq!(again["dead_letters"].as_array().unwrap().len(), letters.len(), "reading removed some");

    let one = letters[0]["term"].as_str().unwrap();
    let first = run_json(&stack, &["redrive", "--term", one]).await.unwrap();
    assert_eq!(first["redriven"][0]["outcome"], "ready", "{first}");
    let rest = run_json(&stack, &["redrive"]).await.unwrap();
    let rest = rest["redriven"].as_array().unwrap();
    assert_eq!(rest.len(), letters.len() - 1, "{rest:?}");
    assert!(rest.iter().all(|letter| letter["outcome"] == "ready"), "{rest:?}");

    let report = collect(&mut stack).await.unwrap();
    assert_eq!(
        (report.state.as_str(), report.terms.failed, report.dead_letters),
        ("complete", 0, 0),
        "{report:?}"
    );
    let rows = artist_rows(&stack).await.unwrap();
    stack.stop().await.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap());
}
