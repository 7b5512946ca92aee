//! A function changed, watched, invoked and deployed with cargo-lambda, by the lines of localstack/README.md.

use std::{
    fs::{self, File, OpenOptions},
    net::TcpListener,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail, ensure};
use local::process::end_group;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::typed::{document, root, shell, typed};

const STACK: &str = "test-by-hand";

/// The lines, in the order in which they are shown.
fn lines() -> Result<Vec<String>> {
    let readme = document("localstack/README.md")?;
    let block = readme.split("```").find(|block| block.contains("cargo lambda watch"));
    let lines = block.context("the README shows no cargo lambda watch")?.trim().lines();
    Ok(lines.map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_of_the_readme_changes_a_function_and_deploys_it() {
    let result = play().await;
    typed(STACK, "cargo local down").await.unwrap();
    result.unwrap();
}

async fn play() -> Result<()> {
    let lines = lines()?;
    let [up, eval, watch, invoke, deploy, remote] = lines.as_slice() else { bail!("other lines: {lines:?}") };
    typed(STACK, &format!("{up} --artists 50")).await?;
    // Another program may well have cargo-lambda's usual port.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("watch.log");
    let watch = watch.strip_suffix(" &").context("the watch does not go on by itself")?;
    let mut watched = shell(STACK, &format!("{eval}\nexec {watch} --invoke-port {port}"));
    let output = File::create(&log)?;
    let mut watched = watched.stdout(output.try_clone()?).stderr(output).process_group(0).spawn()?;
    let leader = watched.id().context("the watch has ended")?;
    let invoke = format!("{eval}\n{invoke} --invoke-port {port}");
    let result = change(&invoke, &log.display().to_string()).await;
    end_group(leader).await;
    watched.wait().await?;
    result.with_context(|| fs::read_to_string(&log).unwrap_or_default())?;

    typed(STACK, &format!("{eval}\n{deploy}")).await?;
    let (opened, _) = typed(STACK, &format!("{eval}\n{remote}")).await?;
    let opened: Value = serde_json::from_str(&opened)?;
    ensure!(opened["opening"] == "opened", "{opened}");
    let (status, _) = typed(STACK, "cargo local status --json").await?;
    let status: Value = serde_json::from_str(&status)?;
    ensure!(status["run"]["state"] == "running", "{status}");
    Ok(())
}

/// Invokes the function that is watched, changes it, and invokes what it has become.
async fn change(invoke: &str, log: &str) -> Result<()> {
    let answers =
        |answer: &str| serde_json::from_str::<Value>(answer).is_ok_and(|it| it["state"] == "no-run");
    patiently("an answer of the function", async || {
        typed(STACK, invoke).await.is_ok_and(|(answer, _)| answers(&answer))
    })
    .await?;
    let built = || fs::read_to_string(log).map(|log| log.matches("Compiling seeder").count());
    let before = built()?;
    let source = root().join("functions/seeder/src/main.rs");
    // A new time is a change to cargo, and leaves the file as it is. One that comes while a build settles
    // goes unseen.
    patiently("another build", async || {
        let touched = OpenOptions::new().append(true).open(&source);
        let touched = touched.and_then(|source| source.set_modified(SystemTime::now()));
        sleep(Duration::from_secs(5)).await;
        touched.is_ok() && built().is_ok_and(|now| now > before)
    })
    .await?;
    patiently("an answer of the changed function", async || {
        typed(STACK, invoke).await.is_ok_and(|(answer, _)| answers(&answer))
    })
    .await
}

/// Asks until the answer is yes. Compilers take their time.
async fn patiently(what: &str, mut ask: impl AsyncFnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(10);
    while Instant::now() < deadline {
        if ask().await {
            return Ok(());
        }
        sleep(Duration::from_millis(300)).await;
    }
    bail!("there is no {what}")
}
