//! The stand-in Spotify: in this process, or in its own process if it has to outlive the command.

use std::{
    io::{Write, stdout},
    net::IpAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use fake_spotify::{
    AppClass, Artists, Config, ControlKey, FakeSpotify, Faults, LimitSettings, Penalty,
    catalogue::{Catalogue, from_csv},
    generate::generate,
};

use super::{Controls, relay::Relay};
use crate::{emulator::Lifetime, process::kill_group};

/// Requests in any 30 seconds that the stand-in allows by default: more than the real service probably
/// allows, so that a first try is quick.
pub const DEFAULT_RATE: u32 = 3000;

/// How the stand-in behaves.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Settings {
    /// CSV file with the artists; `None` generates them.
    pub catalogue: Option<PathBuf>,
    /// CSV file with the tracks; `None` generates them.
    pub tracks: Option<PathBuf>,
    /// How many artists to generate.
    pub artists: u32,
    /// Seed of the generated artists.
    pub seed: u64,
    /// Requests allowed in any 30 seconds.
    pub rate: u32,
    /// Seconds in Retry-After.
    pub penalty_s: u32,
    /// What the app may do.
    pub app_class: AppClass,
    /// Faults from the beginning, in the form of `/_fake/faults`.
    pub faults: Option<Value>,
    /// Another address of this machine to listen on, for functions that do not share its 127.0.0.1.
    pub address: Option<IpAddr>,
}

impl Default for Settings {
    /// A thousand artists, always the same, and no faults.
    fn default() -> Self {
        Self {
            catalogue: None,
            tracks: None,
            artists: 1000,
            seed: 1,
            rate: DEFAULT_RATE,
            penalty_s: 30,
            app_class: AppClass::Extended,
            faults: None,
            address: None,
        }
    }
}

impl Settings {
    /// The catalogue that the stand-in serves.
    ///
    /// # Errors
    /// Fails if the CSV file cannot be read.
    pub fn catalogue(&self) -> Result<Catalogue> {
        match &self.catalogue {
            Some(path) => Ok(from_csv(path)?),
            None => Ok(generate(usize::try_from(self.artists)?, self.seed)?),
        }
    }
}

/// A running stand-in. Dropping it stops it.
#[derive(Debug)]
pub struct Fake {
    addresses: Addresses,
    server: Server,
}

/// Where a stand-in answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Addresses {
    /// What the functions ask.
    service: String,
    /// The controls, which only this machine reaches.
    control: String,
    /// What the controls ask for.
    key: ControlKey,
}

#[derive(Debug)]
enum Server {
    Here { _server: Listening },
    Beside { child: Child, pid: u32, stays: bool },
}

impl Fake {
    /// Starts a stand-in on a free port. A background stand-in is a separate process, identified by `folder`
    /// on its command line.
    ///
    /// # Errors
    /// Fails if the catalogue cannot be read or the address is not available.
    pub async fn start(settings: &Settings, folder: &Path, lifetime: Lifetime) -> Result<Self> {
        match lifetime {
            Lifetime::Command | Lifetime::CommandWithRestarts => {
                let server = listen(settings).await?;
                Ok(Self { addresses: server.addresses(), server: Server::Here { _server: server } })
            }
            Lifetime::Background => Self::beside(settings, folder).await,
        }
    }

    /// Starts this program again as the stand-in, which prints its addresses.
    async fn beside(settings: &Settings, folder: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe().context("cannot find this program's own file")?)
            .arg("fake")
            .arg(serde_json::to_string(settings)?)
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("fake.log"))?)
            .process_group(0)
            .spawn()
            .context("cannot start the stand-in")?;
        let pid = child.id().context("the stand-in exited at once")?;
        let output = child.stdout.take().context("the stand-in has no standard output")?;
        // From here on, dropping it ends the process.
        let server = Server::Beside { child, pid, stays: false };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        if line.is_empty() {
            let log = std::fs::read_to_string(folder.join("fake.log")).unwrap_or_default();
            bail!("the stand-in did not start: {}", log.trim());
        }
        let addresses = serde_json::from_str(&line).context("the stand-in does not say where it is")?;
        Ok(Self { addresses, server })
    }

    /// The base address that functions ask, without a path.
    pub fn url(&self) -> &str {
        &self.addresses.service
    }

    /// Its controls.
    pub fn controls(&self) -> Controls {
        Controls { url: self.addresses.control.clone(), key: self.addresses.key.clone() }
    }

    /// Its process id, if it is a separate process.
    pub fn pid(&self) -> Option<u32> {
        match self.server {
            Server::Here { .. } => None,
            Server::Beside { pid, .. } => Some(pid),
        }
    }

    /// Detaches from it, so that it outlives this command. It must have been started for the background.
    pub fn leave_running(mut self) {
        if let Server::Beside { stays, .. } = &mut self.server {
            *stays = true;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Beside { child, pid, stays: false } = self
            && child.id().is_some()
        {
            kill_group(*pid);
        }
    }
}

/// Runs the stand-in: prints its addresses on one line and serves until the process is stopped.
pub async fn serve(settings: &Settings) -> Result<()> {
    let server = listen(settings).await?;
    writeln!(stdout(), "{}", serde_json::to_string(&server.addresses())?)?;
    std::future::pending::<()>().await;
    drop(server);
    Ok(())
}

/// A stand-in that listens, and the relay to it from elsewhere.
#[derive(Debug)]
struct Listening {
    server: FakeSpotify,
    relay: Option<Relay>,
}

impl Listening {
    fn addresses(&self) -> Addresses {
        let control = self.server.base_url();
        let relayed = self.relay.as_ref().map(|relay| format!("http://{}", relay.address()));
        let key = self.server.control_key().clone();
        Addresses { service: relayed.unwrap_or_else(|| control.clone()), control, key }
    }
}

async fn listen(settings: &Settings) -> Result<Listening> {
    let server = FakeSpotify::start(config(settings)?).await?;
    let relay = match settings.address {
        Some(address) => Some(Relay::start(address, server.base_url().trim_start_matches("http://")).await?),
        None => None,
    };
    Ok(Listening { server, relay })
}

fn config(settings: &Settings) -> Result<Config> {
    let artists = match &settings.catalogue {
        Some(path) => Artists::File(path.clone()),
        None => Artists::Generated { count: usize::try_from(settings.artists)?, seed: settings.seed },
    };
    let penalty = Penalty::Fixed(Duration::from_secs(settings.penalty_s.into()));
    let faults = settings.faults.clone().unwrap_or_else(|| serde_json::json!({}));
    let faults =
        fake_spotify::patched(&Faults::default(), faults).map_err(|error| anyhow!("--faults: {error}"))?;
    Ok(Config {
        artists,
        tracks: settings.tracks.clone(),
        class: settings.app_class,
        limits: LimitSettings { rate: Some(settings.rate), penalty_s: penalty, ..LimitSettings::default() },
        faults,
        ..Config::default()
    })
}
