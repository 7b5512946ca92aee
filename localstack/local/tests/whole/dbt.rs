//! The dbt project over snapshots, in a virtual environment of its own.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use local::{
    python::{Environment, Requirements},
    workspace::Workspace,
};
use tokio::process::Command;

/// The dbt of `infra/dbt/requirements.txt`.
pub(crate) struct Dbt {
    program: std::path::PathBuf,
    project: std::path::PathBuf,
}

impl Dbt {
    /// Installs it unless it is there.
    pub(crate) async fn ensure(workspace: &Workspace) -> Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/dbt");
        let folder = workspace.home().join("venv-dbt");
        let _lock = workspace.lock("venv-dbt").await?;
        let (file, stamp) = (project.join("requirements.txt"), folder.join("installed.txt"));
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
