//! What is remembered of a stack that stays, so that later commands find it again.

use std::{
    fs::{self, File},
    path::PathBuf,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    aws::Clients,
    cli::program,
    deploy::{self, Deployment},
    emulator::{self, Access},
    http,
    observe::Observer,
    process::{end_group, is_ours},
    spotify::Controls,
    workspace::{Workspace, write_private},
};

/// The name of the local stack. `FERMATA_LOCAL_STACK` sets it, so that several can run side by side.
///
/// # Errors
/// When it cannot be part of a file's name.
pub fn name() -> Result<String> {
    let name = std::env::var("FERMATA_LOCAL_STACK").unwrap_or_else(|_| "stack".to_owned());
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    ensure!(
        !name.is_empty() && name.chars().all(allowed),
        "FERMATA_LOCAL_STACK is {name:?}; a stack's name has letters, digits and hyphens"
    );
    Ok(name)
}

/// Claims the name of the local stack for this command, until the file is dropped.
///
/// # Errors
/// When another command is about to leave a stack of this name running.
pub fn claim(workspace: &Workspace) -> Result<File> {
    let name = name()?;
    workspace.try_lock(&format!("stack-{name}"))?.with_context(|| {
        format!(
            "another command is starting the local stack `{name}`; wait for it, or set FERMATA_LOCAL_STACK to another name"
        )
    })
}

/// A stack that was left running.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Left {
    /// Folder of its files; it is on the command lines of its processes, by which they are known.
    pub folder: PathBuf,
    /// How programs reach the services.
    pub access: Access,
    /// Process of the emulator, when it is one.
    pub emulator_pid: Option<u32>,
    /// Whether the emulator is LocalStack in a container.
    pub in_docker: bool,
    /// Controls of the stand-in, when there is one.
    #[serde(default)]
    pub fake: Option<Controls>,
    /// Process of the stand-in, when it was started with the stack.
    pub fake_pid: Option<u32>,
    /// Process of the dashboard, if it has started.
    #[serde(default)]
    pub dashboard_pid: Option<u32>,
    /// Address of the dashboard.
    #[serde(default)]
    pub dashboard_url: Option<String>,
    /// Names of what was deployed.
    pub deployment: Deployment,
}

/// What is written down of a stack that may still be ended. Dropping it takes that back.
#[derive(Debug)]
pub struct Draft {
    /// Where everything is.
    pub left: Left,
    path: PathBuf,
    is_kept: bool,
}

impl Draft {
    /// The stack stays.
    pub fn keep(mut self) -> Left {
        self.is_kept = true;
        self.left.clone()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_kept {
            // Later commands recognise a stack whose emulator has ended.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Left {
    fn path(workspace: &Workspace) -> Result<PathBuf> {
        Ok(workspace.home().join(format!("{}.json", name()?)))
    }

    /// Writes it down.
    pub fn save(&self, workspace: &Workspace) -> Result<()> {
        let path = Self::path(workspace)?;
        write_private(&path, &serde_json::to_vec_pretty(self)?)
    }

    /// Writes it down as that of a stack that may still be ended.
    pub fn draft(self, workspace: &Workspace) -> Result<Draft> {
        let path = Self::path(workspace)?;
        self.save(workspace)?;
        Ok(Draft { left: self, path, is_kept: false })
    }

    /// The stack that was left running; `None` when there is none any more.
    pub fn find(workspace: &Workspace) -> Result<Option<Self>> {
        let path = Self::path(workspace)?;
        let Ok(text) = fs::read(&path) else { return Ok(None) };
        let left: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; remove it and run the command again", path.display()))?;
        Ok(Some(left))
    }

    /// The running stack.
    ///
    /// # Errors
    /// When none was left running, or it has died since.
    pub async fn require(workspace: &Workspace) -> Result<Self> {
        let Some(left) = Self::find(workspace)? else {
            bail!("no local stack is running; start one with `{} up`", program())
        };
        if let Some(pid) = left.emulator_pid
            && !is_ours(pid, &left.mark()).await
        {
            bail!(
                "the emulator of the local stack has ended; {} says why. Run `{program} down`, then `{program} up`",
                left.folder.join("emulator.log").display(),
                program = program()
            );
        }
        Ok(left)
    }

    /// Ends the stack, whatever of it still runs.
    pub async fn end(&self, workspace: &Workspace) -> Result<()> {
        for pid in [self.dashboard_pid, self.emulator_pid, self.fake_pid].into_iter().flatten() {
            if is_ours(pid, &self.mark()).await {
                end_group(pid).await;
            }
        }
        if self.in_docker {
            emulator::stop_docker(workspace).await?;
        } else if self.emulator_pid.is_none() && http::probe(self.endpoint()).await.is_some() {
            // Nothing of it may stay on an emulator that goes on. One that has ended keeps nothing.
            deploy::clear(&self.clients()).await?;
        }
        // Nothing of it is needed any more, and the next stack has a folder of its own.
        let _ = fs::remove_dir_all(&self.folder);
        fs::remove_file(Self::path(workspace)?).context("the stack's file cannot be removed")
    }

    /// What is on the command line of each of its processes.
    fn mark(&self) -> String {
        self.folder.display().to_string()
    }

    /// Base address of its services.
    pub fn endpoint(&self) -> &str {
        self.access.endpoint()
    }

    /// Clients for its services.
    pub fn clients(&self) -> Clients {
        Clients::new(&self.access)
    }

    /// Questions to it.
    pub fn observer(&self) -> Observer {
        Observer::new(self.clients(), self.deployment.clone())
    }
}
