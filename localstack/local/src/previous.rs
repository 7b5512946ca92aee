//! The functions before their last change, so that a test can deploy them first and this version over them.
//!
//! They are built from the clone's history. A shallow clone and an unpacked archive have none.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::{
    emulator::Target,
    functions::{self, Version},
    process::quiet,
    python::Environment,
    template::Template,
    terminal::steps::Step,
    workspace::{Workspace, create_dir},
};

/// What the functions are made of, as git's patterns.
const SOURCES: [&str; 3] = [":(glob)functions/*/src/**", ":(glob)shared/*/src/**", "Cargo.lock"];

/// The functions that work on a run. Only these are built from the history; the others are this version's.
const COLLECTORS: [&str; 2] = ["seeder", "fetcher"];

/// Cargo takes a crate of the workspace for the same one wherever the workspace lies, so this build would
/// replace the clone's. With a profile of their own, both stay. These have no debug information, which
/// nobody needs; the crates from elsewhere never have any, so they are compiled once.
const PROFILE: [&str; 2] = ["--config", "profile.dev.debug=false"];

/// What came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// The commit with the functions before their last change.
    Commit(String),
    /// Nothing that could be built, because of this.
    Nothing(&'static str),
}

impl Before {
    /// Looks into the history of the clone at `root`. With uncommitted changes to the functions, the last
    /// commit came before; otherwise the parent of the last commit that changed them.
    ///
    /// # Errors
    /// Fails if git does.
    pub async fn of(root: &Path) -> Result<Self> {
        // An unpacked archive may lie within the clone of something else.
        let top = git(root, &["rev-parse", "--show-toplevel"]).await.unwrap_or_default();
        let (top, here) = (Path::new(&top).canonicalize(), root.canonicalize()?);
        if top.ok().as_deref() != Some(here.as_path()) {
            return Ok(Self::Nothing("this is no git clone"));
        }
        let Ok(head) = git(root, &["rev-parse", "--verify", "HEAD"]).await else {
            return Ok(Self::Nothing("the clone has no commit"));
        };
        let of_sources = |arguments: &[&'static str]| [arguments, &["--"], &SOURCES].concat();
        if !git(root, &of_sources(&["status", "--porcelain"])).await?.is_empty() {
            return Ok(Self::Commit(head));
        }
        let last = git(root, &of_sources(&["log", "-1", "--format=%H"])).await?;
        match git(root, &["rev-parse", "--verify", &format!("{last}^")]).await {
            Ok(commit) => Ok(Self::Commit(commit)),
            Err(_) => Ok(Self::Nothing("the history begins with the last change of the functions")),
        }
    }
}

/// Builds the seeder and the fetcher of `commit` and takes the template from there.
///
/// # Errors
/// Fails if the commit cannot be unpacked or built.
pub async fn build(
    workspace: &Workspace,
    environment: &Environment,
    commit: &str,
    step: &Step,
) -> Result<Version> {
    let root = unpack(workspace, commit).await?;
    let programs = home(workspace).join("lambda");
    let target = Target::ThisMachine;
    let build = functions::Build { root: &root, programs, names: &COLLECTORS, target, profile: &PROFILE };
    let packages = build.run(workspace, environment, step).await?;
    let template = Template::read(&root.join("infra/template.yaml"))?;
    Ok(Version { template, packages })
}

fn home(workspace: &Workspace) -> PathBuf {
    workspace.home().join("previous")
}

/// The sources of `commit` in a folder of their own.
async fn unpack(workspace: &Workspace, commit: &str) -> Result<PathBuf> {
    let _lock = workspace.lock("previous").await?;
    let (home, sources) = (home(workspace), home(workspace).join("sources"));
    let (marker, archive) = (home.join("commit"), home.join("sources.tar"));
    if fs::read_to_string(&marker).is_ok_and(|unpacked| unpacked == commit) {
        return Ok(sources);
    }
    if sources.exists() {
        fs::remove_dir_all(&sources).with_context(|| format!("cannot remove {}", sources.display()))?;
    }
    create_dir(&sources)?;
    let output = format!("--output={}", archive.display());
    git(workspace.root(), &["archive", "--format=tar", &output, commit]).await?;
    // Without `-m`, the files would be as old as the commit, and cargo would not notice that they changed.
    let mut tar = Command::new("tar");
    tar.arg("-xmf").arg(&archive).arg("-C").arg(&sources);
    quiet(&mut tar, "unpacking the previous functions").await?;
    fs::remove_file(&archive)?;
    fs::write(&marker, commit)?;
    Ok(sources)
}

/// What git writes, without the line's end.
async fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments);
    quiet(&mut command, &format!("git {}", arguments.join(" "))).await.map(|out| out.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn commit(root: &Path, file: &str, text: &str) -> String {
        let path = root.join(file);
        create_dir(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        git(root, &["add", "."]).await.unwrap();
        let author = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        git(root, &[author.as_slice(), &["commit", "--quiet", "-m", file]].concat()).await.unwrap();
        git(root, &["rev-parse", "HEAD"]).await.unwrap()
    }

    #[tokio::test]
    async fn what_comes_before_is_the_parent_of_the_last_change() {
        let folder = tempfile::tempdir().unwrap();
        let (root, copy) = (folder.path().join("clone"), folder.path().join("copy"));
        create_dir(&root).unwrap();
        let before = async || Before::of(&root).await.unwrap();
        assert_eq!(before().await, Before::Nothing("this is no git clone"));
        git(&root, &["init", "--quiet"]).await.unwrap();
        assert_eq!(before().await, Before::Nothing("the clone has no commit"));
        commit(&root, "functions/seeder/src/main.rs", "first").await;
        let nothing = Before::Nothing("the history begins with the last change of the functions");
        assert_eq!(before().await, nothing);
        let prose = commit(&root, "shared/README.md", "more").await;
        assert_eq!(before().await, nothing, "the functions have not changed");
        commit(&root, "shared/collect/src/lib.rs", "second").await;
        assert_eq!(before().await, Before::Commit(prose.clone()));
        let head = commit(&root, "README.md", "still more").await;
        assert_eq!(before().await, Before::Commit(prose));

        let url = format!("file://{}", root.display());
        let copy_name = copy.display().to_string();
        git(&root, &["clone", "--quiet", "--depth", "1", &url, &copy_name]).await.unwrap();
        assert_eq!(Before::of(&copy).await.unwrap(), nothing, "a shallow clone");
        let inner = root.join("unpacked");
        create_dir(&inner).unwrap();
        assert_eq!(Before::of(&inner).await.unwrap(), Before::Nothing("this is no git clone"));
        fs::write(root.join("shared/collect/src/new.rs"), "not committed").unwrap();
        assert_eq!(before().await, Before::Commit(head));
    }
}
