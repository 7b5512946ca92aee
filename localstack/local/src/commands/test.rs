//! `fermata test`: everything that CI checks, ordered so that failures show up early.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::{
    emulator::Target,
    functions,
    previous::{self, Before},
    process::{builder, quiet, shown},
    python::{Environment, Requirements},
    supply,
    terminal::steps::Steps,
    workspace::{Workspace, cargo},
};

/// The tests that each start a whole stack; few run at a time, because each has its own emulator.
const END_TO_END: &str = "package(local) & kind(test)";

/// Runs tests of the workspace to the end, so that one failure does not hide the others.
const NEXTEST: [&str; 5] = ["nextest", "run", "--locked", "--workspace", "--no-fail-fast"];

/// Names the Chromium for the test of the dashboard.
const CHROMIUM: &str = "FERMATA_CHROMIUM";

pub(super) async fn execute(workspace: &Workspace, steps: &Steps) -> Result<()> {
    let mut checks = Checks::new(workspace, steps).await?;
    checks.cargo("format", &["fmt", "--all", "--check"]).await?;
    checks
        .cargo("lints", &["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"])
        .await?;
    checks.documentation().await?;
    checks.supply().await?;
    let environment = Environment::ensure(workspace, Requirements::Test).await?;
    checks.template(&environment).await?;
    checks.find_browser().await;
    if has_nextest().await {
        let others = format!("not ({END_TO_END})");
        checks.tests("tests", &environment, &[NEXTEST.as_slice(), &["-E", &others]].concat()).await?;
        checks
            .tests(
                "examples in the documentation",
                &environment,
                &["test", "--locked", "--workspace", "--doc"],
            )
            .await?;
        checks.functions(&environment).await?;
        // As many slots as `.config/nextest.toml` shares out.
        let threads = ["--test-threads", "4", "-E", END_TO_END];
        let whole = [NEXTEST.as_slice(), &threads].concat();
        checks.tests("end-to-end tests", &environment, &whole).await?;
    } else {
        steps.say("cargo-nextest is not installed; the tests run with cargo test.");
        checks.functions(&environment).await?;
        checks.tests("tests", &environment, &["test", "--locked", "--workspace"]).await?;
    }
    checks.total();
    Ok(())
}

async fn has_nextest() -> bool {
    quiet(builder(cargo()).args(["nextest", "--version"]), "checking for nextest").await.is_ok()
}

/// The checks that have run, with their times.
struct Checks<'a> {
    workspace: &'a Workspace,
    steps: &'a Steps,
    target: String,
    /// What the test of the dashboard takes for Chromium: `none` goes without.
    chromium: String,
    done: Vec<(String, Duration)>,
}

impl<'a> Checks<'a> {
    async fn new(workspace: &'a Workspace, steps: &'a Steps) -> Result<Self> {
        let mut rustc = Command::new("rustc");
        rustc.current_dir(workspace.root()).args(["--print", "host-tuple"]);
        let target = quiet(&mut rustc, "asking rustc for the host target").await?;
        let chromium = std::env::var(CHROMIUM).unwrap_or_else(|_| "chromium".to_owned());
        Ok(Self { workspace, steps, target: target.trim().to_owned(), chromium, done: Vec::new() })
    }

    /// Says so, loudly, if the dashboard cannot be tested because nobody has installed Chromium.
    async fn find_browser(&mut self) {
        let is_named = std::env::var_os(CHROMIUM).is_some();
        let mut asked = Command::new(&self.chromium);
        if is_named || quiet(asked.arg("--version"), "looking for Chromium").await.is_ok() {
            return;
        }
        note!(
            "DASHBOARD NOT TESTED IN A BROWSER: there is no Chromium here. Install it (Debian: apt-get install \
             chromium), or name one in {CHROMIUM}."
        );
        "none".clone_into(&mut self.chromium);
        self.done.push(("browser (dashboard NOT tested: no Chromium)".to_owned(), Duration::ZERO));
    }

    /// Cargo with the host target named explicitly, as for the functions and this command, so that nothing is
    /// compiled twice.
    fn cargo_command(&self, arguments: &[&str]) -> Command {
        let mut command = builder(cargo());
        command.args(arguments).env("CARGO_BUILD_TARGET", &self.target);
        command
    }

    async fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let command = self.cargo_command(arguments);
        self.step(name, command).await
    }

    async fn documentation(&mut self) -> Result<()> {
        let mut command = self.cargo_command(&["doc", "--locked", "--workspace", "--no-deps"]);
        command.env("RUSTDOCFLAGS", "--deny warnings");
        self.step("documentation", command).await
    }

    async fn supply(&mut self) -> Result<()> {
        begin("dependencies");
        let start = Instant::now();
        let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let waiver = std::env::var(supply::WAIVER).ok();
        let checked = supply::check(self.workspace).await;
        let verdict = checked.and_then(|advisories| advisories.verdict(is_ci, waiver.as_deref()));
        let mut name = "dependencies".to_owned();
        if let Ok(Some(note)) = &verdict {
            note!("{note}");
            name = format!("{name} ({note})");
        }
        self.finish(&name, start, verdict.map(drop))
    }

    async fn template(&mut self, environment: &Environment) -> Result<()> {
        // Run as a module: the installed script contains the path of the environment, which may have moved.
        let mut command = Command::new(environment.python());
        command
            .args(["-c", "from cfnlint.runner import main; raise SystemExit(main())"])
            .arg(self.workspace.template());
        self.step("template", command).await
    }

    /// Builds the functions first, so that no test has to wait for them.
    async fn functions(&mut self, environment: &Environment) -> Result<()> {
        begin("functions");
        let start = Instant::now();
        let step = self.steps.begin("Building the functions", "about a minute the first time");
        let result = functions::build(self.workspace, environment, Target::ThisMachine, &step).await;
        drop(step);
        self.finish("functions", start, result.map(drop))?;
        self.previous_functions(environment).await
    }

    /// Builds those that the test of the upgrade deploys first. Says so, loudly, if there are none.
    async fn previous_functions(&mut self, environment: &Environment) -> Result<()> {
        let commit = match Before::of(self.workspace.root()).await? {
            Before::Commit(commit) => commit,
            Before::Nothing(why) => {
                note!("UPGRADE NOT TESTED: {why}. Clone Fermata with its history to test it.");
                self.done.push((format!("upgrade (NOT tested: {why})"), Duration::ZERO));
                return Ok(());
            }
        };
        begin("previous functions");
        let start = Instant::now();
        let step = self.steps.begin("Building the previous functions", "about a minute the first time");
        let result = previous::build(self.workspace, environment, &commit, &step).await;
        drop(step);
        self.finish("previous functions", start, result.map(drop))
    }

    async fn tests(&mut self, name: &str, environment: &Environment, arguments: &[&str]) -> Result<()> {
        let mut command = self.cargo_command(arguments);
        // The Python that has the packages some tests need.
        command.env("FERMATA_PYTHON", environment.python()).env(CHROMIUM, &self.chromium);
        self.step(name, command).await
    }

    async fn step(&mut self, name: &str, mut command: Command) -> Result<()> {
        begin(name);
        let start = Instant::now();
        let result = shown(command.current_dir(self.workspace.root()), name).await;
        self.finish(name, start, result)
    }

    /// Records a check; a failed one ends the command.
    fn finish(&mut self, name: &str, start: Instant, result: Result<()>) -> Result<()> {
        self.done.push((name.to_owned(), start.elapsed()));
        if result.is_err() {
            self.total();
        }
        result.with_context(|| format!("the check `{name}` failed; fix what it names and run this again"))
    }

    fn total(&self) {
        note!("");
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

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn the_tests_with_slots_of_their_own_exist() {
        let local = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shares = fs::read_to_string(local.join("../../.config/nextest.toml")).unwrap();
        let names: Vec<&str> =
            shares.split("test(=").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
        assert!(names.len() > 3, "{names:?}");
        for name in names {
            let (file, test) = name.split_once("::").unwrap();
            let code = fs::read_to_string(local.join(format!("tests/whole/{file}.rs"))).unwrap();
            assert!(code.contains(&format!("fn {test}(")), "{name} is not there");
        }
    }
}
