//! The virtual environments with the emulators and cargo-lambda, made when they are missing.

use std::{
    ffi::OsString,
    fs, iter,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::{
    process::{last_lines, quiet},
    workspace::Workspace,
};

/// The oldest Python that the emulators run on.
const OLDEST: (u32, u32) = (3, 11);

/// The package that starts emulators.
const PACKAGE: &str = "emulator/python";

/// Its modules, within it.
const MODULES: &str = "fermata_emulators";

/// What builds packages that come as source.
const BUILD: &str = "requirements-build.txt";

/// The packages of `LocalStack` that are published as source only.
const SOURCE_ONLY: &str = "airspeed-ext,crontab,jsonpath-rw";

/// A virtual environment in which a requirements file is installed, and the package that starts emulators.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

/// What is installed. The test requirements include those of a run, so both share one environment;
/// `LocalStack` needs other versions of the same packages. Every file pins all that it installs by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirements {
    /// What a local stack needs.
    Run,
    /// What the tests need besides.
    Test,
    /// Genuine `LocalStack`.
    LocalStack,
}

impl Requirements {
    fn file(self) -> &'static str {
        match self {
            Self::Run => "requirements.txt",
            Self::Test => "requirements-test.txt",
            Self::LocalStack => "requirements-localstack.txt",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Run | Self::Test => "venv",
            Self::LocalStack => "venv-localstack",
        }
    }
}

impl Environment {
    /// Gives the environment, creating and filling it when it is missing or the requirements have changed.
    pub async fn ensure(workspace: &Workspace, requirements: Requirements) -> Result<Self> {
        let _lock = workspace.lock(requirements.folder()).await?;
        let environment = Self::find(workspace, requirements);
        let wanted = wanted(workspace, requirements)?;
        if environment.has(requirements, &wanted) {
            return Ok(environment);
        }
        if !environment.python().is_file() {
            environment.create().await?;
        }
        environment.install(workspace, requirements).await?;
        fs::write(environment.stamp(requirements), wanted)
            .with_context(|| format!("cannot write into {}", environment.folder.display()))?;
        Ok(environment)
    }

    /// Whether everything that is wanted is installed, so that [`Environment::ensure`] has nothing to do.
    pub fn is_filled(workspace: &Workspace, requirements: Requirements) -> Result<bool> {
        Ok(Self::find(workspace, requirements).has(requirements, &wanted(workspace, requirements)?))
    }

    /// The environment as it is, whether or not anything is installed in it.
    pub fn find(workspace: &Workspace, requirements: Requirements) -> Self {
        Self { folder: workspace.home().join(requirements.folder()) }
    }

    /// The environment's Python.
    pub fn python(&self) -> PathBuf {
        self.program("python")
    }

    /// A search path with the environment's programs before everybody else's.
    pub fn path(&self) -> Result<OsString> {
        let others = std::env::var_os("PATH").unwrap_or_default();
        let folders = iter::once(self.programs()).chain(std::env::split_paths(&others));
        std::env::join_paths(folders)
            .context("the PATH cannot be extended; is there a colon in the clone's path?")
    }

    /// A program that was installed into the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// The folder of the programs that were installed into the environment.
    pub fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }

    fn has(&self, requirements: Requirements, wanted: &str) -> bool {
        self.python().is_file()
            && fs::read_to_string(self.stamp(requirements)).is_ok_and(|installed| installed == wanted)
    }

    /// What was installed last, kept as it was: comparing the text itself needs no hash.
    fn stamp(&self, requirements: Requirements) -> PathBuf {
        self.folder.join(format!("installed-{}", requirements.file()))
    }

    async fn create(&self) -> Result<()> {
        let python = find_python().await?;
        // A folder without a Python in it is what an interrupted command left.
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)
                .with_context(|| format!("cannot remove the broken {}", self.folder.display()))?;
        }
        quiet(Command::new(&python).args(["-m", "venv"]).arg(&self.folder), "creating a virtual environment")
            .await
            .context(
                "Python's venv module does not work; install it (Debian and Ubuntu: apt install python3-venv) \
                 and run the command again",
            )?;
        Ok(())
    }

    async fn install(&self, workspace: &Workspace, requirements: Requirements) -> Result<()> {
        for file in [BUILD, requirements.file()] {
            let file = workspace.localstack(file);
            let result = quiet(self.pip_locked(requirements).arg(&file), "pip install").await;
            result.with_context(|| {
                format!(
                    "the packages in {} could not be installed; check the network (pip uses your pip \
                     configuration and proxy settings) and run the command again",
                    file.display()
                )
            })?;
        }
        // What it is built with has just been installed, and it needs nothing else.
        let package = workspace.localstack(PACKAGE);
        let offline = ["--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall"];
        let result = quiet(self.pip().args(offline).arg(&package), "pip install").await;
        result.map(drop).with_context(|| format!("{} could not be installed", package.display()))
    }

    /// pip for a file with hashes, which takes nothing but the files that were locked. It runs no code of
    /// theirs: all are wheels, but for the few that there are as source only. Those are built by what was
    /// locked too.
    fn pip_locked(&self, requirements: Requirements) -> Command {
        let mut pip = self.pip();
        pip.args(["--require-hashes", "--no-build-isolation", "--only-binary", ":all:"]);
        if requirements == Requirements::LocalStack {
            pip.args(["--no-binary", SOURCE_ONLY]);
        }
        pip.arg("--requirement");
        pip
    }

    fn pip(&self) -> Command {
        let mut pip = Command::new(self.python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip
    }
}

/// The text of everything that is installed: the requirements files and our own package.
fn wanted(workspace: &Workspace, requirements: Requirements) -> Result<String> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let mut text = read(&workspace.localstack(BUILD))? + &read(&workspace.localstack(requirements.file()))?;
    let package = workspace.localstack(PACKAGE);
    let mut sources = vec![package.join("pyproject.toml")];
    let modules = package.join(MODULES);
    let entries = fs::read_dir(&modules).with_context(|| format!("cannot read {}", modules.display()))?;
    sources.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
    sources.sort();
    for source in sources {
        text += &read(&source)?;
    }
    Ok(text)
}

/// Finds a Python that is new enough.
async fn find_python() -> Result<String> {
    let mut too_old = Vec::new();
    for name in ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"] {
        match version(name).await {
            Some(found) if found >= OLDEST => return Ok(name.to_owned()),
            Some((major, minor)) => too_old.push(format!("{name} is {major}.{minor}")),
            None => {}
        }
    }
    let found = if too_old.is_empty() {
        "none was found".to_owned()
    } else {
        format!("found: {}", too_old.join(", "))
    };
    bail!(
        "a local stack needs Python {}.{} or newer on the PATH; {found}. Install one (for example \
         apt install python3 python3-venv, or brew install python) and run the command again",
        OLDEST.0,
        OLDEST.1
    )
}

async fn version(python: &str) -> Option<(u32, u32)> {
    let print = "import sys; print(sys.version_info[0], sys.version_info[1])";
    let output = quiet(Command::new(python).args(["-c", print]), "asking for the version").await.ok()?;
    let line = last_lines(&output, 1);
    let (major, minor) = line.split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_takes_only_wheels_whose_hashes_are_locked() {
        let environment = Environment { folder: PathBuf::from("/venv") };
        for requirements in [Requirements::Run, Requirements::Test, Requirements::LocalStack] {
            let pip = environment.pip_locked(requirements);
            let arguments: Vec<_> = pip.as_std().get_args().filter_map(|word| word.to_str()).collect();
            let has = |words: &[&str]| arguments.windows(words.len()).any(|found| found == words);
            assert!(has(&["--require-hashes"]) && has(&["--no-build-isolation"]), "{arguments:?}");
            assert!(has(&["--only-binary", ":all:"]), "{arguments:?}");
            assert_eq!(has(&["--no-binary"]), requirements == Requirements::LocalStack, "{arguments:?}");
        }
    }
}
