//! What an interrupt leaves of a command that starts a stack, and what two such commands leave.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use local::{process, workspace::Workspace};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::common::eventually;
use crate::typed::{root, typed};

/// The command, about the stack called `name`.
fn fermata(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.args(arguments).current_dir(root()).env("FERMATA_LOCAL_STACK", name).kill_on_drop(true);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Presses Ctrl-C for the command, and returns what it says after that.
async fn interrupt(child: &mut Child) -> Result<String> {
    let pid = child.id().context("the command has ended")?;
    Command::new("kill").args(["-INT", &pid.to_string()]).status().await?;
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
    while let Some(line) = timeout(Duration::from_mins(1), lines.next_line()).await?? {
        said += &line;
    }
    child.wait().await?;
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn up_that_is_interrupted_while_its_dashboard_starts_leaves_nothing() {
    const NAME: &str = "test-interrupted";
    let home = Workspace::find().await.unwrap().home().to_owned();
    let mut child = fermata(NAME, &["up", "--artists", "10"]).spawn().unwrap();
    let (pid, mut errors) = (child.id().unwrap(), BufReader::new(child.stderr.take().unwrap()));
    let mut line = String::new();
    while !line.contains("Deployed infra/template.yaml") {
        line.clear();
        assert!(errors.read_line(&mut line).await.unwrap() > 0, "the command has ended");
    }
    child.stderr = Some(errors.into_inner());
    let said = interrupt(&mut child).await.unwrap();
    assert!(said.contains("stopped by Ctrl-C"), "{said}");
    assert!(!home.join(format!("{NAME}.json")).exists());
    // Its folder, which is named after its process, is on all command lines.
    let mark = format!("-{pid}");
    let of_the_stack = |program: &process::Running| {
        program.command.contains("fermata/stacks/") && program.command.contains(&mark)
    };
    let all_end = async || {
        let left = process::running().await?.into_iter().any(|program| of_the_stack(&program));
        Ok((!left).then_some(()))
    };
    eventually("the end of all that belongs to the stack", all_end).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_up_at_once_one_refuses() {
    const NAME: &str = "test-two-at-once";
    let run = async || fermata(NAME, &["up", "--artists", "10"]).output().await;
    let (one, other) = tokio::join!(run(), run());
    let outputs = [one.unwrap(), other.unwrap()];
    let said = outputs.iter().map(|it| String::from_utf8_lossy(&it.stderr).into_owned());
    let said = said.collect::<Vec<_>>().join("\n");
    typed(NAME, "cargo local down").await.unwrap();
    assert_eq!(outputs.iter().filter(|it| it.status.success()).count(), 1, "{said}");
    assert!(said.contains("another command is starting the local stack"), "{said}");
}

/// A `docker` that writes down what it is asked, and never starts anything.
const DOCKER: &str = r#"#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
    network*) echo 127.0.0.1 ;;
    *up*) exec sleep 600 ;;
esac
"#;

fn asked(file: &Path, what: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|lines| lines.lines().any(|line| line.ends_with(what)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_removed_when_its_start_is_interrupted() {
    let bin = tempfile::tempdir().unwrap();
    let (docker, file) = (bin.path().join("docker"), bin.path().join("asked"));
    fs::write(&docker, DOCKER).unwrap();
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::join_paths(
        [bin.path().to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut command = fermata("test-docker", &["run", "--backend", "localstack-docker"]);
    let mut child = command.env("PATH", path.unwrap()).env("ASKED", &file).spawn().unwrap();
    let started = async {
        while !asked(&file, "up --detach") {
            if child.try_wait()?.is_some() {
                bail!("the command has ended");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    timeout(Duration::from_mins(5), started).await.unwrap().unwrap();
    interrupt(&mut child).await.unwrap();
    assert!(asked(&file, "down --volumes"), "{:?}", fs::read_to_string(&file));
}
