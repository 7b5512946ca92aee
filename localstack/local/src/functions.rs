//! Builds the functions with cargo-lambda, the way they are built for AWS but quickly and for this machine.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::{process::shown, python::Environment, workspace::Workspace};

/// The packages that are functions; also the names they are deployed under.
pub const FUNCTIONS: [&str; 2] = ["seeder", "fetcher"];

/// One built function, ready to upload.
#[derive(Clone, Debug)]
pub struct Package {
    /// Name of the function.
    pub name: &'static str,
    /// The zip archive with its `bootstrap`.
    pub zip: PathBuf,
}

impl Package {
    /// Reads the archive.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        fs::read(&self.zip).with_context(|| format!("cannot read the built function {}", self.zip.display()))
    }
}

/// Where the functions will run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// As plain programs beside this one: built with this machine's own linker.
    ThisMachine,
    /// In Lambda's Linux image on the same processor: built by cargo-lambda's zig, against the image's older glibc.
    Container,
}

/// Builds every function with the quick profile `local`; cargo decides what there is to do.
pub async fn build(workspace: &Workspace, environment: &Environment, target: Target) -> Result<Vec<Package>> {
    // cargo-lambda writes the archives after cargo has given its own lock back.
    let _lock = workspace.lock("build").await?;
    let folder = workspace.home().join("lambda");
    let mut command = Command::new(environment.program("cargo-lambda"));
    command
        .current_dir(workspace.root())
        .args(["lambda", "build", "--locked", "--profile", "local", "--output-format", "zip"])
        .arg("--lambda-dir")
        .arg(&folder)
        .args(match (target, architecture()) {
            (Target::ThisMachine, _) => ["--compiler", "cargo"].as_slice(),
            (Target::Container, "arm64") => &["--arm64"],
            (Target::Container, _) => &["--x86-64"],
        });
    for name in FUNCTIONS {
        command.args(["--package", name]);
    }
    shown(&mut command, "building the functions").await?;
    Ok(FUNCTIONS.map(|name| Package { name, zip: folder.join(name).join("bootstrap.zip") }).into())
}

/// The template's name for the processor of this machine, which the functions were built for.
pub fn architecture() -> &'static str {
    if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" }
}
