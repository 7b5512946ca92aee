//! An artist that is erased does not come back with the next run.

use anyhow::{Context, Result, ensure};
use local::{spotify::fake::Settings, stack::Stack};
use serde_json::Value;
use tokio::process::Command;

use crate::common::{artist_rows, collect, start, steady};

const ARTISTS: u32 = 300;

/// Runs `fermata forget` as an operator would.
pub(crate) async fn forget(stack: &Stack, id: &str) -> Result<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.args(["forget", id, "--json", "--endpoint", stack.access().endpoint()]);
    let output = command.envs(stack.access().variables()).output().await?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).context(error)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_artist_stays_away_from_the_next_run() {
    let mut stack = start(Settings { rate: 6000, ..steady(ARTISTS) }).await.unwrap();
    let result = erase_and_collect_again(&mut stack).await;
    stack.stop().await.unwrap();
    result.unwrap();
}

async fn erase_and_collect_again(stack: &mut Stack) -> Result<()> {
    let first = collect(stack).await?;
    let rows = artist_rows(stack).await?;
    ensure!(rows.len() == ARTISTS as usize, "{} rows", rows.len());
    let id = rows.keys().next().context("no row")?.clone();
    let erased = forget(stack, &id).await?;
    ensure!(erased["row"] == true && erased["left"] == serde_json::json!([]), "{erased}");
    let entry = stack.observer().artist(&id).await?.context("no tombstone")?;
    ensure!(entry.as_object().is_some_and(|entry| entry.len() == 2), "more than a tombstone stays: {entry}");

    let again = serde_json::json!({"job": "collect", "run": "again"});
    stack.invoke(&stack.deployment().seeder, &again).await?;
    let second = collect(stack).await?;
    ensure!(first.state == "complete" && second.state == "complete", "{second:?}");
    let known = stack.observer().artist_rows().await?;
    let known = known.values().filter(|row| row["name"].is_string()).count();
    ensure!(known == rows.len() - 1, "{known} rows after the next run");
    let entry = stack.observer().artist(&id).await?.context("no tombstone")?;
    ensure!(entry["name"].is_null(), "the artist came back: {entry}");
    Ok(())
}
