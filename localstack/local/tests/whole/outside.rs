//! The installed command, outside any clone.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use local::workspace::cargo;
use serde_json::{Value, json};

/// Runs a program outside any clone, like an installed command.
fn run(program: impl AsRef<Path>, arguments: &[&str]) -> io::Result<Output> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(program.as_ref());
    // Set only by cargo's own runs; it decides which name the help shows.
    command.args(arguments).current_dir(folder.path()).env_remove("CARGO_PKG_NAME").output()
}

fn fermata(arguments: &[&str]) -> io::Result<Output> {
    run(env!("CARGO_BIN_EXE_fermata"), arguments)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_package_installs_one_program_called_fermata() {
    let output =
        Command::new(cargo()).args(["metadata", "--no-deps", "--format-version", "1"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["manifest_path"] == folder).unwrap();
    let targets = package["targets"].as_array().unwrap();
    let programs = targets.iter().filter(|target| target["kind"] == json!(["bin"]));
    assert_eq!(programs.map(|target| &target["name"]).collect::<Vec<_>>(), ["fermata"]);
}

#[test]
fn the_program_runs_from_any_folder() {
    let bin = tempfile::tempdir().unwrap();
    let installed = bin.path().join("fermata");
    fs::copy(env!("CARGO_BIN_EXE_fermata"), &installed).unwrap();
    let output = run(installed, &["--help"]).unwrap();
    let help = text(&output.stdout);
    assert!(output.status.success() && help.contains("Usage: fermata [OPTIONS] <COMMAND>"), "{help}");
}

#[test]
fn commands_that_need_a_clone_ask_for_one() {
    for arguments in [["run"], ["up"], ["down"], ["seed"], ["chaos"], ["test"]] {
        let output = fermata(&arguments).unwrap();
        let error = text(&output.stderr);
        assert!(
            !output.status.success() && error.contains("inside the clone of Fermata"),
            "{arguments:?}: {error}"
        );
    }
}

#[test]
fn operator_commands_suggest_aws_or_an_endpoint() {
    for arguments in [["status"], ["dead-letters"], ["redrive"]] {
        let output = fermata(&arguments).unwrap();
        let error = text(&output.stderr);
        assert!(
            !output.status.success() && error.contains("--aws or --endpoint URL"),
            "{arguments:?}: {error}"
        );
    }
}

#[test]
fn what_needs_docker_asks_for_it() {
    let nothing = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.args(["run", "--backend", "localstack-docker"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("CARGO", which(&cargo()).unwrap()).env("PATH", nothing.path());
    let output = command.output().unwrap();
    let error = text(&output.stderr);
    assert!(
        !output.status.success() && error.contains("start Docker, or use --backend localstack"),
        "{error}"
    );
}

/// Where a program is on the search path.
fn which(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = fermata(&["completions", shell]).unwrap();
        let script = text(&output.stdout);
        assert!(output.status.success() && script.contains("dead-letters"), "{shell}: {script}");
        assert!(script.contains("fermata"), "{shell}: {script}");
    }
}

#[test]
fn a_catalogues_costs_are_printed_part_by_part() {
    let output =
        fermata(&["cost", "--artists", "250000", "--requests", "7000", "--runs-per-month", "2"]).unwrap();
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in
        ["250,000 artists in 7,000 requests", "First run: $0.", "rows of artists written", "with 2 later"]
    {
        assert!(shown.contains(part), "{part} is missing: {shown}");
    }
    let output = fermata(&["cost", "--artists", "250000", "--json"]).unwrap();
    let costs: Value = serde_json::from_slice(&output.stdout).unwrap();
    for sum in ["first_run", "weekly_run", "export", "idle_month", "storage_month"] {
        let parts = costs["parts"][sum].as_array().unwrap().iter();
        let parts: f64 = parts.map(|part| part["dollars"].as_f64().unwrap()).sum();
        assert!((costs[sum].as_f64().unwrap() - parts).abs() < 1e-9, "{sum}: {costs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_asked_before_its_first_run() {
    let fake = fake_spotify::FakeSpotify::start(fake_spotify::Config::default()).await.unwrap();
    let url = fake.api_url().trim_end_matches("/v1").to_owned();
    let ask = |arguments: &[&str]| fermata(&[&["preflight", "--spotify", &url], arguments].concat()).unwrap();
    let output = ask(&["--artists", "1000000"]);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in
        ["Search results: 50 rows a page", "NOT works", "A run over 1,000,000 artists takes about 26,383"]
    {
        assert!(shown.contains(part), "{part} is missing: {shown}");
    }
    let app: Value = serde_json::from_slice(&ask(&["--json"]).stdout).unwrap();
    assert_eq!(app["app"]["limits"]["page"], 50, "{app}");
    let error = text(&fermata(&["preflight"]).unwrap().stderr);
    assert!(error.contains("say what to check: --aws"), "{error}");
}
