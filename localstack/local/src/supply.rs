//! Checks what comes in through `Cargo.lock`: licences, sources and banned crates (`deny.toml`), and known
//! vulnerabilities.
//!
//! The tools are built from source below `target/`, once per version. The advisories are in a separate git
//! repository. If it cannot be reached, a copy from an earlier fetch serves until it is too old (`deny.toml`
//! says when). Without a copy they are not checked: in CI that is a failure, unless a person waives it with
//! a reason; elsewhere the output says so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use tokio::process::Command;

use crate::{
    process::{builder, last_lines, quiet, shown},
    release::cargo_home,
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
/// The program behind `cargo local fuzz`.
pub(crate) const FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2", ask: &["--version"] };
const AUDIT: Tool = Tool { name: "cargo-audit", version: "0.22.2", ask: &["--version"] };

/// The variable with the reason why advisories may go unchecked, such as `no network until Monday`.
pub const WAIVER: &str = "FERMATA_WAIVE_ADVISORIES";

/// Whether known vulnerabilities were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advisories {
    /// Both tools checked and found none.
    Checked,
    /// The database could not be fetched, for this reason; none was found in a copy that is not too old.
    CheckedWithCopy(String),
    /// The database could not be fetched, for this reason, and there is no copy.
    NotChecked(String),
}

impl Advisories {
    /// What the summary of all checks says about it. `is_ci` says whether this is CI, `waiver` why a person
    /// lets it pass.
    ///
    /// # Errors
    /// In CI, unchecked advisories need a waiver.
    pub(crate) fn verdict(&self, is_ci: bool, waiver: Option<&str>) -> Result<Option<String>> {
        let waiver = waiver.map(str::trim).filter(|reason| !reason.is_empty());
        match (self, waiver) {
            (Self::Checked, _) => Ok(None),
            (Self::CheckedWithCopy(why), _) => {
                Ok(Some(format!("advisories checked with an earlier copy of their database: {why}")))
            }
            (Self::NotChecked(_), Some(reason)) => {
                Ok(Some(format!("advisories NOT checked, waived: {reason}")))
            }
            (Self::NotChecked(why), None) if is_ci => bail!(
                "the advisories' database cannot be fetched: {why}\nNothing is known about vulnerable \
                 dependencies. Repeat this, or set {WAIVER} to the reason why it may pass"
            ),
            (Self::NotChecked(why), None) => {
                Ok(Some(format!("ADVISORIES NOT CHECKED: cannot fetch their database: {why}")))
            }
        }
    }
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
    let fetched = quiet(&mut cargo_deny(&["fetch", "db"]), "fetching the advisories").await;
    let unreachable = fetched.err().map(|error| last_lines(&format!("{error:#}"), 1));
    let copies = cargo_home().map(|home| home.join("advisory-dbs"));
    if let Some(why) = unreachable.as_ref().filter(|_| !copies.is_some_and(|folder| has_copy(&folder))) {
        return Ok(Advisories::NotChecked(why.clone()));
    }
    // It refuses a copy that is too old.
    shown(&mut cargo_deny(&["--offline", "check", "advisories"]), "cargo deny").await?;
    if let Some(why) = unreachable {
        return Ok(Advisories::CheckedWithCopy(why));
    }
    let mut audit = builder(AUDIT.ensure(workspace).await?);
    shown(audit.current_dir(workspace.root()).arg("audit"), "cargo audit").await?;
    Ok(Advisories::Checked)
}

/// Whether cargo-deny has fetched the advisories into `folder` before. A fetch that fails leaves its lock
/// file there, and no copy.
fn has_copy(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|entry| entry.join(".git").is_dir())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `requirements*.txt` below `folder`.
    fn requirements(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (name, path) = (entry.file_name().into_string().unwrap(), entry.path());
            if path.is_dir() && !["target", ".git", "node_modules"].contains(&name.as_str()) {
                requirements(&path, found);
            } else if name.starts_with("requirements") && path.extension().is_some_and(|it| it == "txt") {
                found.push(path);
            }
        }
    }

    #[test]
    fn unchecked_advisories_fail_in_ci_unless_they_are_waived_with_a_reason() {
        let unchecked = Advisories::NotChecked("no route".to_owned());
        let error = unchecked.verdict(true, None).unwrap_err().to_string();
        assert!(error.contains("no route") && error.contains(WAIVER), "{error}");
        assert!(unchecked.verdict(true, Some("  ")).is_err(), "a waiver needs a reason");
        let waived = unchecked.verdict(true, Some("moving house")).unwrap().unwrap();
        assert!(waived.contains("NOT checked") && waived.contains("moving house"), "{waived}");
        let note = unchecked.verdict(false, None).unwrap().unwrap();
        assert!(note.contains("NOT CHECKED"), "{note}");
        assert_eq!(Advisories::Checked.verdict(true, None).unwrap(), None);
    }

    #[test]
    fn a_failed_fetch_of_the_advisories_leaves_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_copy(&folder.path().join("absent")));
        fs::write(folder.path().join("db.lock"), "").unwrap();
        assert!(!has_copy(folder.path()), "a lock file is no copy");
        fs::create_dir_all(folder.path().join("advisory-db-1/.git")).unwrap();
        assert!(has_copy(folder.path()));
    }

    #[test]
    fn every_build_and_installation_that_a_page_shows_is_locked() {
        const PAGES: [&str; 5] = [
            "README.md",
            "infra/README.md",
            "infra/RUNBOOK.md",
            "localstack/README.md",
            "functions/README.md",
        ];
        let mut count = 0;
        for page in PAGES {
            let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
            let text = fs::read_to_string(&page).unwrap();
            let builds =
                |line: &&str| ["cargo install ", "cargo lambda build "].iter().any(|it| line.contains(it));
            for line in text.lines().filter(builds) {
                assert!(line.contains("--locked"), "{}: {line}", page.display());
                count += 1;
            }
        }
        assert!(count >= 4, "{count} lines");
    }

    #[test]
    fn every_python_package_is_locked_with_its_hashes() {
        let mut files = Vec::new();
        requirements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), &mut files);
        assert!(files.len() >= 12, "{files:?}");
        for file in files {
            let text = fs::read_to_string(&file).unwrap().replace("\\\n", " ");
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            for line in lines {
                // Extras may stand in between, separated by spaces.
                let pin = line.split("--hash").next().unwrap_or_default();
                assert!(pin.contains("==") && line.contains("--hash=sha256:"), "{}: {line}", file.display());
            }
            let wanted = fs::read_to_string(file.with_extension("in")).unwrap();
            for pin in wanted.lines().filter(|line| line.contains("==") && !line.starts_with('#')) {
                // Only the lock file names no extras, and it writes markers in its own form.
                let (name, version) = pin.split(';').next().unwrap_or(pin).trim().split_once("==").unwrap();
                let name = name.split('[').next().unwrap_or(name).replace('_', "-");
                assert!(text.contains(&format!("{name}=={version} ")), "{} lacks {pin}", file.display());
            }
        }
    }
}
