//! The stack that the measured functions work on. Its own functions stay idle: their event source mappings
//! are off, and this benchmark plays them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use local::compare;
use local::functions;
use local::spotify::Choice;
use local::spotify::fake::Settings;
use local::stack::{Options, Stack};
use local::terminal::steps::Steps;
use local::workspace::Workspace;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::mapping::Mapping;
use super::runtime::Function;

/// Requests in any 30 seconds: no function ever waits for a permit.
const RATE: u32 = 300_000;

/// The pause after a tick that has found nothing to do.
const PAUSE: Duration = Duration::from_millis(100);

/// A run is abandoned if no message came for so long.
const STUCK: Duration = Duration::from_mins(5);

/// A stack for measured functions.
pub(super) struct Stage {
    pub(super) stack: Stack,
}

impl Stage {
    /// Starts a stack whose stand-in for Spotify has so many artists.
    pub(super) async fn start(workspace: &Workspace, artists: u32, steps: &Steps) -> Result<Self> {
        let spotify = Settings { rate: RATE, ..compare::steady(artists, json!({})) };
        let options = Options {
            rate: Some(RATE),
            spotify: Choice::Fake(spotify),
            parameters: [("Recommendations".to_owned(), "true".to_owned())].into(),
            steps: steps.clone(),
            ..Options::default()
        };
        let stack = Stack::start(workspace, &options).await?;
        let lambda = &stack.clients().lambda;
        let mappings = lambda.list_event_source_mappings().send().await?;
        for mapping in mappings.event_source_mappings() {
            let off = lambda.update_event_source_mapping().set_uuid(mapping.uuid.clone()).enabled(false);
            off.send().await.context("an event source mapping cannot be switched off")?;
        }
        Ok(Self { stack })
    }

    /// See [`function`].
    pub(super) async fn function(&self, name: &str, program: &Path, tool: &[String]) -> Result<Function> {
        function(&self.stack, name, program, tool).await
    }

    /// The queue of terms.
    pub(super) fn window(&self) -> Mapping {
        Mapping::new(&self.stack.clients().sqs, &self.stack.deployment().window)
    }

    /// Opens `run` and has `fetcher` work it to its end, with the ticks of the seeder in between.
    pub(super) async fn collect(
        &self,
        seeder: &mut Function,
        fetcher: &mut Function,
        run: &str,
    ) -> Result<()> {
        seeder.invoke(&json!({"job": "collect", "run": run})).await?;
        let (window, observer) = (self.window(), self.stack.observer());
        let mut last_message = Instant::now();
        loop {
            if window.deliver(fetcher).await? > 0 {
                last_message = Instant::now();
                continue;
            }
            seeder.invoke(&json!({"job": "top-up"})).await?;
            let known = observer.run().await?.context("the seeder has opened no run")?;
            ensure!(known.id.as_str() == run, "the seeder has opened the run {} instead of {run}", known.id);
            if !known.is_running() {
                return Ok(());
            }
            ensure!(last_message.elapsed() < STUCK, "the run {run} stands still");
            sleep(PAUSE).await;
        }
    }

    /// Has `exporter` make a snapshot of the last run. Each tick works the messages of its queue that it can
    /// see.
    pub(super) async fn export(&self, exporter: &mut Function) -> Result<()> {
        let begin = Instant::now();
        while exporter.invoke(&json!({"job": "tick"})).await?["state"] != "nothing" {
            ensure!(begin.elapsed() < STUCK, "the export comes to no end");
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Asks `api` what a dashboard asks.
    pub(super) async fn ask(&self, api: &mut Function) -> Result<()> {
        let event = include_str!("../../../../functions/api/fixtures/http-api-v2.json");
        for path in ["/v1/status", "/v1/series", "/v1/runs", "/v1/dead-letters"] {
            let mut event: Value = serde_json::from_str(event)?;
            event["rawPath"] = path.into();
            event["requestContext"]["http"]["path"] = path.into();
            let answer = api.invoke(&event).await?;
            ensure!(answer["statusCode"] == 200, "{path} is answered with {answer}");
        }
        Ok(())
    }

    /// Requests that the stand-in has answered.
    pub(super) async fn requests(&self) -> Result<u64> {
        Ok(self.stack.spotify().stats().await?.context("the stand-in counts nothing")?.requests)
    }
}

/// Starts `program` with the variables and the time limit of the deployed `function`, below `tool` if there
/// is one.
pub(crate) async fn function(
    stack: &Stack,
    function: &str,
    program: &Path,
    tool: &[String],
) -> Result<Function> {
    let mut command = match tool {
        [] => Command::new(program),
        [tool, arguments @ ..] => {
            let mut command = Command::new(tool);
            command.args(arguments).arg(program);
            command
        }
    };
    let settings = functions::settings(stack.clients(), function).await?;
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(settings.variables)
        .envs(stack.access().variables())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
    let log = stack.folder().join(format!("bench-{function}.log"));
    let function = Function::start(command, log, settings.time_limit).await;
    function.with_context(|| format!("{} cannot be measured", program.display()))
}
