//! Where things are: the clone, and the folder below `target/` that everything local is kept in.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

/// The clone that the command runs in.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
    home: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo for the workspace around the current directory, so that `CARGO_TARGET_DIR` and cargo's own
    /// configuration are respected.
    pub async fn find() -> Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .await
            .context("cargo does not start; is it on the PATH?")?;
        if !output.status.success() {
            bail!(
                "cargo finds no workspace here; run the command inside the clone of Fermata.\n{}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).context("cargo metadata answered in an unknown form")?;
        let workspace =
            Self { root: metadata.workspace_root, home: metadata.target_directory.join("fermata") };
        if !workspace.template().is_file() {
            bail!(
                "{} is missing; run the command inside the clone of Fermata",
                workspace.template().display()
            );
        }
        create_dir(&workspace.home)?;
        Ok(workspace)
    }

    /// The root of the clone.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder below `target/` for everything that is downloaded, built or written by a local stack. It is not
    /// called `local`, because cargo puts the build profile of that name there.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The template that is deployed.
    pub fn template(&self) -> PathBuf {
        self.root.join("infra/template.yaml")
    }

    /// A file in the folder of everything local.
    pub fn localstack(&self, name: &str) -> PathBuf {
        self.root.join("localstack").join(name)
    }

    /// Waits until no other command holds the lock called `name`, and takes it until the file is dropped.
    pub async fn lock(&self, name: &str) -> Result<File> {
        let path = self.home.join(format!("{name}.lock"));
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        tokio::task::spawn_blocking(move || file.lock().map(|()| file))
            .await?
            .with_context(|| format!("cannot lock {}", path.display()))
    }
}

/// The cargo that runs this command, or the one on the PATH.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Creates a folder and its parents; an error says which folder.
pub fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .with_context(|| format!("cannot create {}; is the disk full or read-only?", path.display()))
}
