//! Builds the functions with cargo-lambda, the way they are built for AWS but quickly and for this machine.
//!
//! Most of what they are made of is also in this command. It is compiled once for both, because both are built for a named
//! target in the same profile, with the features of the whole workspace: neither names a package (see
//! `.cargo/config.toml`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use emulator::Target;
use tokio::process::Command;

use crate::{
    building::follow, process::builder, python::Environment, terminal::steps::Step, workspace::Workspace,
};

/// The packages that are functions; also the names they are deployed under.
pub const FUNCTIONS: [&str; 3] = ["seeder", "fetcher", "api"];

/// One built function, ready to upload.
#[derive(Clone, Debug)]
pub struct Package {
    /// Name of the function.
    pub name: &'static str,
    /// A zip archive with its `bootstrap`.
    pub zip: Vec<u8>,
}

impl Package {
    fn read(name: &'static str, folder: &Path) -> Result<Self> {
        let path = folder.join(name).join("bootstrap.zip");
        let zip =
            fs::read(&path).with_context(|| format!("the built function is not at {}", path.display()))?;
        Ok(Self { name, zip })
    }
}

/// Builds every function in the quick profile `dev` and shows in `step` how far it is; cargo decides what there is to do.
pub async fn build(
    workspace: &Workspace,
    environment: &Environment,
    target: Target,
    step: &Step,
) -> Result<Vec<Package>> {
    // cargo-lambda writes the archives after cargo has given its own lock back, and another command may do so now.
    let _lock = workspace.lock("build").await?;
    let mut command = builder(environment.program("cargo-lambda"));
    // cargo-lambda looks there for the zig that was installed with it.
    command.current_dir(workspace.root()).env("PATH", environment.path()?);
    follow(build_arguments(&mut command, workspace.home(), target), "building the functions", step).await?;
    FUNCTIONS.into_iter().map(|name| Package::read(name, &archives(workspace.home()))).collect()
}

/// Adds what cargo-lambda 1.9 has to know to build for `target` below the folder `home`.
fn build_arguments<'a>(command: &'a mut Command, home: &Path, target: Target) -> &'a mut Command {
    command
        .args(["lambda", "build", "--locked", "--output-format", "zip"])
        .arg("--lambda-dir")
        .arg(archives(home))
        .args(match (target, architecture()) {
            (Target::ThisMachine, _) => ["--compiler", "cargo"].as_slice(),
            (Target::Container, "arm64") => &["--arm64"],
            (Target::Container, _) => &["--x86-64"],
        });
    if target == Target::Container {
        // Another linker makes other files of the same crates; in one folder each would undo the other's work. As a
        // variable, because cargo-lambda passes `--target-dir` on to `cargo metadata`, which has no such option.
        command.env("CARGO_TARGET_DIR", home.join("container"));
    }
    for name in FUNCTIONS {
        command.args(["--bin", name]);
    }
    command
}

/// Where cargo-lambda puts the archives.
fn archives(home: &Path) -> PathBuf {
    home.join("lambda")
}

/// The template's name for the processor of this machine, which the functions were built for.
pub fn architecture() -> &'static str {
    if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn cargo_lambda_gets_its_build_folder_as_a_variable_and_never_as_an_option() {
        for (target, folder) in
            [(Target::ThisMachine, None), (Target::Container, Some(Path::new("/home/container")))]
        {
            let mut command = Command::new("cargo-lambda");
            let command = build_arguments(&mut command, Path::new("/home"), target).as_std();
            assert!(command.get_args().all(|argument| argument != "--target-dir"), "{command:?}");
            let set = command.get_envs().find(|(name, _)| *name == OsStr::new("CARGO_TARGET_DIR"));
            assert_eq!(set.and_then(|(_, value)| value), folder.map(Path::as_os_str), "{command:?}");
        }
    }
}
