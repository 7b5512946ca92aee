//! An emulator as a process of its own group.

use std::{
    fs::{self, OpenOptions},
    net::TcpListener,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    process::{Child, Command},
    time,
};

use crate::{
    access::Access,
    localstack, ministack,
    process::{kill, kill_group, last_lines, running, terminate},
    python::Environment,
    running::{Lifetime, answers_once},
};

/// LocalStack takes four seconds on an idle machine, and a minute on one that is building.
const PATIENCE: Duration = Duration::from_mins(3);
const ATTEMPTS: u32 = 3;

/// Variables of its environment.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// A kind of emulator: how it is started, and how it is found to be up.
#[derive(Debug)]
pub(crate) struct Kind {
    /// For people.
    pub(crate) name: &'static str,
    /// The Python module that runs it.
    pub(crate) module: &'static str,
    /// Path that answers as soon as it is up.
    pub(crate) health: &'static str,
    /// Whether it can write down its state, and read it when it starts.
    pub(crate) keeps_state: bool,
    /// Its environment variables.
    pub(crate) variables: fn(&Place<'_>) -> Result<Variables>,
}

/// Where an emulator runs.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// Folder of all its files.
    pub(crate) folder: &'a Path,
    /// Port on 127.0.0.1.
    pub(crate) port: u16,
    /// Base address of every service.
    pub(crate) endpoint: &'a str,
    /// Whether it keeps its state when it is stopped and started again.
    pub(crate) keeps_state: bool,
}

/// A running emulator. Dropping it kills its group.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pid: u32,
    program: Program,
    port: u16,
    access: Access,
    log: PathBuf,
    stays: bool,
}

/// What it takes to start one.
#[derive(Clone, Debug)]
struct Program {
    kind: &'static Kind,
    python: PathBuf,
    folder: PathBuf,
    lifetime: Lifetime,
}

impl Server {
    /// Starts `MiniStack` on a free port of 127.0.0.1, with all its files below `folder`, and waits until it
    /// answers.
    pub async fn ministack(environment: &Environment, folder: &Path, lifetime: Lifetime) -> Result<Self> {
        Self::start(&ministack::KIND, environment, folder, lifetime).await
    }

    /// Starts `LocalStack` in the same way.
    pub async fn localstack(environment: &Environment, folder: &Path, lifetime: Lifetime) -> Result<Self> {
        Self::start(&localstack::KIND, environment, folder, lifetime).await
    }

    async fn start(
        kind: &'static Kind,
        environment: &Environment,
        folder: &Path,
        lifetime: Lifetime,
    ) -> Result<Self> {
        let program = Program { kind, python: environment.python(), folder: folder.to_owned(), lifetime };
        let mut attempt = 1;
        loop {
            let port = free_port()?;
            let access = Access::with_new_secret(&format!("http://127.0.0.1:{port}"))?;
            let mut emulator = Self::spawn(program.clone(), port, access)?;
            match emulator.wait().await {
                Ok(()) => return Ok(emulator),
                // Between finding a free port and listening on it another program can have taken it.
                Err(error) if attempt < ATTEMPTS && error.to_string().contains("in use") => attempt += 1,
                Err(error) => {
                    emulator.stop().await;
                    return Err(error);
                }
            }
        }
    }

    fn spawn(program: Program, port: u16, access: Access) -> Result<Self> {
        let Program { kind, python, folder, lifetime } = &program;
        let log = folder.join("emulator.log");
        let output = OpenOptions::new().create(true).append(true).mode(0o600).open(&log);
        let output = output.with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(python);
        command.args(["-m", kind.module]).arg(folder);
        if *lifetime == Lifetime::Background {
            command.stdin(Stdio::null());
        } else {
            command.arg("--follow-parent").stdin(Stdio::piped());
        }
        let place = Place { folder, port, endpoint: access.endpoint(), keeps_state: program.keeps_state() };
        let child = surroundings(&mut command)
            .current_dir(folder)
            .envs((kind.variables)(&place)?)
            .envs(access.variables())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} does not start", python.display()))?;
        let pid = child.id().with_context(|| format!("{} ended at once", kind.name))?;
        Ok(Self { child, pid, program, port, access, log, stays: false })
    }

    /// Stops it and starts it again at the same address with what it had stored. It writes that down when it
    /// is asked to end; the functions are killed in the middle of what they do.
    pub async fn restart(&mut self) -> Result<()> {
        if !self.program.keeps_state() {
            bail!("this emulator does not keep its state");
        }
        // Waiting would close it first, which is the sign that this command is gone.
        let input = self.child.stdin.take();
        terminate(self.pid);
        let ended = time::timeout(PATIENCE, self.child.wait()).await;
        kill_group(self.pid);
        drop(input);
        ended.context("the emulator does not end when it is asked to")??;
        *self = Self::spawn(self.program.clone(), self.port, self.access.clone())?;
        self.wait().await
    }

    async fn wait(&mut self) -> Result<()> {
        let Kind { name, health, .. } = self.program.kind;
        let health = format!("{}{health}", self.access.endpoint());
        let deadline = time::Instant::now() + PATIENCE;
        while !answers_once(&health).await {
            self.check()?;
            if time::Instant::now() > deadline {
                bail!("{name} did not answer within {} s; see {}", PATIENCE.as_secs(), self.log.display());
            }
            time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// How programs reach it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Its process id, which is also the id of its group.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Fails, with the end of its log, when the process has ended.
    pub fn check(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        bail!(
            "{} has ended ({status}); the end of its log, {}, says why. If it was not ended from outside, remove {} and \
             run the command again:\n{}",
            self.program.kind.name,
            self.log.display(),
            self.program.environment().display(),
            last_lines(&log, 15)
        )
    }

    /// Kills the processes of the functions, as a crash of their machine would, and says how many there were.
    pub async fn kill_functions(&self) -> Result<usize> {
        let leader = i32::try_from(self.pid)?;
        let functions: Vec<i32> = running()
            .await?
            .into_iter()
            .filter(|program| program.group == leader && program.command.ends_with("/bootstrap"))
            .map(|program| program.pid)
            .collect();
        functions.iter().copied().for_each(kill);
        Ok(functions.len())
    }

    /// Lets go of it, so that it stays when this command ends. It must have been started for the background.
    pub fn leave_running(mut self) {
        self.stays = true;
    }

    /// Ends it with all its function processes, at once: nothing that it could still write down is kept.
    pub async fn stop(mut self) {
        kill_group(self.pid);
        let _ = self.child.wait().await;
    }
}

/// What the emulator and its functions see of this machine: a path, a home and how to reach the outside. In
/// particular no credentials, and no container engine, which is not needed and must not be touched.
fn surroundings(command: &mut Command) -> &mut Command {
    command.env_clear();
    // The last ones are for asking the real Spotify from behind a proxy.
    for name in [
        "PATH",
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
    ] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock").env("PYTHONUNBUFFERED", "1")
}

impl Program {
    fn keeps_state(&self) -> bool {
        self.kind.keeps_state && self.lifetime == Lifetime::CommandWithRestarts
    }

    /// The virtual environment that the Python is of.
    fn environment(&self) -> &Path {
        self.python.ancestors().nth(2).unwrap_or(&self.python)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` the process has been waited for and its id may be somebody else's.
        if !self.stays && self.child.id().is_some() {
            kill_group(self.pid);
        }
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
