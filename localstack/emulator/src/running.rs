//! Which emulators there are, and one of them that runs.

use std::{net::IpAddr, path::Path, time::Duration};

use anyhow::{Result, bail};
use tokio::time;

use crate::{compose, http::probe, ministack::MiniStack, python::Environment, workspace::Workspace};

/// Where an emulator runs functions, which they have to be built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// As plain programs beside this one: built with this machine's own linker.
    ThisMachine,
    /// In Lambda's Linux image on the same processor: built by cargo-lambda's zig, against the image's older glibc.
    Container,
}

/// Which emulator is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// MiniStack from the virtual environment, on a free port; functions run as plain processes.
    MiniStack,
    /// LocalStack by `docker compose`, on port 4566; functions run in containers.
    LocalStack,
    /// Whatever listens at this address.
    Endpoint(String),
}

impl Backend {
    /// What the functions have to be built for.
    pub fn target(&self) -> Target {
        match self {
            Self::MiniStack => Target::ThisMachine,
            Self::LocalStack | Self::Endpoint(_) => Target::Container,
        }
    }

    /// Whether a stack that is left running needs somebody to play its one-minute schedule: `LocalStack` stores
    /// Scheduler schedules and does not fire them, `MiniStack` does.
    pub fn fires_schedules(&self) -> bool {
        matches!(self, Self::MiniStack)
    }
}

/// How long something that is started lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It ends with this command, however this command ends.
    Command,
    /// The same, and it keeps its state when it is stopped and started again meanwhile.
    CommandWithRestarts,
    /// It stays until `cargo local down`.
    Background,
}

/// A running emulator.
#[derive(Debug)]
pub enum Emulator {
    /// Ours, to be ended.
    MiniStack(Box<MiniStack>),
    /// Ours, through Docker.
    LocalStack,
    /// Somebody else's.
    Foreign(String),
}

impl Emulator {
    /// Starts what is wanted and waits until it answers.
    ///
    /// # Errors
    /// Each says what to do: the port is taken, Docker is missing, the emulator ended (with the end of its log), or
    /// nothing answers at the given address.
    pub async fn start(
        backend: &Backend,
        workspace: &Workspace,
        environment: &Environment,
        folder: &Path,
        lifetime: Lifetime,
    ) -> Result<Self> {
        match backend {
            Backend::MiniStack => {
                let process = MiniStack::start(environment, folder, lifetime).await?;
                Ok(Self::MiniStack(Box::new(process)))
            }
            Backend::LocalStack => {
                compose::start(workspace).await?;
                Ok(Self::LocalStack)
            }
            Backend::Endpoint(url) => {
                if !answers(&format!("{url}/_localstack/health"), Duration::from_secs(10)).await {
                    bail!("no emulator answers at {url}; start it first, or leave --endpoint out");
                }
                Ok(Self::Foreign(url.clone()))
            }
        }
    }

    /// Base address of every AWS service.
    pub fn endpoint(&self) -> &str {
        match self {
            Self::MiniStack(process) => process.endpoint(),
            Self::LocalStack => compose::ENDPOINT,
            Self::Foreign(url) => url,
        }
    }

    /// Fails, with the end of its log, when an emulator that we started has ended.
    pub fn check(&mut self) -> Result<()> {
        match self {
            Self::MiniStack(process) => process.check(),
            Self::LocalStack | Self::Foreign(_) => Ok(()),
        }
    }

    /// Stops it and starts it again with what it had stored; whatever it was doing is cut off.
    ///
    /// # Errors
    /// When it is none of ours, was not started to be restarted, or does not come back.
    pub async fn restart(&mut self) -> Result<()> {
        match self {
            Self::MiniStack(process) => process.restart().await,
            _ => bail!("only MiniStack can be stopped and started again with its state"),
        }
    }

    /// Lets go of it, so that it stays when this command ends.
    pub fn leave_running(self) {
        if let Self::MiniStack(process) = self {
            process.leave_running();
        }
    }

    /// Ends what was started here; a foreign emulator goes on.
    pub async fn stop(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::MiniStack(process) => process.stop().await,
            Self::LocalStack => compose::stop(workspace).await?,
            Self::Foreign(_) => {}
        }
        Ok(())
    }
}

/// Asks `url` again and again until it answers with success; false when that takes longer than `patience`.
pub(crate) async fn answers(url: &str, patience: Duration) -> bool {
    let deadline = time::Instant::now() + patience;
    while time::Instant::now() < deadline {
        if answers_once(url).await {
            return true;
        }
        time::sleep(Duration::from_millis(100)).await;
    }
    false
}

pub(crate) async fn answers_once(url: &str) -> bool {
    probe(url).await == Some(true)
}

/// The address under which containers reach this machine.
pub async fn bridge() -> Result<IpAddr> {
    compose::bridge().await
}

/// Stops the LocalStack that an earlier command has left running.
pub async fn stop_localstack(workspace: &Workspace) -> Result<()> {
    compose::stop(workspace).await
}
