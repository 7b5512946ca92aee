//! `fermata package`: the functions for AWS, built so that others can build the same.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::{
    cli::PackageArgs,
    functions::FUNCTIONS,
    python::{Environment, Requirements},
    release::{Build, package},
    terminal::{
        print,
        steps::{Step, Steps},
    },
    workspace::{Workspace, create_dir},
};

pub(super) async fn execute(workspace: &Workspace, args: &PackageArgs, steps: &Steps) -> Result<()> {
    let _lock = workspace.lock("package").await?;
    let environment = Environment::ensure(workspace, Requirements::Run).await?;
    let output = args.output.clone().unwrap_or_else(|| workspace.home().join("package"));
    let build = Build::of(workspace, args.architecture);
    let step = steps.begin("Building the functions for AWS", "some ten minutes the first time");
    let files = package(&build, &FUNCTIONS, &environment, &output, &step).await?;
    step.done("Built the functions for AWS");
    if args.twice {
        let step = steps.begin("Building them again in another folder", "some ten minutes");
        again(workspace, &build, &environment, &files, &step).await?;
        step.done("Built them again: every byte is the same");
    }
    for (name, content) in &files {
        print(&format!("{:>10}  {name}", content.len()))?;
    }
    print(&format!("They are in {}.", output.display()))
}

/// Builds a copy of the sources from nothing, and compares what comes out.
async fn again(
    workspace: &Workspace,
    build: &Build,
    environment: &Environment,
    files: &[(String, Vec<u8>)],
    step: &Step,
) -> Result<()> {
    let folder = workspace.home().join("package-again");
    let _ = fs::remove_dir_all(&folder);
    let (root, target) = (folder.join("sources"), folder.join("target"));
    copy(workspace.root(), &root).await?;
    let other = Build { root, target, architecture: build.architecture };
    let again = package(&other, &FUNCTIONS, environment, &folder.join("package"), step).await?;
    let differ: Vec<&str> = files
        .iter()
        .zip(&again)
        .filter(|(one, other)| one != other)
        .map(|((name, _), _)| name.as_str())
        .collect();
    ensure!(
        differ.is_empty(),
        "{} differ when they are built in another folder; both are kept: {}",
        differ.join(", "),
        folder.display()
    );
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// Copies the files that belong to the clone: those that git knows, and new ones that it does not ignore.
async fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut list = Command::new("git");
    list.current_dir(from).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = list.output().await.context("git does not start")?;
    ensure!(list.status.success(), "git cannot list the sources; is this a clone?");
    for name in list.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = PathBuf::from(OsStr::from_bytes(name));
        // A file that was deleted without git's knowing.
        let Ok(content) = fs::read(from.join(&name)) else { continue };
        let path = to.join(&name);
        create_dir(path.parent().unwrap_or(to))?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
