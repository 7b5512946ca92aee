//! `MiniStack` as a process of its own group.

use std::{
    fs::{self, OpenOptions},
    net::TcpListener,
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
    process::{end_group, kill, kill_group, last_lines, running, terminate},
    python::Environment,
    running::{Lifetime, answers_once},
    workspace::create_dir,
};

const WRAPPER: &str = include_str!("with_parent.py");
const PATIENCE: Duration = Duration::from_mins(1);
const ATTEMPTS: u32 = 3;

/// A running emulator. Dropping it kills its group.
#[derive(Debug)]
pub struct MiniStack {
    child: Child,
    pid: u32,
    program: Program,
    port: u16,
    endpoint: String,
    log: PathBuf,
    stays: bool,
}

/// What it takes to start one.
#[derive(Clone, Debug)]
struct Program {
    python: PathBuf,
    folder: PathBuf,
    lifetime: Lifetime,
}

impl MiniStack {
    /// Starts one on a free port of 127.0.0.1, with all its files below `folder`, and waits until it answers.
    pub async fn start(environment: &Environment, folder: &Path, lifetime: Lifetime) -> Result<Self> {
        let program = Program { python: environment.python(), folder: folder.to_owned(), lifetime };
        let mut attempt = 1;
        loop {
            let mut emulator = Self::spawn(program.clone(), free_port()?)?;
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

    fn spawn(program: Program, port: u16) -> Result<Self> {
        let Program { python, folder, lifetime } = &program;
        let endpoint = format!("http://127.0.0.1:{port}");
        let log = folder.join("emulator.log");
        let output = OpenOptions::new().create(true).append(true).open(&log);
        let output = output.with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(python);
        command.args(["-c", WRAPPER]).arg(folder);
        if *lifetime == Lifetime::Background {
            command.stdin(Stdio::null());
        } else {
            command.arg("--follow-parent").stdin(Stdio::piped());
        }
        let keeps_state = if *lifetime == Lifetime::CommandWithRestarts { "1" } else { "0" };
        let child = surroundings(&mut command, folder, port, &endpoint)?
            .env("PERSIST_STATE", keeps_state)
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} does not start", python.display()))?;
        let pid = child.id().context("MiniStack ended at once")?;
        Ok(Self { child, pid, program, port, endpoint, log, stays: false })
    }

    /// Stops it and starts it again at the same address with what it had stored. It writes that down when it is asked to
    /// end; the functions are killed in the middle of what they do.
    pub async fn restart(&mut self) -> Result<()> {
        if self.program.lifetime != Lifetime::CommandWithRestarts {
            bail!("this MiniStack was not started to keep its state");
        }
        // Waiting would close it first, which is the sign that this command is gone.
        let input = self.child.stdin.take();
        terminate(self.pid);
        let ended = time::timeout(PATIENCE, self.child.wait()).await;
        kill_group(self.pid);
        drop(input);
        ended.context("MiniStack does not end when it is asked to")??;
        *self = Self::spawn(self.program.clone(), self.port)?;
        self.wait().await
    }

    async fn wait(&mut self) -> Result<()> {
        let health = format!("{}/_ministack/health", self.endpoint);
        let deadline = time::Instant::now() + PATIENCE;
        while !answers_once(&health).await {
            self.check()?;
            if time::Instant::now() > deadline {
                bail!("MiniStack did not answer within {} s; see {}", PATIENCE.as_secs(), self.log.display());
            }
            time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Base address of every AWS service.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
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
            "MiniStack has ended ({status}); the end of its log, {}, says why. If it was not ended from outside, \
             remove the folder `venv` beside the logs and run the command again:\n{}",
            self.log.display(),
            last_lines(&log, 15)
        )
    }

    /// Kills the processes of the functions, as a crash of their machine would, and says how many there were.
    pub async fn kill_functions(&self) -> Result<usize> {
        let leader = i32::try_from(self.pid)?;
        let functions: Vec<i32> = running()
            .await?
            .into_iter()
            .filter(|program| program.group == leader && program.pid != leader)
            .map(|program| program.pid)
            .collect();
        functions.iter().copied().for_each(kill);
        Ok(functions.len())
    }

    /// Lets go of it, so that it stays when this command ends. It must have been started for the background.
    pub fn leave_running(mut self) {
        self.stays = true;
    }

    /// Ends it with all its function processes.
    pub async fn stop(mut self) {
        tokio::join!(end_group(self.pid), async {
            let _ = self.child.wait().await;
        });
    }
}

impl Drop for MiniStack {
    fn drop(&mut self) {
        // After `stop` the process has been waited for and its id may be somebody else's.
        if !self.stays && self.child.id().is_some() {
            kill_group(self.pid);
        }
    }
}

/// What the emulator and its functions see of this machine: nothing but a path, a home and their own settings. In
/// particular no credentials.
fn surroundings<'a>(
    command: &'a mut Command,
    folder: &Path,
    port: u16,
    endpoint: &str,
) -> Result<&'a mut Command> {
    let sub_folder = |name: &str| create_dir(&folder.join(name)).map(|()| folder.join(name));
    command.env_clear();
    // The last three are for asking the real Spotify from behind a proxy.
    for name in ["PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    Ok(command
        .current_dir(folder)
        .env("TMPDIR", sub_folder("tmp")?)
        .env("STATE_DIR", sub_folder("state")?)
        .env("S3_DATA_DIR", sub_folder("s3")?)
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        // Where the functions find the services.
        .env("AWS_ENDPOINT_URL", endpoint)
        // Two services that would listen on fixed ports.
        .env("SFTP_ENABLED", "0")
        .env("IOT_MTLS_ENABLED", "0")
        // A container engine is not needed and must not be touched.
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .env("PYTHONUNBUFFERED", "1"))
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
