//! One whole local stack: emulator, Spotify and Fermata on it.

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
    stored: Stored,
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
        let result = match Box::pin(started).await {
            Ok((version, emulator, spotify)) => {
                Self::deploy(workspace, folder, options, version, emulator, spotify).await
            }
            Err(error) => Err(error),
        };
        if result.is_err() && options.backend == Backend::LocalStackInDocker {
            // A container, unlike a process, does not end with the value that stands for it.
            let _ = emulator::stop_docker(workspace).await;
        }
        result
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
        let stored = Stored::on(&emulator);
        deploy::store_secret(&clients, &credentials.client_id, &credentials.client_secret).await?;
        let parameters = parts::parameters(options, &spotify);
        let deployment = deploy::deploy(&clients, &version, &parameters).await?;
        step.done("Deployed infra/template.yaml");
        if let Some(limits) = options.backend.limits() {
            options.steps.say(limits);
        }
        let (workspace, steps) = (workspace.clone(), options.steps.clone());
        let template = version.template;
        Ok(Self { workspace, folder, template, clients, deployment, emulator, spotify, steps, stored })
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

    /// Writes down where everything is and lets go of it, so that it stays when this command ends.
    pub fn leave_running(mut self) -> Result<Left> {
        let left = Left {
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
            deployment: self.deployment,
            folder: self.folder,
        };
        left.save(&self.workspace)?;
        self.stored.forget();
        self.emulator.leave_running();
        if let Some(fake) = self.spotify.fake {
            fake.leave_running();
        }
        Ok(left)
    }

    /// Ends everything that was started for it. On an emulator that is not ours, Fermata is removed again.
    pub async fn stop(mut self) -> Result<()> {
        if let Emulator::Foreign(_) = self.emulator {
            deploy::clear(&self.clients).await?;
        }
        self.stored.forget();
        self.emulator.stop(&self.workspace).await?;
        drop(self.spotify);
        let _ = std::fs::remove_dir_all(&self.folder);
        Ok(())
    }
}

/// The Spotify credentials on an emulator that does not end with this command. Dropping it takes them away,
/// so that they do not stay when the command is stopped or fails.
#[derive(Debug)]
struct Stored(Option<Access>);

impl Stored {
    /// How long a command may take to end for this.
    const PATIENCE: Duration = Duration::from_secs(5);

    fn on(emulator: &Emulator) -> Self {
        match emulator {
            Emulator::Process(_) => Self(None),
            Emulator::Docker(access) | Emulator::Foreign(access) => Self(Some(access.clone())),
        }
    }

    /// They stay, or were taken away already.
    fn forget(&mut self) {
        self.0 = None;
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let Some(access) = self.0.take() else { return };
        // What is being dropped cannot wait for its own runtime.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                time::timeout(Self::PATIENCE, deploy::remove_secret(&Clients::new(&access))).await?
            })
        });
        if !removal.join().is_ok_and(|removed: Result<()>| removed.is_ok()) {
            note!("The emulator does not answer; the Spotify credentials may still be on it.");
        }
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
