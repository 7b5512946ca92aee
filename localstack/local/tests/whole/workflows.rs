//! The example workflows: what they may do, and that nothing comes into them that is not pinned.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use local::{
    functions::FUNCTIONS,
    python::{Environment, Requirements},
    workspace::Workspace,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::typed::root;

/// Prints a YAML file as JSON.
const TO_JSON: &str =
    "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))";

async fn yaml(path: &Path) -> Result<Value> {
    let workspace = Workspace::find().await?;
    let environment = Environment::ensure(&workspace, Requirements::Test).await?;
    let output = Command::new(environment.python()).args(["-c", TO_JSON]).arg(path).output().await?;
    ensure!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("no JSON")
}

fn folder() -> PathBuf {
    root().join("infra/ci")
}

/// The names of files and folders in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The workflows, by the names of their files.
async fn workflows() -> Result<BTreeMap<String, Value>> {
    let mut workflows = BTreeMap::new();
    for name in names(&folder()) {
        let path = folder().join(&name);
        if path.extension().is_some_and(|it| it == "yml") && name != "dependabot.yml" {
            workflows.insert(name, yaml(&path).await?);
        }
    }
    let known: Vec<&String> = workflows.keys().collect();
    ensure!(known == ["audit.yml", "check.yml", "deploy.yml"], "{known:?}");
    Ok(workflows)
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().into_iter().flatten()
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().into_iter().flatten()
}

/// The commands of a workflow.
fn commands(workflow: &Value) -> impl Iterator<Item = &str> {
    jobs(workflow).flat_map(|(_, job)| steps(job)).filter_map(|step| step["run"].as_str())
}

#[tokio::test]
async fn the_workflows_pin_their_actions_by_commit() {
    let mut count = 0;
    for (name, workflow) in workflows().await.unwrap() {
        for action in jobs(&workflow).flat_map(|(_, job)| steps(job)).filter_map(|step| step["uses"].as_str())
        {
            let (_, commit) = action.split_once('@').unwrap();
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_commit, "{name}: {action}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count} actions");
}

#[tokio::test]
async fn every_job_has_its_own_rights_and_an_end() {
    for (name, workflow) in workflows().await.unwrap() {
        assert_eq!(workflow["permissions"], json!({}), "{name}: rights by default");
        for (job, settings) in jobs(&workflow) {
            assert!(settings["permissions"].is_object(), "{name}: {job} has no rights of its own");
            assert!(settings["timeout-minutes"].is_u64(), "{name}: {job} may go on for six hours");
            assert_eq!(settings["runs-on"], "ubuntu-24.04", "{name}: {job}");
            for step in steps(settings).filter(|it| text(&it["uses"]).starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"], false, "{name}: {job} leaves a token behind");
            }
        }
    }
}

/// A text, or nothing.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn no_workflow_lets_a_stranger_in() {
    for (name, workflow) in workflows().await.unwrap() {
        let all = workflow.to_string();
        assert!(!all.contains("secrets."), "{name}: no key must be stored");
        // Either runs a stranger's code with the repository's own rights.
        assert!(!all.contains("pull_request_target") && !all.contains("workflow_run"), "{name}");
        // A branch may be named like a command.
        assert!(
            commands(&workflow).all(|command| !command.contains("${{")),
            "{name}: text becomes a command"
        );
        for command in commands(&workflow) {
            let is_pinned = |tool: &str, pins: &[&str]| {
                !command.contains(tool) || pins.iter().all(|pin| command.contains(pin))
            };
            assert!(is_pinned("pip install", &["--require-hashes", "--only-binary :all:"]), "{command}");
            assert!(is_pinned("cargo install", &["--locked", "--version "]), "{command}");
            assert!(is_pinned("cargo deny", &["--locked"]), "{command}");
            assert!(is_pinned("toolchain install", &["nightly-20"]), "{command}");
            assert!(!command.contains("curl") && !command.contains("npx"), "{command}");
        }
    }
}

/// The rights of a job that write something, or that say who it is.
fn powers(job: &Value) -> Vec<&str> {
    let rights = job["permissions"].as_object().into_iter().flatten();
    rights.filter(|(_, right)| *right == "write").map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn no_job_that_runs_the_repositorys_code_has_any_power() {
    for (name, workflow) in workflows().await.unwrap() {
        for (job, settings) in jobs(&workflow) {
            let builds = steps(settings).any(|step| {
                let command = text(&step["run"]);
                command.contains("cargo ") || command.contains(".ci/run")
            });
            if builds {
                assert_eq!(powers(settings), [""; 0], "{name}: {job}");
                assert!(settings["environment"].is_null(), "{name}: {job}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_deployed_was_built_signed_and_checked_in_turn() {
    let workflow = yaml(&folder().join("deploy.yml")).await.unwrap();
    let jobs = &workflow["jobs"];
    assert_eq!(jobs["build"]["needs"], "test");
    assert_eq!(jobs["sign"]["needs"], "build");
    assert_eq!((&jobs["deploy"]["needs"], &jobs["release"]["needs"]), (&json!("sign"), &json!("sign")));
    assert_eq!(powers(&jobs["sign"]), ["attestations", "id-token"]);
    assert_eq!(powers(&jobs["deploy"]), ["id-token"]);
    assert_eq!(powers(&jobs["release"]), ["contents"]);
    assert_eq!(jobs["deploy"]["environment"], "prod");
    let order = [
        "download-artifact@",
        "sigstore verify github --cert-identity",
        "sha256sum --check --strict SHA256SUMS",
        "configure-aws-credentials@",
        // Otherwise SAM looks for it beside the template, where it is not.
        "--config-file \\\"$PWD/samconfig.toml",
        "--template-file ../dist/template.yaml",
    ];
    let deploy = steps(&jobs["deploy"]).map(Value::to_string).collect::<String>();
    let at = |part: &str| deploy.find(part).unwrap_or_else(|| panic!("{part} is missing"));
    let order = order.map(at);
    assert!(order.is_sorted(), "{order:?}");
    assert!(!workflow.to_string().contains("sam build"), "what is deployed is what was signed");
    let trust: Value =
        serde_json::from_slice(&fs::read(folder().join("trust-policy.json")).unwrap()).unwrap();
    let condition = &trust["Statement"][0]["Condition"]["StringEquals"];
    let subject = text(&condition["token.actions.githubusercontent.com:sub"]);
    assert!(subject.ends_with(":environment:prod") && !subject.contains('*'), "{subject}");
}

#[tokio::test]
async fn every_functions_provenance_and_bill_are_attested() {
    let workflow = yaml(&folder().join("deploy.yml")).await.unwrap();
    let sign = &workflow["jobs"]["sign"];
    let of = |action: &str| {
        steps(sign)
            .filter(|step| text(&step["uses"]).starts_with(action))
            .map(|step| step["with"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("actions/attest-build-provenance@"),
        [json!({"subject-checksums": "dist/SHA256SUMS"})],
        "the sums name every file"
    );
    let mut functions = FUNCTIONS.to_vec();
    functions.sort_unstable();
    let bills: Vec<Value> = functions
        .iter()
        .map(|name| json!({"subject-path": format!("dist/{name}.zip"), "sbom-path": format!("dist/{name}.cdx.json")}))
        .collect();
    assert_eq!(of("actions/attest-sbom@"), bills);
    assert!(steps(sign).any(|step| step["run"] == "python -m sigstore sign dist/SHA256SUMS"));
}

#[tokio::test]
async fn advisories_fuzzing_and_two_builds_come_round_every_week() {
    let audit = yaml(&folder().join("audit.yml")).await.unwrap();
    // YAML takes the key `on` for the value true.
    assert!(text(&audit["true"]["schedule"][0]["cron"]).split(' ').count() == 5, "{audit}");
    let all = commands(&audit).collect::<Vec<_>>().join("\n");
    for command in
        ["cargo deny --locked check advisories", "pip-audit --strict", "cargo local fuzz", "--twice"]
    {
        assert!(all.contains(command), "{command} is missing");
    }
    let check = yaml(&folder().join("check.yml")).await.unwrap();
    let languages = &check["jobs"]["codeql"]["strategy"]["matrix"]["language"];
    assert!(
        ["actions", "python", "rust"].iter().all(|it| languages.as_array().unwrap().contains(&json!(it)))
    );
}

/// The folders that contain a file whose name begins and ends like this: those below `folder`, which
/// `dependabot.yml` calls `place`.
fn folders_with(folder: &Path, place: &str, begin: &str, end: &str) -> Vec<String> {
    let names = names(folder);
    let is_lock = |name: &String| name.starts_with(begin) && name.ends_with(end);
    let mut found = Vec::new();
    if names.iter().any(|name| is_lock(name) && folder.join(name).is_file()) {
        found.push(if place.is_empty() { "/".to_owned() } else { place.to_owned() });
    }
    for name in names.iter().filter(|name| !["target", ".git", "node_modules"].contains(&name.as_str())) {
        let below = folder.join(name);
        if below.is_dir() {
            found.extend(folders_with(&below, &format!("{place}/{name}"), begin, end));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn updates_are_proposed_for_everything_that_is_pinned() {
    let dependabot = yaml(&folder().join("dependabot.yml")).await.unwrap();
    let mut covered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for update in dependabot["updates"].as_array().unwrap() {
        let several = update["directories"].as_array().into_iter().flatten();
        let folders = several.chain([&update["directory"]]).filter_map(Value::as_str);
        covered.entry(text(&update["package-ecosystem"])).or_default().extend(folders);
    }
    for (kind, begin, end) in [
        ("cargo", "Cargo.", "lock"),
        ("pip", "requirements", ".txt"),
        ("npm", "package-lock", ".json"),
        ("rust-toolchain", "rust-toolchain", ".toml"),
        ("docker-compose", "compose", ".yaml"),
    ] {
        let found = folders_with(root(), "", begin, end);
        let covered = covered.get(kind).cloned().unwrap_or_default();
        assert_eq!(covered, found, "{kind}");
    }
    assert!(covered.contains_key("github-actions"));
}
