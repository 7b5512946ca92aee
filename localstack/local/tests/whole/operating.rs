//! Operates a running stack as the README shows: `up`, `seed`, `status`, `artist`, `dead-letters`, `down`.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::typed::{root, typed};

const STACK: &str = "test-operating";

async fn fermata(arguments: &[&str]) -> Result<(String, String)> {
    typed(STACK, &format!("fermata {}", arguments.join(" "))).await
}

/// The same after `fermata env`.
async fn fermata_in_its_shell(arguments: &[&str]) -> Result<(String, String)> {
    typed(STACK, &format!("eval \"$(fermata env)\" && fermata {}", arguments.join(" "))).await
}

/// The error of a command that must fail.
async fn refused(arguments: &[&str]) -> Result<String> {
    match fermata(arguments).await {
        Ok((out, _)) => bail!("{arguments:?} succeeded: {out}"),
        Err(error) => Ok(error.to_string()),
    }
}

/// The same for a command that prints JSON.
async fn json(arguments: &[&str]) -> Result<Value> {
    let (out, _) = fermata(arguments).await?;
    serde_json::from_str(&out).with_context(|| format!("{arguments:?}: {out}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_stack_can_be_operated_until_it_is_stopped() {
    let result = look_after().await;
    let (down, _) = fermata(&["down"]).await.unwrap();
    result.unwrap();
    assert!(down.starts_with("The stack at http://127.0.0.1:"), "{down}");
    let (down, _) = fermata(&["down"]).await.unwrap();
    assert_eq!(down, "No local stack is running.\n");
}

async fn look_after() -> Result<()> {
    let (up, steps) = fermata(&["up", "--artists", "200", "--rate", "6000"]).await?;
    ensure!(up.contains("AWS:       http://127.0.0.1:") && up.contains("down` ends the stack."), "{up}");
    for step in
        ["Preparing Python's packages (", "Built the functions in ", "Deployed infra/template.yaml in "]
    {
        ensure!(steps.contains(step), "{step} is missing: {steps}");
    }
    let line = up.lines().find_map(|line| line.strip_prefix("Dashboard: "));
    let dashboard = line.context("up names no dashboard")?.trim().to_owned();
    keeps_its_secrets()?;
    let second = refused(&["up"]).await?;
    ensure!(second.contains("a local stack is already running"), "{second}");
    let (before, _) = fermata(&["status"]).await?;
    ensure!(before.starts_with("No run has been opened yet."), "{before}");

    let (seed, _) = fermata(&["seed"]).await?;
    ensure!(seed.starts_with("Run ") && seed.contains(" has been collecting for "), "{seed}");
    let (watched, shown) = tokio::select! {
        watched = fermata(&["status", "--watch"]) => watched?,
        error = play_the_schedule() => return Err(error),
    };
    ensure!(shown.contains(" has been collecting for "), "{shown}");
    ensure!(watched.contains(" is complete: 200 artists in the table after "), "{watched}");
    for line in ["Dead letters: none.", "Search operators: NOT works", "200 of 200 in the catalogue, 100 %"] {
        ensure!(watched.contains(line), "{line} is missing: {watched}");
    }
    let status = json(&["--quiet", "status", "--json"]).await?;
    ensure!(status["run"]["state"] == "complete" && status["artists"] == 200, "{status}");
    shows(&dashboard).await?;
    hands_on().await?;
    let endpoint = status["where"].as_str().context("no address")?;
    let (elsewhere, _) = fermata_in_its_shell(&["status", "--json", "--endpoint", endpoint]).await?;
    let elsewhere: Value = serde_json::from_str(&elsewhere)?;
    ensure!(elsewhere["run"] == status["run"], "{elsewhere}");
    let (letters, _) = fermata_in_its_shell(&["dead-letters", "--endpoint", endpoint]).await?;
    ensure!(letters == "Dead letters: none.\n", "{letters}");
    let error = refused(&["dead-letters", "--endpoint", endpoint]).await?;
    ensure!(error.contains("`cargo local env` prints them"), "{error}");
    let (redriven, quiet) = fermata(&["redrive", "--quiet"]).await?;
    ensure!((redriven.as_str(), quiet.as_str()) == ("Dead letters: none.\n", ""), "{redriven}{quiet}");
    let error = refused(&["artist", "0000000000000000000000"]).await?;
    ensure!(error.contains("no artist with the id 0000000000000000000000 has been collected"), "{error}");
    Ok(())
}

/// No other user of this machine can read the stack's files, or find its secrets in the arguments of a
/// process.
fn keeps_its_secrets() -> Result<()> {
    let home = root().join("target/fermata");
    let state = home.join(format!("{STACK}.json"));
    let left: Value = serde_json::from_slice(&fs::read(&state)?)?;
    let folder = PathBuf::from(left["folder"].as_str().context("no folder")?);
    for path in [&home, &state, &folder] {
        let others = fs::metadata(path)?.permissions().mode() & 0o077;
        ensure!(others == 0, "{} is open to others: {others:o}", path.display());
    }
    let secrets = [&left["access"]["secret_access_key"], &left["fake"]["key"]];
    for secret in secrets.map(|secret| secret.as_str().unwrap_or_default()) {
        ensure!(secret.len() >= 32, "too short to search for: {secret:?}");
        let shows = |arguments: &String| arguments.contains(secret);
        ensure!(!arguments_of_all_processes().iter().any(shows), "a process has a secret in its arguments");
    }
    Ok(())
}

/// The arguments of every process, as every user of the machine can read them; none where there is no
/// `/proc`.
fn arguments_of_all_processes() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let arguments = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    arguments.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

/// `export` makes a snapshot and fetches it; `query` answers SQL over what the stack has and over a folder.
async fn hands_on() -> Result<()> {
    let (export, _) = fermata(&["export"]).await?;
    ensure!(export.starts_with("Snapshot: "), "{export}");
    let again = json(&["export", "--json"]).await?;
    let snapshot = again["snapshot"].as_str().context("no snapshot")?;
    ensure!(export.contains(snapshot), "a closed run was exported twice: {export}{again}");
    let folder = tempfile::tempdir()?;
    let to = folder.path().to_str().context("no text")?;
    let (fetched, _) = fermata(&["export", "--to", to]).await?;
    ensure!(fetched.contains(&format!("Snapshot 1, {snapshot}: ")), "{fetched}");
    let fetched = json(&["export", "--to", to, "--since", "1", "--json"]).await?;
    ensure!((&fetched["files"], &fetched["sequence"]) == (&0.into(), &1.into()), "{fetched}");
    let count = "'SELECT count(*) AS artists FROM artists'";
    let rows = json(&["query", "--json", count]).await?;
    ensure!(rows == serde_json::json!([{"artists": 200}]), "{rows}");
    let (rows, costs) = typed(STACK, &format!("fermata query --athena --json {count}")).await?;
    ensure!(serde_json::from_str::<Value>(&rows)? == serde_json::json!([{"artists": 200}]), "{rows}");
    ensure!(costs.contains("at least $0.00005 a query") && costs.contains("Athena scanned "), "{costs}");
    let (rows, _) = fermata(&["query", "--csv", "--from", to, count]).await?;
    ensure!(rows == "artists\n200\n", "{rows}");
    let file = ["query", "--from", to, "--file", "infra/queries/top_by_genre.sql"];
    let (table, _) = fermata(&file).await?;
    ensure!(table.contains("genre") && table.contains(" rows"), "{table}");
    let (shell, _) =
        typed(STACK, &format!("echo 'SELECT 40 + 2 AS answer;' | fermata query --from '{to}'")).await?;
    ensure!(shell.contains("42"), "{shell}");
    for engine in ["", "--athena"] {
        let wrong = refused(&["query", engine, "'SELECT nothing FROM artists'"]).await?;
        ensure!(wrong.contains("nothing"), "{wrong}");
    }
    Ok(())
}

/// The dashboard that `up` left shows the run, to its own page only.
async fn shows(dashboard: &str) -> Result<()> {
    let client = local::http::client()?;
    let page = client.get(dashboard).send().await?.error_for_status()?.text().await?;
    ensure!(page.contains("<title>"), "{page}");
    let address = format!("{dashboard}v1/status");
    let status = client.get(&address).send().await?.error_for_status()?.text().await?;
    ensure!(status.contains(" is complete: "), "{status}");
    let foreign = client.get(&address).header("origin", "https://example.com").send().await?;
    ensure!(foreign.status() == 403, "another page was answered {}", foreign.status());
    Ok(())
}

/// Plays the schedule faster than the emulator, which ticks once a minute.
async fn play_the_schedule() -> anyhow::Error {
    loop {
        if let Err(error) = fermata(&["seed"]).await {
            return error;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_run_prints_only_its_result() {
    // Its snapshot must not take the place of another test's.
    let run = "fermata run --quiet --json --artists 150 --rate 6000";
    let (out, error) = typed("test-quiet", run).await.unwrap();
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(error, "", "{report}");
    assert_eq!((&report["state"], &report["artists"]), (&"complete".into(), &150.into()), "{report}");
    let check = &report["check"];
    assert_eq!(
        (&check["sampled"], &check["missing"], &check["different"]),
        (&150.into(), &0.into(), &0.into()),
        "{report}"
    );
}
