//! `cargo local mutants`: plants small mistakes in the code, one at a time, and lists those that no test
//! catches.
//!
//! cargo-mutants does the work. This command chooses the code worth it and the tests that must notice. A
//! miss that is accepted stands with its reason in `.cargo/mutants.toml`.

use std::{
    fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

use crate::{
    cli::MutantsArgs,
    process::{builder, quiet},
    python::{Environment, Requirements},
    supply,
    workspace::{Workspace, cargo, create_dir},
};

/// A crate in which mistakes are planted.
#[derive(Debug)]
struct Subject {
    package: &'static str,
    /// Its folder, from the workspace's root.
    folder: &'static str,
    /// Where mistakes are planted unless the command names files, from its folder.
    sources: &'static [&'static str],
    /// The packages whose tests must notice.
    tests: &'static [&'static str],
    /// Which of their tests run.
    filter: &'static str,
}

/// Where mistakes are planted.
#[derive(Debug)]
struct Only<'a> {
    /// In these files.
    globs: &'a [String],
    /// In what has changed by this file of changes.
    since: Option<&'a Path>,
    /// In this part of all places, `K/N`.
    shard: Option<&'a str>,
}

/// Of the simulation only the worlds of the unchanged collector run: its own mutants prove the simulation,
/// not the collector, and they would take minutes for each mistake.
const SUBJECTS: [Subject; 3] = [
    Subject {
        package: "collect",
        folder: "shared/collect",
        sources: &["src/plan/**", "src/pace/**", "src/term/**", "src/run/**"],
        tests: &["collect", "simulation"],
        filter: "package(collect) | test(=promises_are_kept_in_every_world)",
    },
    Subject {
        package: "cloud",
        folder: "shared/cloud",
        sources: &["src/**"],
        tests: &["cloud"],
        filter: "all()",
    },
    Subject {
        package: "spotify",
        folder: "shared/spotify",
        sources: &["src/**"],
        tests: &["spotify"],
        filter: "all()",
    },
];

/// Exit codes with which cargo-mutants says that it has tested everything: all mistakes were caught, some
/// were missed, some made the tests run out of time.
const TESTED: [i32; 3] = [0, 2, 3];

pub(super) async fn execute(workspace: &Workspace, args: &MutantsArgs) -> Result<()> {
    let chosen = choose(workspace.root(), &args.files)?;
    let nextest = quiet(builder(cargo()).args(["nextest", "--version"]), "checking for nextest").await;
    ensure!(nextest.is_ok(), "mutation tests need cargo-nextest: cargo install cargo-nextest --locked");
    let program = supply::MUTANTS.ensure(workspace).await?;
    let environment = Environment::ensure(workspace, Requirements::Test).await?;
    let folder = workspace.home().join("mutants");
    create_dir(&folder)?;
    let since = match &args.since {
        Some(revision) => Some(changes(workspace, revision, &folder).await?),
        None => None,
    };
    let mut total = Outcomes::default();
    for (subject, globs) in chosen {
        note!("\n== {}", subject.package);
        let output = folder.join(subject.package);
        let only = Only { globs: &globs, since: since.as_deref(), shard: args.shard.as_deref() };
        let mut command = subject.command(&program, workspace, &only, &output);
        command.env("FERMATA_PYTHON", environment.python());
        total.add(run(&mut command, &output).await?);
    }
    write!(stdout(), "{total}")?;
    ensure!(
        total.missed.is_empty(),
        "no test catches {} of the mistakes; test for them, or accept them with a reason in .cargo/mutants.toml",
        total.missed.len()
    );
    Ok(())
}

/// The subjects and, for each, the globs of the files in which mistakes are planted, from the workspace's
/// root. An error names the file that belongs to no subject.
fn choose(root: &Path, files: &[PathBuf]) -> Result<Vec<(&'static Subject, Vec<String>)>> {
    let sources = |subject: &Subject| -> Vec<String> {
        subject.sources.iter().map(|source| format!("{}/{source}", subject.folder)).collect()
    };
    if files.is_empty() {
        return Ok(SUBJECTS.iter().map(|subject| (subject, sources(subject))).collect());
    }
    let mut chosen: Vec<(&Subject, Vec<String>)> = SUBJECTS.iter().map(|subject| (subject, vec![])).collect();
    for file in files {
        let file = file.strip_prefix(root).unwrap_or(file);
        ensure!(root.join(file).is_file(), "there is no file {} in {}", file.display(), root.display());
        let of =
            chosen.iter_mut().find(|(subject, _)| file.starts_with(Path::new(subject.folder).join("src")));
        let Some((_, globs)) = of else {
            let folders = SUBJECTS.map(|subject| format!("{}/src", subject.folder)).join(", ");
            bail!("{} is in none of the folders in which mistakes are planted: {folders}", file.display());
        };
        globs.push(file.display().to_string());
    }
    chosen.retain(|(_, globs)| !globs.is_empty());
    Ok(chosen)
}

/// Writes what has changed since a revision to a file, which cargo-mutants reads.
async fn changes(workspace: &Workspace, revision: &str, folder: &Path) -> Result<PathBuf> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args(["diff", "--no-color", "--no-ext-diff", "--end-of-options"]);
    let changes = quiet(git.arg(revision), &format!("listing the changes since {revision:?}")).await?;
    let file = folder.join("since.diff");
    fs::write(&file, changes).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

impl Subject {
    fn command(&self, program: &Path, workspace: &Workspace, only: &Only<'_>, output: &Path) -> Command {
        let mut command = builder(program);
        command
            .current_dir(workspace.root())
            // The copies of the source share what they depend on, which is built once.
            .env("CARGO_TARGET_DIR", workspace.home().join("mutants/target"))
            // A mistake may make a proptest fail, whose seed nobody wants to keep.
            .env("PROPTEST_FAILURE_PERSISTENCE", "off")
            .args(["mutants", "--test-tool", "nextest", "--colors", "never", "--no-shuffle"])
            // Each mistake in code that a feature leaves out would be a miss.
            .arg("--all-features")
            .args(["--package", self.package])
            .arg("--output")
            .arg(output);
        for test in self.tests {
            command.args(["--test-package", test]);
        }
        for glob in only.globs {
            command.args(["--file", glob]);
        }
        if let Some(since) = only.since {
            command.arg("--in-diff").arg(since);
        }
        if let Some(shard) = only.shard {
            command.args(["--sharding", "round-robin", "--shard", shard]);
        }
        // What follows is for nextest.
        command.args(["--", "-E", self.filter]);
        command
    }
}

/// Runs cargo-mutants, which shows what it does, and reads what it has found.
async fn run(command: &mut Command, output: &Path) -> Result<Outcomes> {
    let status = command
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .status()
        .await
        .context("cannot start cargo-mutants")?;
    let tested = status.code().is_some_and(|code| TESTED.contains(&code));
    ensure!(tested, "cargo-mutants failed ({status}); the reason is above");
    Outcomes::read(&output.join("mutants.out"))
}

/// What became of the planted mistakes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcomes {
    /// How many a test has caught; those that keep the tests from ending are caught too.
    caught: usize,
    /// Those that no test has caught.
    missed: Vec<String>,
}

impl Outcomes {
    /// Reads the lists that cargo-mutants writes: one mistake a line. It writes none where it has found
    /// nothing to change.
    fn read(folder: &Path) -> Result<Self> {
        let list = |name: &str| -> Result<Vec<String>> {
            let file = folder.join(name);
            if !file.exists() {
                return Ok(Vec::new());
            }
            let text =
                fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        let caught = list("caught.txt")?.len() + list("timeout.txt")?.len();
        Ok(Self { caught, missed: list("missed.txt")? })
    }

    fn add(&mut self, other: Self) {
        self.caught += other.caught;
        self.missed.extend(other.missed);
    }
}

impl std::fmt::Display for Outcomes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for missed in &self.missed {
            writeln!(f, "missed: {missed}")?;
        }
        let (missed, all) = (self.missed.len(), self.missed.len() + self.caught);
        writeln!(f, "{missed} of {all} mistakes that compile were missed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    fn chosen(files: &[&str]) -> Result<Vec<(&'static str, Vec<String>)>> {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let chosen = choose(&root(), &files)?;
        Ok(chosen.into_iter().map(|(subject, globs)| (subject.package, globs)).collect())
    }

    #[test]
    fn without_files_mistakes_are_planted_in_all_three_crates() {
        let chosen = chosen(&[]).unwrap();
        assert_eq!(
            chosen.iter().map(|(package, _)| *package).collect::<Vec<_>>(),
            ["collect", "cloud", "spotify"]
        );
        for glob in chosen.iter().flat_map(|(_, globs)| globs) {
            assert!(root().join(glob.trim_end_matches("/**")).is_dir(), "there is no {glob}");
        }
    }

    #[test]
    fn each_file_is_tested_by_the_tests_of_its_crate() {
        let absolute = root().join("shared/cloud/src/queue.rs");
        let chosen = chosen(&["shared/collect/src/plan/stop.rs", absolute.to_str().unwrap()]).unwrap();
        let expected =
            [("collect", "shared/collect/src/plan/stop.rs"), ("cloud", "shared/cloud/src/queue.rs")];
        assert_eq!(chosen, expected.map(|(package, file)| (package, vec![file.to_owned()])));
    }

    #[test]
    fn a_file_without_mutation_tests_is_refused_by_its_name() {
        let error = chosen(&["shared/collect/src/plan/stopp.rs"]).unwrap_err().to_string();
        assert!(error.contains("stopp.rs"), "{error}");
        let error = chosen(&["functions/api/src/serve.rs"]).unwrap_err().to_string();
        assert!(
            error.contains("functions/api/src/serve.rs") && error.contains("shared/cloud/src"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn what_to_plant_is_for_cargo_mutants_and_the_filter_for_nextest() {
        let globs = ["shared/collect/src/plan/stop.rs".to_owned()];
        let (program, since, output) =
            (Path::new("cargo-mutants"), Path::new("since.diff"), Path::new("out"));
        let workspace = Workspace::find().await.unwrap();
        let only = Only { globs: &globs, since: Some(since), shard: Some("1/25") };
        let command = SUBJECTS[0].command(program, &workspace, &only, output);
        let arguments: Vec<_> =
            command.as_std().get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let end = arguments.iter().position(|argument| argument == "--").unwrap();
        let (mutants, nextest) = arguments.split_at(end);
        let ending = ["--in-diff", "since.diff", "--sharding", "round-robin", "--shard", "1/25"];
        assert!(mutants.ends_with(&ending.map(str::to_owned)), "{mutants:?}");
        assert!(mutants.contains(&globs[0]), "{mutants:?}");
        assert!(mutants.contains(&"--all-features".to_owned()), "the exporter's ports are a feature");
        assert_eq!(nextest, ["--", "-E", SUBJECTS[0].filter]);
    }

    #[test]
    fn the_test_filter_names_a_test_that_exists() {
        let worlds = fs::read_to_string(root().join("localstack/simulation/tests/promises.rs")).unwrap();
        let name = SUBJECTS[0].filter.split("test(=").nth(1).unwrap().trim_end_matches(')');
        assert!(worlds.contains(&format!("fn {name}()")), "{name} is not there");
    }

    #[test]
    fn missed_mistakes_are_listed_and_those_that_hang_are_caught() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("caught.txt", "one\ntwo\n");
        write("timeout.txt", "three\n");
        write("missed.txt", "src/a.rs:1:2: replace < with <= in f\n");
        let outcomes = Outcomes::read(folder.path()).unwrap();
        let shown =
            "missed: src/a.rs:1:2: replace < with <= in f\n1 of 4 mistakes that compile were missed\n";
        assert_eq!(outcomes.to_string(), shown);
        assert_eq!(Outcomes::read(&folder.path().join("nothing")).unwrap(), Outcomes::default());
    }
}
