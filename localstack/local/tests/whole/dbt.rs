//! The dbt project over snapshots, in virtual environments of its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use local::{
    python::{Environment, Requirements},
    workspace::Workspace,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::athena::parses;

/// dbt with one of its adapters.
pub(crate) struct Dbt {
    program: PathBuf,
    project: PathBuf,
}

impl Dbt {
    /// The one of `infra/dbt/requirements.txt`, which runs the models on `DuckDB`. Installs it unless it is
    /// there.
    pub(crate) async fn ensure(workspace: &Workspace) -> Result<Self> {
        Self::install(workspace, "venv-dbt", "requirements.txt").await
    }

    async fn install(workspace: &Workspace, name: &str, requirements: &str) -> Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/dbt");
        let folder = workspace.home().join(name);
        let _lock = workspace.lock(name).await?;
        let (file, stamp) = (project.join(requirements), folder.join("installed.txt"));
        let wanted = fs::read_to_string(&file)?;
        if !fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            let python = Environment::ensure(workspace, Requirements::Run).await?.python();
            run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder)).await?;
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            let locked = ["--require-hashes", "--only-binary", ":all:", "--requirement"];
            run(Command::new(folder.join("bin/python")).args(install).args(locked).arg(&file)).await?;
            fs::write(stamp, wanted)?;
        }
        Ok(Self { program: folder.join("bin/dbt"), project })
    }

    /// Writes two loads of one day into a folder, or says what was made of them: see the script.
    async fn loads(&self, job: &str, folder: &Path) -> Result<String> {
        let mut python = Command::new(self.program.with_file_name("python"));
        let output = python.args(["-c", include_str!("loads.py"), job]).arg(folder).output().await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a command over the snapshots in a folder. Returns whether it was green, and what it printed.
    pub(crate) async fn over(&self, snapshots: &Path, arguments: &[&str]) -> Result<(bool, String)> {
        let star = snapshots.join("star");
        fs::create_dir_all(&star)?;
        let output = Command::new(&self.program)
            .args(arguments)
            .arg("--no-use-colors")
            .arg("--project-dir")
            .arg(&self.project)
            .arg("--profiles-dir")
            .arg(&self.project)
            .arg("--target-path")
            .arg(star.join("target"))
            .arg("--log-path")
            .arg(star.join("logs"))
            .env("FERMATA_SNAPSHOTS", snapshots)
            .env("FERMATA_STAR", &star)
            .env("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
            .output()
            .await
            .context("dbt does not start")?;
        Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    }
}

async fn run(command: &mut Command) -> Result<()> {
    let output = command.output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[tokio::test]
async fn the_models_and_tests_compile_to_sql_that_athena_understands() {
    let workspace = Workspace::find().await.unwrap();
    let dbt = Dbt::install(&workspace, "venv-dbt-athena", "requirements-athena.txt").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Nothing is asked of AWS.
    let compile = ["compile", "--target", "athena", "--no-introspect", "--no-populate-cache"];
    let (green, said) = dbt.over(folder.path(), &compile).await.unwrap();
    assert!(green, "{said}");
    let compiled = sql_below(&folder.path().join("star/target/compiled")).unwrap();
    let models = compiled.iter().filter(|file| !file.to_string_lossy().contains(".yml")).count();
    assert!(models >= 15 && compiled.len() > models, "{compiled:?}");
    parses(&workspace, &compiled).await.unwrap();
}

#[tokio::test]
async fn of_two_loads_of_a_day_the_later_one_counts_whatever_its_name() {
    let dbt = Dbt::ensure(&Workspace::find().await.unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    dbt.loads("write", folder.path()).await.unwrap();
    let (green, said) = dbt.over(folder.path(), &["build"]).await.unwrap();
    assert!(green, "{said}");
    let models: Value = serde_json::from_str(&dbt.loads("models", folder.path()).await.unwrap()).unwrap();
    let expected = json!({
        "facts": [["a", 0.25]],
        "playlists": [["a"]],
        // Of the tracks that are gone, what was known of them last.
        "credits": [["a"], ["c"], ["d"]],
        "tracks": [["a"], ["b"], ["c"], ["d"]],
        "staged": [["A", "features"], ["B", "features"]],
    });
    assert_eq!(models, expected);
    // Nothing was sighted for months, and the load is of today.
    let (fresh, said) = dbt.over(folder.path(), &["source", "freshness"]).await.unwrap();
    assert!(fresh && said.contains("PASS freshness of fermata.tracks") && !said.contains("WARN f"), "{said}");
}

#[tokio::test]
async fn queries_over_all_snapshots_put_those_of_a_day_in_order_of_time() {
    let dbt = Dbt::ensure(&Workspace::find().await.unwrap()).await.unwrap();
    let queries = dbt.loads("queries", &dbt.project.join("../queries")).await.unwrap();
    let expected = json!({
        "fastest_growing": [["A", 5]],
        "artist_history": [["A", 10, false], ["A", 15, true], ["B", 20, false], ["C", 5, true]],
    });
    assert_eq!(serde_json::from_str::<Value>(&queries).unwrap(), expected);
}

/// The SQL files in a folder and in those below it.
fn sql_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sql_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
    Ok(found)
}
