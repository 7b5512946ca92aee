//! The dashboard of a deployed Fermata: the API's own router, served on this machine with the operator's
//! credentials.

use std::{collections::BTreeMap, io::ErrorKind, process::Stdio};

use anyhow::{Context, Result, bail};
use api::{CursorKey, config::Places};
use cloud::config::Env;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
    task::JoinHandle,
};

use crate::{aws::Clients, deploy::Deployment, functions, state::Left};

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

/// Starts this program again as the dashboard of the stack that was left running, and notes its process and
/// address in `left`.
///
/// # Errors
/// Fails if it does not start; its log says why.
pub async fn beside(left: &mut Left) -> Result<()> {
    let log = left.folder.join(LOG);
    let mut child = Command::new(std::env::current_exe().context("cannot find this program's own file")?)
        .args(["dashboard", "--of"])
        .arg(&left.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log)?)
        .process_group(0)
        .spawn()
        .context("cannot start the dashboard")?;
    let output = child.stdout.take().context("the dashboard has no standard output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).await?;
    if line.is_empty() {
        let log = std::fs::read_to_string(log).unwrap_or_default();
        bail!("the dashboard did not start: {}", log.trim());
    }
    left.dashboard_pid = child.id();
    left.dashboard_url = Some(line.trim().to_owned());
    Ok(())
}
