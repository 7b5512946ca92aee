//! Checks what comes in through `Cargo.lock`: licences, sources and banned crates (`deny.toml`), and known
//! vulnerabilities.
//!
//! The tools are built from source below `target/`, once per version. The advisories are in a separate git
//! repository; if it cannot be reached they are not checked, and the output says so.

use std::{fs, path::PathBuf};

use anyhow::Result;
use tokio::process::Command;

use crate::{
    process::{builder, last_lines, quiet, shown},
    workspace::{Workspace, cargo},
};

/// A tool that cargo installs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
    /// What makes it print its version.
    ask: &'static [&'static str],
}

const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", ask: &["--version"] };
/// The program behind `cargo local mutants`.
pub(crate) const MUTANTS: Tool =
    Tool { name: "cargo-mutants", version: "27.1.0", ask: &["mutants", "--version"] };
const AUDIT: Tool = Tool { name: "cargo-audit", version: "0.22.2", ask: &["--version"] };

/// Whether known vulnerabilities were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advisories {
    /// Both tools checked and found none.
    Checked,
    /// The advisory database could not be fetched, for this reason.
    NotChecked(String),
}

/// Checks licences, bans and sources, and the advisories if their database can be reached.
///
/// # Errors
/// Fails if a check finds something, or a tool cannot be built.
pub async fn check(workspace: &Workspace) -> Result<Advisories> {
    let deny = DENY.ensure(workspace).await?;
    let cargo_deny = |arguments: &[&str]| {
        let mut command = builder(&deny);
        command.current_dir(workspace.root()).args(arguments);
        command
    };
    let mut policy = cargo_deny(&[
        "--log-level",
        "error",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]);
    shown(&mut policy, "cargo deny").await?;
    if let Err(error) = quiet(&mut cargo_deny(&["fetch", "db"]), "fetching the advisories").await {
        return Ok(Advisories::NotChecked(last_lines(&format!("{error:#}"), 1)));
    }
    shown(&mut cargo_deny(&["check", "--disable-fetch", "advisories"]), "cargo deny").await?;
    let mut audit = builder(AUDIT.ensure(workspace).await?);
    shown(audit.current_dir(workspace.root()).arg("audit"), "cargo audit").await?;
    Ok(Advisories::Checked)
}

impl Tool {
    /// The program, built unless this version already exists.
    pub(crate) async fn ensure(self, workspace: &Workspace) -> Result<PathBuf> {
        let _lock = workspace.lock("tools").await?;
        let root = workspace.home().join("tools");
        let program = root.join("bin").join(self.name);
        let version = quiet(Command::new(&program).args(self.ask), "checking the version").await;
        if version.is_ok_and(|version| version.trim().ends_with(self.version)) {
            return Ok(program);
        }
        note!("building {} {} (once)", self.name, self.version);
        let scratch = workspace.home().join("tools-build");
        let mut install = builder(cargo());
        install
            .args(["install", "--quiet", "--locked", "--force", self.name, "--version", self.version])
            .arg("--root")
            .arg(&root)
            .arg("--target-dir")
            .arg(&scratch);
        shown(&mut install, &format!("installing {}", self.name)).await?;
        // Removes several hundred megabytes of build output that nothing needs again.
        let _ = fs::remove_dir_all(scratch);
        Ok(program)
    }
}
