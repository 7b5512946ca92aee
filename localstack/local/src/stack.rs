//! One whole local stack: emulator, Spotify and Fermata on it.

mod guest;
mod parts;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use aws_sdk_lambda::primitives::Blob;
use collect::run::Run;
use serde_json::Value;
use tokio::time;

use self::guest::Guest;
use crate::{
    aws::Clients,
    deploy::{self, Deployment, Parameters},
    emulator::{Access, Backend, Emulator, Lifetime},
    functions::Version,
    logs,
    observe::Observer,
    python::{Environment, Requirements},
    spotify::{
        Choice, Spotify,
        fake::{Fake, Settings},
    },
    state::Left,
    template::Template,
    terminal::steps::Steps,
    workspace::Workspace,
};

/// What a stack is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// The emulator.
    pub backend: Backend,
    /// The Spotify.
    pub spotify: Choice,
    /// The operator's limit, in requests per 30 seconds; `None` lets Fermata learn.
    pub rate: Option<u32>,
    /// How many fetchers may run at once; at least 2.
    pub concurrency: u32,
    /// Template parameters that are not covered by the other options.
    pub parameters: Parameters,
    /// The commit whose seeder, fetcher and template are deployed instead of those of the clone.
    pub before: Option<String>,
    /// How long the stack lives.
    pub lifetime: Lifetime,
    /// Where it shows what is being done.
    pub steps: Steps,
}

impl Default for Options {
    /// `MiniStack`, a small generated catalogue and a limit that is not felt; ends with the command.
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            backend: Backend::MiniStack,
            rate: Some(settings.rate),
            spotify: Choice::Fake(settings),
            concurrency: 2,
            parameters: Parameters::new(),
            before: None,
            lifetime: Lifetime::Command,
            steps: Steps::quiet(),
        }
    }
}

/// A stack that is up. Dropping it ends what was started for it; [`Stack::stop`] does so gently.
#[derive(Debug)]
pub struct Stack {
    workspace: Workspace,
    folder: PathBuf,
    template: Template,
    clients: Clients,
    deployment: Deployment,
    emulator: Emulator,
    spotify: Spotify,
    steps: Steps,
    guest: Guest,
}

impl Stack {
    /// Does all the set-up that is missing and deploys Fermata.
    ///
    /// # Errors
    /// Every one says what to do. Nothing that was started is left running.
    pub async fn start(workspace: &Workspace, options: &Options) -> Result<Self> {
        let environment = parts::environment(workspace, options).await?;
        let folder = parts::new_folder(workspace).await?;
        let started = async {
            tokio::try_join!(
                parts::build(workspace, &environment, options),
                parts::emulator(workspace, &folder, options),
                parts::spotify(&folder, options),
            )
        };
        // On the heap: the three together are large.
        let (version, emulator, spotify) = Box::pin(started).await?;
        Self::deploy(workspace, folder, options, version, emulator, spotify).await
    }

    async fn deploy(
        workspace: &Workspace,
        folder: PathBuf,
        options: &Options,
        version: Version,
        emulator: Emulator,
        spotify: Spotify,
    ) -> Result<Self> {
        let step = options.steps.begin("Deploying infra/template.yaml", "about five seconds");
        let clients = Clients::new(emulator.access());
        let credentials = &spotify.credentials;
        let guest = Guest::on(&emulator);
        deploy::store_secret(&clients, &credentials.client_id, &credentials.client_secret).await?;
        let parameters = parts::parameters(options, &spotify);
        let deployment = deploy::deploy(&clients, &version, &parameters).await?;
        step.done("Deployed infra/template.yaml");
        if let Some(limits) = options.backend.limits() {
            options.steps.say(limits);
        }
        let (workspace, steps) = (workspace.clone(), options.steps.clone());
        let template = version.template;
        Ok(Self { workspace, folder, template, clients, deployment, emulator, spotify, steps, guest })
    }

    /// Where it shows what is being done.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Clients for its services.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Names of what was deployed.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The Spotify it asks.
    pub fn spotify(&self) -> &Spotify {
        &self.spotify
    }

    /// Questions to it.
    pub fn observer(&self) -> Observer {
        Observer::new(self.clients.clone(), self.deployment.clone())
    }

    /// Folder of its files; it is on the command lines of its processes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How programs reach its services.
    pub fn access(&self) -> &Access {
        self.emulator.access()
    }

    /// Fails when the emulator has ended.
    pub fn check(&mut self) -> Result<()> {
        self.emulator.check()
    }

    /// Deploys the clone's version over the one before it, with which `options` have started this stack, and
    /// returns it.
    ///
    /// # Errors
    /// Fails if the functions cannot be built, or CloudFormation refuses the update.
    pub async fn upgrade(&mut self, options: &Options) -> Result<Version> {
        let environment = Environment::ensure(&self.workspace, Requirements::Run).await?;
        let now = Options { before: None, ..options.clone() };
        let version = parts::build(&self.workspace, &environment, &now).await?;
        let parameters = parts::parameters(options, &self.spotify);
        self.deployment = deploy::update(&self.clients, &version, &parameters).await?;
        self.template = version.template.clone();
        Ok(version)
    }

    /// Sends the seeder what the schedule for `job` (`collect` or `top-up`) would send now.
    pub async fn schedule(&self, job: &str) -> Result<Value> {
        let now = jiff::Timestamp::now().round(jiff::Unit::Second)?.to_string();
        let event = self.template.schedule_event(job, &now)?;
        self.invoke(&self.deployment.seeder, &event).await
    }

    /// Invokes a function with an event and gives its answer.
    ///
    /// # Errors
    /// The error that the function itself has returned, or the reason why it could not be invoked.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        invoke(&self.clients, function, event).await
    }

    /// Sends a message to the window as it is, whatever it says.
    pub async fn send(&self, body: &str) -> Result<()> {
        let message = self.clients.sqs.send_message().queue_url(&self.deployment.window).message_body(body);
        message.send().await.map(drop).context("the message could not be sent")
    }

    /// Kills the processes of the functions, as a crash of their machine would, and says how many there were.
    ///
    /// # Errors
    /// When the functions do not run as processes of this machine.
    pub async fn kill_functions(&self) -> Result<usize> {
        self.emulator.kill_functions().await
    }

    /// Stops the emulator and starts it again with what it had stored.
    ///
    /// # Errors
    /// When it is not `MiniStack` with the lifetime for it, or does not come back.
    pub async fn restart_emulator(&mut self) -> Result<()> {
        self.emulator.restart().await
    }

    /// Every line that a function has logged.
    pub async fn logs(&self, function: &str) -> Result<Vec<String>> {
        logs::of_function(&self.clients, function).await
    }

    /// Plays the one-minute tick every half second until the run is closed, and gives it.
    ///
    /// # Errors
    /// When a tick fails, no run was opened, or the run is still open after `patience`.
    pub async fn wait_until_closed(&self, patience: Duration) -> Result<Run> {
        let start = Instant::now();
        loop {
            self.schedule("top-up").await?;
            let run = self.observer().run().await?.context("no run was opened")?;
            if !run.is_running() {
                return Ok(run);
            }
            if start.elapsed() > patience {
                bail!("run {} is still open after {} s", run.id, patience.as_secs());
            }
            time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Where everything is, for later commands.
    pub fn left(&self) -> Left {
        Left {
            access: self.emulator.access().clone(),
            emulator_pid: match &self.emulator {
                Emulator::Process(process) => Some(process.pid()),
                _ => None,
            },
            in_docker: matches!(self.emulator, Emulator::Docker(_)),
            fake: self.spotify.controls().cloned(),
            fake_pid: self.spotify.fake.as_ref().and_then(Fake::pid),
            dashboard_pid: None,
            dashboard_url: None,
            deployment: self.deployment.clone(),
            folder: self.folder.clone(),
        }
    }

    /// Lets go of everything, so that it stays when this command ends.
    pub fn leave_running(self) {
        self.guest.forget();
        self.emulator.leave_running();
        if let Some(fake) = self.spotify.fake {
            fake.leave_running();
        }
    }

    /// Ends everything that was started for it. On an emulator that is not ours, Fermata is removed again.
    pub async fn stop(self) -> Result<()> {
        if let Emulator::Foreign(_) = self.emulator {
            deploy::clear(&self.clients).await?;
        }
        self.guest.forget();
        self.emulator.stop().await?;
        drop(self.spotify);
        let _ = std::fs::remove_dir_all(&self.folder);
        Ok(())
    }
}

/// Invokes a function with an event and gives its answer.
///
/// # Errors
/// The error that the function itself has returned, or the reason why it could not be invoked.
pub async fn invoke(clients: &Clients, function: &str, event: &Value) -> Result<Value> {
    let answer = clients
        .lambda
        .invoke()
        .function_name(function)
        .payload(Blob::new(event.to_string()))
        .send()
        .await
        .with_context(|| format!("the function {function} cannot be invoked"))?;
    let payload = answer.payload().map(|blob| String::from_utf8_lossy(blob.as_ref()).into_owned());
    let payload = payload.unwrap_or_default();
    if answer.function_error().is_some() {
        let message = serde_json::from_str::<Value>(&payload).ok();
        let message = message.as_ref().and_then(|error| error["errorMessage"].as_str());
        bail!("the function {function} failed: {}", message.unwrap_or(&payload));
    }
    if payload.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&payload).with_context(|| format!("the function {function} answered {payload}"))
}
