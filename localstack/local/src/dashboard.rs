//! The dashboard of a deployed Fermata: the API's own router, served on this machine with the operator's
//! credentials.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use api::{CursorKey, config::Places};
use cloud::config::Env;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    task::JoinHandle,
};

use crate::{aws::Clients, deploy::Deployment, functions};

/// The port of the dashboard, if it is free: a page that is open finds the dashboard of the next command.
const PORT: u16 = 8484;

/// The log of a dashboard in its own process.
const LOG: &str = "dashboard.log";

/// A dashboard that is served by this process. Dropping it ends it.
#[derive(Debug)]
pub struct Dashboard {
    url: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl Dashboard {
    /// Serves the dashboard of a deployment on 127.0.0.1: on `port`, or else on the usual port or a free one.
    ///
    /// # Errors
    /// Fails if the port is taken.
    pub async fn start(clients: &Clients, deployment: &Deployment, port: Option<u16>) -> Result<Self> {
        let listener = listen(port).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let mut settings = settings(clients, deployment).await;
        let places = Places {
            artists: deployment.artists.clone(),
            tracks: deployment.tracks.clone().unwrap_or_default(),
            search: deployment.search.clone(),
            terms: deployment.terms.clone(),
            control: deployment.control.clone(),
            window: deployment.window.clone(),
            dead_letters: deployment.dead_letters.clone(),
            bucket: deployment.bucket.clone().unwrap_or_default(),
            users: deployment.users.clone(),
            retention: settings.retention(),
        };
        let sources = places.sources(&clients.dynamodb, &clients.sqs, clients.s3.clone());
        // A cursor of this server may be used with the next one of the same deployment.
        let router = api::router(sources, CursorKey::new(&deployment.control), settings.patience());
        Ok(Self { url, server: tokio::spawn(api::serve::serve(listener, router)) })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the server fails.
    pub async fn serve(mut self) -> Result<()> {
        (&mut self.server).await?.context("the dashboard's server has failed")
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The settings that the seeder was deployed with. Whoever may read the tables need not be allowed to see
/// them.
async fn settings(clients: &Clients, deployment: &Deployment) -> Env {
    let variables = functions::variables(clients, &deployment.seeder).await.unwrap_or_else(|error| {
        note!(
            "The dashboard takes the defaults of RetentionDays, OverdueDays and PartialPercent: what was \
             deployed cannot be read: {error:#}"
        );
        BTreeMap::new()
    });
    Env::of(move |name| variables.get(name).cloned())
}

async fn listen(port: Option<u16>) -> Result<TcpListener> {
    let bind = async |port| TcpListener::bind(("127.0.0.1", port)).await;
    match (port, bind(port.unwrap_or(PORT)).await) {
        (None, Err(error)) if error.kind() == ErrorKind::AddrInUse => {
            bind(0).await.context("no port of 127.0.0.1 is free for the dashboard")
        }
        (_, listener) => listener
            .with_context(|| format!("the dashboard cannot use port {} of 127.0.0.1", port.unwrap_or(PORT))),
    }
}

/// A dashboard in its own process. Dropping it ends it.
#[derive(Debug)]
pub struct Beside {
    child: Child,
    log: PathBuf,
    stays: bool,
}

impl Beside {
    /// Starts this program again as the dashboard of the stack that is written down, whose files are in
    /// `folder`.
    ///
    /// # Errors
    /// Fails if it does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let log = folder.join(LOG);
        let child = Command::new(std::env::current_exe().context("cannot find this program's own file")?)
            .args(["dashboard", "--of"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .process_group(0)
            .spawn()
            .context("cannot start the dashboard")?;
        Ok(Self { child, log, stays: false })
    }

    /// Its process; `None` once it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it serves, and returns its address.
    ///
    /// # Errors
    /// Fails if it ends before that; its log says why.
    pub async fn url(&mut self) -> Result<String> {
        let output = self.child.stdout.take().context("the dashboard has no standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        if line.is_empty() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            bail!("the dashboard did not start: {}", log.trim());
        }
        Ok(line.trim().to_owned())
    }

    /// Lets go of it, so that it stays when this command ends.
    pub fn leave_running(mut self) {
        self.stays = true;
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.stays {
            // Gone already is what was wanted.
            let _ = self.child.start_kill();
        }
    }
}
