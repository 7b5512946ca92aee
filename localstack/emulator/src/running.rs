//! Which emulators there are, and one of them that runs.

use std::{net::IpAddr, path::Path, time::Duration};

use anyhow::{Result, bail};
use tokio::time;

use crate::{
    access::Access,
    compose::{self, Container},
    http::probe,
    python::{Environment, Requirements},
    server::Server,
    workspace::Workspace,
};

/// Where an emulator runs functions, which they have to be built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// As plain programs beside this one: built with this machine's own linker.
    ThisMachine,
    /// In Lambda's Linux image on the same processor: built by cargo-lambda's zig, against the image's older
    /// glibc.
    Container,
}

/// Which emulator is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// `MiniStack` from its virtual environment, on a free port; functions run as plain processes.
    MiniStack,
    /// Genuine `LocalStack` from a virtual environment of its own, in the same way.
    LocalStack,
    /// `LocalStack` by `docker compose`, on port 4566; functions run in containers.
    LocalStackInDocker,
    /// Whatever listens at this address.
    Endpoint(String),
}

impl Backend {
    /// What the functions have to be built for.
    pub fn target(&self) -> Target {
        match self {
            Self::MiniStack | Self::LocalStack => Target::ThisMachine,
            Self::LocalStackInDocker | Self::Endpoint(_) => Target::Container,
        }
    }

    /// The Python packages that it is made of; none where it is not started by Python.
    pub fn requirements(&self) -> Option<Requirements> {
        match self {
            Self::MiniStack => Some(Requirements::Run),
            Self::LocalStack => Some(Requirements::LocalStack),
            Self::LocalStackInDocker | Self::Endpoint(_) => None,
        }
    }

    /// What it cannot do that `MiniStack` can, as a sentence for people.
    pub fn limits(&self) -> Option<&'static str> {
        match self {
            Self::LocalStack | Self::LocalStackInDocker => Some(
                "LocalStack has no HTTP APIs (the function `api` can be invoked, but has no address), does not fire \
                 schedules (`cargo local seed` plays them), and works on one batch of messages at a time.",
            ),
            Self::MiniStack | Self::Endpoint(_) => None,
        }
    }

    /// Whether it plays the one-minute schedule itself: `LocalStack` stores Scheduler schedules and does not
    /// fire them, `MiniStack` does.
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

/// A running emulator. Dropping it ends what was started here.
#[derive(Debug)]
pub enum Emulator {
    /// A process of this command.
    Process(Box<Server>),
    /// `LocalStack` in a container of this command.
    Docker(Container),
    /// Somebody else's.
    Foreign(Access),
}

impl Emulator {
    /// Starts what is wanted, with all its files below `folder`, and waits until it answers.
    ///
    /// # Errors
    /// Each says what to do: Python is missing, the port is taken, Docker is missing, the emulator ended
    /// (with the end of its log), or nothing answers at the given address.
    pub async fn start(
        backend: &Backend,
        workspace: &Workspace,
        folder: &Path,
        lifetime: Lifetime,
    ) -> Result<Self> {
        let environment = match backend.requirements() {
            Some(requirements) => Some(Environment::ensure(workspace, requirements).await?),
            None => None,
        };
        let process = match (backend, environment) {
            (Backend::LocalStack, Some(environment)) => {
                Server::localstack(&environment, folder, lifetime).await?
            }
            (_, Some(environment)) => Server::ministack(&environment, folder, lifetime).await?,
            (Backend::Endpoint(url), None) => return Self::find(url).await,
            (_, None) => return Ok(Self::Docker(compose::start(workspace).await?)),
        };
        Ok(Self::Process(Box::new(process)))
    }

    async fn find(url: &str) -> Result<Self> {
        if !answers(&format!("{url}/_localstack/health"), Duration::from_secs(10)).await {
            bail!("no emulator answers at {url}; start it first, or leave --endpoint out");
        }
        Ok(Self::Foreign(Access::to(url)))
    }

    /// How programs reach it.
    pub fn access(&self) -> &Access {
        match self {
            Self::Process(process) => process.access(),
            Self::Docker(container) => container.access(),
            Self::Foreign(access) => access,
        }
    }

    /// Fails, with the end of its log, when an emulator that we started has ended.
    pub fn check(&mut self) -> Result<()> {
        match self {
            Self::Process(process) => process.check(),
            Self::Docker(_) | Self::Foreign(_) => Ok(()),
        }
    }

    /// Stops it and starts it again with what it had stored; whatever it was doing is cut off.
    ///
    /// # Errors
    /// When it is none of ours, was not started to be restarted, or does not come back.
    pub async fn restart(&mut self) -> Result<()> {
        match self {
            Self::Process(process) => process.restart().await,
            Self::Docker(_) | Self::Foreign(_) => {
                bail!("only MiniStack can be stopped and started again with its state")
            }
        }
    }

    /// Kills the processes of the functions, as a crash of their machine would, and says how many there were.
    ///
    /// # Errors
    /// When the functions do not run as processes of this machine.
    pub async fn kill_functions(&self) -> Result<usize> {
        match self {
            Self::Process(process) => process.kill_functions().await,
            Self::Docker(_) | Self::Foreign(_) => {
                bail!("the functions of this emulator are no processes of this machine")
            }
        }
    }

    /// Lets go of it, so that it stays when this command ends.
    pub fn leave_running(self) {
        match self {
            Self::Process(process) => process.leave_running(),
            Self::Docker(container) => container.leave_running(),
            Self::Foreign(_) => {}
        }
    }

    /// Ends what was started here; a foreign emulator goes on.
    pub async fn stop(self) -> Result<()> {
        match self {
            Self::Process(process) => process.stop().await,
            Self::Docker(container) => container.stop().await?,
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

/// Stops the `LocalStack` in a container that an earlier command has left running.
pub async fn stop_docker(workspace: &Workspace) -> Result<()> {
    compose::stop(workspace).await
}
