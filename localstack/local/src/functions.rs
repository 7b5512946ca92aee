//! Builds the functions with cargo-lambda as for AWS, but in a quick profile and for this machine.
//!
//! The functions and this command share most dependencies. These compile once, because both are built in the
//! same profile for an explicit target with the features of the whole workspace: neither build selects a
//! package (see `.cargo/config.toml`).

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use emulator::Target;
use tokio::process::Command;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    aws::Clients, building::follow, process::builder, python::Environment, template::Template,
    terminal::steps::Step, workspace::Workspace,
};

/// The packages that are functions; they are deployed under the same names.
pub const FUNCTIONS: [&str; 5] = ["seeder", "fetcher", "exporter", "api", "recommender"];

/// A built function, ready to upload.
#[derive(Clone, Debug)]
pub struct Package {
    /// The function's name.
    pub name: &'static str,
    /// The zip archive that contains its `bootstrap`.
    pub zip: Vec<u8>,
}

impl Package {
    fn read(name: &'static str, folder: &Path) -> Result<Self> {
        let path = folder.join(name).join("bootstrap");
        let program = fs::read(&path).with_context(|| format!("no built function at {}", path.display()))?;
        let zip = archive(&program).with_context(|| format!("{} cannot be packed", path.display()))?;
        Ok(Self { name, zip })
    }
}

/// What a deployment consists of.
#[derive(Clone, Debug)]
pub struct Version {
    /// The template.
    pub template: Template,
    /// Its functions.
    pub packages: Vec<Package>,
}

/// A program as Lambda's archive. It is not compressed: that would take a quarter of a whole local run, and
/// the emulator unpacks it on the same machine.
fn archive(program: &[u8]) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::with_capacity(program.len() + 1024)));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file("bootstrap", stored.unix_permissions(0o755))?;
    archive.write_all(program)?;
    Ok(archive.finish()?.into_inner())
}

/// Builds every function in the quick profile `dev` and shows the progress in `step`; cargo decides what has
/// changed.
pub async fn build(
    workspace: &Workspace,
    environment: &Environment,
    target: Target,
    step: &Step,
) -> Result<Vec<Package>> {
    let build = Build {
        root: workspace.root(),
        programs: workspace.home().join("lambda"),
        names: &FUNCTIONS,
        target,
        profile: &[],
    };
    build.run(workspace, environment, step).await
}

/// Compiles the functions for this machine without cargo-lambda, which then finds them compiled: the machine
/// has something to do while cargo-lambda is still being installed.
///
/// # Errors
/// Fails if a function does not compile.
pub(crate) async fn compile_ahead(workspace: &Workspace, step: &Step) -> Result<()> {
    follow(ahead(&mut builder("cargo"), workspace.root(), workspace.home()), "compiling the functions", step)
        .await
}

/// Adds the arguments with which cargo compiles what [`Build::arguments`] builds, into the same folder.
fn ahead<'a>(command: &'a mut Command, root: &Path, home: &Path) -> &'a mut Command {
    command
        .current_dir(root)
        .args(["build", "--locked", "--target", "host-tuple"])
        .envs(home.parent().map(|folder| ("CARGO_TARGET_DIR", folder)));
    for name in FUNCTIONS {
        command.args(["--bin", name]);
    }
    command
}

/// A build in the quick profile.
pub(crate) struct Build<'a> {
    /// The root of the sources.
    pub(crate) root: &'a Path,
    /// Where cargo-lambda puts the programs.
    pub(crate) programs: PathBuf,
    /// The functions.
    pub(crate) names: &'a [&'static str],
    /// Where they will run.
    pub(crate) target: Target,
    /// Arguments that change the profile.
    pub(crate) profile: &'a [&'a str],
}

impl Build<'_> {
    /// Builds with the target folder of `workspace`, wherever the sources lie, so that all builds share what
    /// they depend on.
    pub(crate) async fn run(
        &self,
        workspace: &Workspace,
        environment: &Environment,
        step: &Step,
    ) -> Result<Vec<Package>> {
        // cargo-lambda writes the programs after cargo has released its lock, so another command might write
        // them at the same time.
        let _lock = workspace.lock("build").await?;
        let mut command = builder(environment.program("cargo-lambda"));
        // cargo-lambda finds the zig that was installed with it there.
        command.env("PATH", environment.path()?);
        follow(self.arguments(&mut command, workspace.home()), "building the functions", step).await?;
        self.names.iter().map(|name| Package::read(name, &self.programs)).collect()
    }

    /// Adds the arguments with which cargo-lambda 1.9 builds below the folder `home`.
    fn arguments<'a>(&self, command: &'a mut Command, home: &Path) -> &'a mut Command {
        // cargo-lambda gets the folder as a variable because it passes `--target-dir` on to `cargo metadata`,
        // which has no such option.
        let target_folder = match self.target {
            Target::ThisMachine => home.parent().map(Path::to_path_buf),
            Target::Container => Some(container(home)),
        };
        command
            .current_dir(self.root)
            .args(["lambda", "build", "--locked", "--output-format", "binary"])
            .arg("--lambda-dir")
            .arg(&self.programs)
            .args(self.profile)
            .args(match (self.target, architecture()) {
                (Target::ThisMachine, _) => ["--compiler", "cargo"].as_slice(),
                (Target::Container, "arm64") => &["--arm64"],
                (Target::Container, _) => &["--x86-64"],
            })
            .envs(target_folder.map(|folder| ("CARGO_TARGET_DIR", folder)));
        for name in self.names {
            command.args(["--bin", name]);
        }
        command
    }
}

/// The variables that a deployed function has.
pub async fn variables(clients: &Clients, function: &str) -> Result<BTreeMap<String, String>> {
    Ok(settings(clients, function).await?.variables)
}

/// With what a function was deployed.
#[derive(Debug)]
pub struct Settings {
    /// Its variables.
    pub variables: BTreeMap<String, String>,
    /// The longest that an invocation may take.
    pub time_limit: Duration,
}

/// With what a deployed function was deployed.
///
/// # Errors
/// When the emulator does not know the function.
pub async fn settings(clients: &Clients, function: &str) -> Result<Settings> {
    let settings = clients.lambda.get_function_configuration().function_name(function).send().await;
    let settings =
        settings.with_context(|| format!("the settings of the function {function} cannot be read"))?;
    let variables = settings.environment().and_then(|environment| environment.variables()).cloned();
    let seconds = settings.timeout().and_then(|seconds| u64::try_from(seconds).ok());
    let seconds = seconds.with_context(|| format!("the function {function} has no time limit"))?;
    let variables = variables.unwrap_or_default().into_iter().collect();
    Ok(Settings { variables, time_limit: Duration::from_secs(seconds) })
}

/// The target folder of what zig links. Another linker produces different files for the same crates; in a
/// shared folder, each build would undo the other.
fn container(home: &Path) -> PathBuf {
    home.join("container")
}

/// The template's name for this machine's architecture, for which the functions were built.
pub fn architecture() -> &'static str {
    if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn what_is_compiled_ahead_is_what_cargo_lambda_builds() {
        let mut command = Command::new("cargo");
        let command = ahead(&mut command, Path::new("/clone"), Path::new("/target/fermata")).as_std();
        let arguments: Vec<_> = command.get_args().filter_map(OsStr::to_str).collect();
        let bins: Vec<&str> = arguments.windows(2).filter(|of| of[0] == "--bin").map(|of| of[1]).collect();
        assert_eq!(bins, FUNCTIONS);
        assert_eq!(arguments[..4], ["build", "--locked", "--target", "host-tuple"]);
        assert!(!arguments.contains(&"--package"), "a package alone would have other features");
        let set = command.get_envs().find(|(name, _)| *name == OsStr::new("CARGO_TARGET_DIR"));
        assert_eq!(set.and_then(|(_, value)| value), Some(OsStr::new("/target")), "{command:?}");
    }

    #[test]
    fn cargo_lambda_gets_its_build_folder_as_a_variable() {
        for (target, folder) in
            [(Target::ThisMachine, "/target"), (Target::Container, "/target/fermata/container")]
        {
            let programs = PathBuf::from("/programs");
            let build =
                Build { root: Path::new("/elsewhere"), programs, names: &["seeder"], target, profile: &[] };
            let mut command = Command::new("cargo-lambda");
            let command = build.arguments(&mut command, Path::new("/target/fermata")).as_std();
            assert!(command.get_args().all(|argument| argument != "--target-dir"), "{command:?}");
            let set = command.get_envs().find(|(name, _)| *name == OsStr::new("CARGO_TARGET_DIR"));
            assert_eq!(set.and_then(|(_, value)| value), Some(OsStr::new(folder)), "{command:?}");
        }
    }
}
