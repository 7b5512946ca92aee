//! Builds the functions for AWS so that the same sources give the same bytes, wherever they lie: `fermata
//! package` writes them with what one needs to deploy and to check them.
//!
//! Four things would tell one build from another: the folders of the sources, of cargo and of the compiler,
//! which panics name; the compiler and its flags on this machine; the crates that are chosen; and the times
//! in the archive and in C code. The first are replaced, the second are those of the clone, the third locked,
//! the fourth fixed. The linker is cargo-lambda's zig, pinned like everything in `requirements.txt`, with a
//! fixed C library.

mod archive;
mod bill;
mod folder;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::ValueEnum;
use tokio::process::Command;

use crate::{
    building::follow,
    process::{builder, quiet},
    python::Environment,
    terminal::steps::Step,
    workspace::Workspace,
};

pub use self::folder::{TEMPLATE, package};

/// The processor that functions are built for, named as in the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Architecture {
    /// Graviton, the template's default.
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86,
}

impl Architecture {
    /// That of this machine.
    pub fn of_this_machine() -> Self {
        if std::env::consts::ARCH == "aarch64" { Self::Arm64 } else { Self::X86 }
    }

    /// The template's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86 => "x86_64-unknown-linux-gnu",
        }
    }

    /// The oldest processor on which Lambda runs functions, which cargo-lambda chooses too.
    fn cpu(self) -> &'static str {
        match self {
            Self::Arm64 => "neoverse-n1",
            Self::X86 => "haswell",
        }
    }
}

/// A function as it is deployed on AWS.
#[derive(Clone, Debug)]
pub struct Release {
    /// The function's name.
    pub name: &'static str,
    /// The program; it runs on this machine if that has its architecture and is Linux.
    pub program: PathBuf,
    /// The archive with the program, for Lambda.
    pub zip: Vec<u8>,
}

/// Where and how functions are built.
#[derive(Clone, Debug)]
pub struct Build {
    /// The root of the workspace.
    pub root: PathBuf,
    /// Cargo's folder for this build. What zig links needs a folder of its own: another linker produces
    /// different files for the same crates, and each build would undo the other.
    pub target: PathBuf,
    /// The processor.
    pub architecture: Architecture,
}

impl Build {
    /// The build of the clone.
    pub fn of(workspace: &Workspace, architecture: Architecture) -> Self {
        let target = workspace.home().join("release");
        Self { root: workspace.root().to_owned(), target, architecture }
    }

    /// Builds `functions`, each alone: building them together would give each the features of all. Shows the
    /// progress in `step`.
    pub async fn functions(
        &self,
        functions: &[&'static str],
        environment: &Environment,
        step: &Step,
    ) -> Result<Vec<Release>> {
        let flags = self.flags().await?;
        let mut built = Vec::with_capacity(functions.len());
        for name in functions {
            let mut command = ours(builder(environment.program("cargo-lambda")));
            command.env("PATH", environment.path()?).env("CARGO_ENCODED_RUSTFLAGS", &flags);
            follow(self.arguments(&mut command, name), &format!("building {name}"), step).await?;
            let program = self.programs().join(name).join("bootstrap");
            let bytes =
                fs::read(&program).with_context(|| format!("no function at {}", program.display()))?;
            let zip = tokio::task::spawn_blocking(move || archive::compressed(&bytes)).await??;
            built.push(Release { name, program, zip });
        }
        Ok(built)
    }

    /// Adds the arguments with which cargo-lambda 1.9 builds the function `name`.
    fn arguments<'a>(&self, command: &'a mut Command, name: &str) -> &'a mut Command {
        command
            .current_dir(&self.root)
            .args(["lambda", "build", "--locked", "--release", "--output-format", "binary"])
            .arg("--lambda-dir")
            .arg(self.programs())
            .arg(if self.architecture == Architecture::Arm64 { "--arm64" } else { "--x86-64" })
            .args(["--package", name, "--bin", name])
            // A variable, because cargo-lambda passes `--target-dir` on to `cargo metadata`, which has no
            // such option.
            .env("CARGO_TARGET_DIR", &self.target)
            // The date that C code may name: 1980, where an archive's times begin. Without the flag, zig's
            // compiler takes naming it for an error once the date is fixed.
            .env("SOURCE_DATE_EPOCH", "315532800")
            .env("CFLAGS", "-Wno-date-time")
    }

    /// Where cargo-lambda puts the programs.
    fn programs(&self) -> PathBuf {
        self.target.join("lambda")
    }

    /// The compiler's flags, as cargo reads them from a variable. The variable outranks every configuration,
    /// so that those of this machine do not count.
    async fn flags(&self) -> Result<OsString> {
        let sysroot = self.rustc(&["--print", "sysroot"]).await?;
        let version = self.rustc(&["--verbose", "--version"]).await?;
        let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
        let home = cargo_home().context("neither CARGO_HOME nor HOME is set")?;
        // The last that fits counts.
        let folders = [
            (home, "/cargo".to_owned()),
            // As in the compiled standard library, whether or not its sources are installed.
            (Path::new(sysroot.trim()).join("lib/rustlib/src/rust"), format!("/rustc/{commit}")),
            (self.root.clone(), "/fermata".to_owned()),
            (self.target.clone(), "/target".to_owned()),
        ];
        let mut flags = OsString::from(format!("-Ctarget-cpu={}", self.architecture.cpu()));
        for (from, to) in folders {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(from);
            flags.push(format!("={to}"));
        }
        Ok(flags)
    }

    /// What the workspace's compiler says.
    async fn rustc(&self, arguments: &[&str]) -> Result<String> {
        let mut asked = ours(Command::new("rustc"));
        quiet(asked.current_dir(&self.root).args(arguments), "asking rustc about itself").await
    }
}

/// The command without the variables by which a user chooses another compiler, other flags or another profile
/// than the clone's files name.
fn ours(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(chooses_otherwise) {
            command.env_remove(name);
        }
    }
    command
}

fn chooses_otherwise(variable: &str) -> bool {
    const ONES: [&str; 4] = ["CARGO_BUILD_TARGET", "RUSTDOCFLAGS", "RUSTFLAGS", "RUSTUP_TOOLCHAIN"];
    let begins = ["CARGO_PROFILE_", "CARGO_BUILD_RUST", "RUSTC", "CFLAGS"];
    ONES.contains(&variable) || begins.iter().any(|begins| variable.starts_with(begins))
}

/// Cargo's folder, in which the sources of the crates lie.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clone_chooses_compiler_and_profile_and_not_a_users_variable() {
        for variable in [
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_BUILD_RUSTC_WRAPPER",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CFLAGS_x86_64_unknown_linux_gnu",
            "RUSTC",
            "RUSTC_WRAPPER",
            "RUSTUP_TOOLCHAIN",
        ] {
            assert!(chooses_otherwise(variable), "{variable}");
        }
        for variable in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_NET_OFFLINE"] {
            assert!(!chooses_otherwise(variable), "{variable}");
        }
    }

    #[test]
    fn a_released_function_is_built_alone_locked_and_by_zig() {
        let build = Build {
            root: PathBuf::from("/clone"),
            target: PathBuf::from("/home"),
            architecture: Architecture::X86,
        };
        let mut command = Command::new("cargo-lambda");
        let command = build.arguments(&mut command, "api").as_std();
        let arguments: Vec<_> = command.get_args().filter_map(|word| word.to_str()).collect();
        let has = |words: &[&str]| arguments.windows(words.len()).any(|found| found == words);
        assert!(has(&["--package", "api", "--bin", "api"]) && has(&["--locked", "--release"]));
        assert!(!has(&["--compiler"]) && !has(&["--target-dir"]), "{arguments:?}");
        let set = command.get_envs().find(|(name, _)| *name == "CARGO_TARGET_DIR");
        assert_eq!(set.and_then(|(_, value)| value), Some(Path::new("/home").as_os_str()));
    }
}
