//! `cargo local test`: everything that CI checks, in the order in which a failure is cheapest to find.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::{
    emulator::Target,
    functions,
    process::{builder, quiet, shown},
    python::{Environment, Requirements},
    supply::{self, Advisories},
    workspace::{Workspace, cargo},
};

/// The tests that bring up a whole stack each; few at a time, because each has an emulator to feed.
const END_TO_END: &str = "package(local) & kind(test)";

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    let mut steps = Steps::new(workspace);
    steps.cargo("format", &["fmt", "--all", "--check"]).await?;
    steps
        .cargo("lints", &["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"])
        .await?;
    steps.documentation().await?;
    steps.supply().await?;
    let environment = Environment::ensure(workspace, Requirements::Test).await?;
    steps.template(&environment).await?;
    if has_nextest().await {
        let others = format!("not ({END_TO_END})");
        steps
            .tests("tests", &environment, &["nextest", "run", "--locked", "--workspace", "-E", &others])
            .await?;
        steps
            .tests(
                "examples in the documentation",
                &environment,
                &["test", "--locked", "--workspace", "--doc"],
            )
            .await?;
        steps.functions(&environment).await?;
        let threads = ["--test-threads", "2", "-E", END_TO_END];
        let whole = [&["nextest", "run", "--locked", "--workspace"], threads.as_slice()].concat();
        steps.tests("end-to-end tests", &environment, &whole).await?;
    } else {
        note!("cargo-nextest is not installed; using cargo test");
        steps.functions(&environment).await?;
        steps.tests("tests", &environment, &["test", "--locked", "--workspace"]).await?;
    }
    steps.total();
    Ok(())
}

async fn has_nextest() -> bool {
    quiet(builder(cargo()).args(["nextest", "--version"]), "looking for nextest").await.is_ok()
}

/// The steps that were done, with their times.
struct Steps<'a> {
    workspace: &'a Workspace,
    done: Vec<(String, Duration)>,
}

impl<'a> Steps<'a> {
    fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, done: Vec::new() }
    }

    async fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = builder(cargo());
        command.args(arguments);
        self.step(name, command).await
    }

    async fn documentation(&mut self) -> Result<()> {
        let mut command = builder(cargo());
        command.args(["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings");
        self.step("documentation", command).await
    }

    async fn supply(&mut self) -> Result<()> {
        begin("dependencies");
        let start = Instant::now();
        let result = supply::check(self.workspace).await;
        let mut name = "dependencies".to_owned();
        if let Ok(Advisories::NotChecked(why)) = &result {
            note!("ADVISORIES NOT CHECKED: their database could not be fetched: {why}");
            name.push_str(" (advisories NOT checked)");
        }
        self.finish(&name, start, result.map(drop))
    }

    async fn template(&mut self, environment: &Environment) -> Result<()> {
        // As a module: its script names the folder that the environment was made in, which may have been moved since.
        let mut command = Command::new(environment.python());
        command
            .args(["-c", "from cfnlint.runner import main; raise SystemExit(main())"])
            .arg(self.workspace.template());
        self.step("template", command).await
    }

    /// Builds the functions beforehand, so that no test waits for it.
    async fn functions(&mut self, environment: &Environment) -> Result<()> {
        begin("functions");
        let start = Instant::now();
        functions::build(self.workspace, environment, Target::ThisMachine).await?;
        self.done.push(("functions".to_owned(), start.elapsed()));
        Ok(())
    }

    async fn tests(&mut self, name: &str, environment: &Environment, arguments: &[&str]) -> Result<()> {
        let mut command = builder(cargo());
        // The Python with the packages that some tests need.
        command.args(arguments).env("FERMATA_PYTHON", environment.python());
        self.step(name, command).await
    }

    async fn step(&mut self, name: &str, mut command: Command) -> Result<()> {
        begin(name);
        let start = Instant::now();
        let result = shown(command.current_dir(self.workspace.root()), name).await;
        self.finish(name, start, result)
    }

    /// Notes a step that was done; after a failure it is the last.
    fn finish(&mut self, name: &str, start: Instant, result: Result<()>) -> Result<()> {
        self.done.push((name.to_owned(), start.elapsed()));
        if result.is_err() {
            self.total();
        }
        result.with_context(|| {
            format!("`cargo local test` ends at the step `{name}`; correct it and run it again")
        })
    }

    fn total(&self) {
        note!();
        for (name, time) in &self.done {
            note!("{:>7.1} s  {name}", time.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, time)| *time).sum();
        note!("{:>7.1} s  in all", total.as_secs_f64());
    }
}

fn begin(name: &str) {
    note!("\n== {name}");
}
