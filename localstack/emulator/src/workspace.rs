//! Where things are: the clone, and the folder below `target/` that everything local is kept in.

use std::{
    fs::{self, File, Permissions, TryLockError},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
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
        // It holds the state and the credentials of stacks.
        create_private_dir(&workspace.home)?;
        Ok(workspace)
    }

    /// The root of the clone.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder below `target/` for everything that is downloaded, built or written by a local stack. It is
    /// not called `local`, because cargo puts the build profile of that name there.
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

    /// Takes the lock called `name` until the file is dropped; `None` if another command holds it.
    pub fn try_lock(&self, name: &str) -> Result<Option<File>> {
        let path = self.home.join(format!("{name}.lock"));
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }
}

/// The cargo that runs this command, or the one on the PATH.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Creates a folder that only its owner may look into, or makes it one.
pub fn create_private_dir(path: &Path) -> Result<()> {
    create_dir(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700))
        .with_context(|| format!("cannot keep others out of {}", path.display()))
}

/// Writes a file that only its owner may read. Whoever reads it meanwhile finds it as it was, or whole.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let unfinished = path.with_added_extension("part");
    let write = || {
        let mut file =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        // The mode counts for new files only.
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(content)?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Creates a folder and its parents; an error says which folder.
pub fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .with_context(|| format!("cannot create {}; is the disk full or read-only?", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn private_folders_and_files_are_for_their_owner_even_if_they_were_there() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, file) = (folder.path().join("a/b"), folder.path().join("file"));
        create_dir(&inner).unwrap();
        fs::write(&file, "longer than the new content").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        for path in [&inner, &folder.path().join("new")] {
            create_private_dir(path).unwrap();
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
        for path in [&file, &folder.path().join("new file")] {
            write_private(path, b"new").unwrap();
            assert_eq!((mode(path), fs::read(path).unwrap()), (0o600, b"new".to_vec()), "{}", path.display());
        }
    }
}
