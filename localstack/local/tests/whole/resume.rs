//! A run that Spotify stopped goes on when its cause is fixed and an operator resumes it.

use anyhow::{Context, Result, ensure};
use local::{spotify::fake::Settings, stack::Stack};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::common::{artist_rows, collect, eventually, start, steady, undisturbed};

const ARTISTS: u32 = 1500;

/// Runs `fermata resume` as an operator would: its exit status, and what it prints.
async fn resume(stack: &Stack) -> Result<(bool, Value, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.args(["resume", "--json", "--endpoint", stack.access().endpoint()]);
    let output = command.envs(stack.access().variables()).output().await?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let answer = serde_json::from_slice(&output.stdout).with_context(|| error.clone())?;
    Ok((output.status.success(), answer, error))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_premium_goes_on_when_it_is_resumed() {
    let mut stack = start(Settings { rate: 6000, ..steady(ARTISTS) }).await.unwrap();
    let result = stop_and_resume(&mut stack).await;
    stack.stop().await.unwrap();
    let rows = result.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap(), "other artists than those of an undisturbed run");
}

async fn stop_and_resume(stack: &mut Stack) -> Result<local::compare::Rows> {
    let opened = stack.schedule("collect").await?;
    eventually("an artist", async || Ok((!artist_rows(stack).await?.is_empty()).then_some(()))).await?;
    stack.spotify().set_faults(&json!({"premium_required": true})).await?;
    let stopped = collect(stack).await?;
    ensure!(stopped.state == "partial" && stopped.terms.unasked > 0, "{stopped:?}");
    ensure!(stopped.artists < ARTISTS.into(), "the run was stopped too late: {stopped:?}");

    stack.spotify().set_faults(&json!({"premium_required": false})).await?;
    let (succeeded, answer, error) = resume(stack).await?;
    ensure!(
        succeeded && answer["resuming"] == "resumed" && answer["run"] == opened["run"],
        "{answer}: {error}"
    );
    let finished = collect(stack).await?;
    ensure!(finished.state == "complete" && finished.terms.unasked == 0, "{finished:?}");
    let (succeeded, answer, error) = resume(stack).await?;
    ensure!(!succeeded && answer["resuming"] == "not-stopped", "a complete run was resumed: {answer}");
    ensure!(error.contains("was not stopped"), "{error}");
    artist_rows(stack).await
}
