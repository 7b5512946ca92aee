//! The Spotify that a local stack uses.

pub mod fake;
mod relay;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};
use fake_spotify::{CONTROL_KEY, ControlKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::fake::{Fake, Settings};
use crate::{
    emulator::Lifetime,
    http::{client, probe},
};

/// Which Spotify to use.
#[derive(Clone, Debug)]
pub enum Choice {
    /// The stand-in, started by this command.
    Fake(Settings),
    /// A compatible service at this base address, for example another stand-in. It gets made-up credentials
    /// unless the operator gives it those of an app.
    At(String, Option<Credentials>),
    /// The real service, with the credentials of an app.
    Live(Credentials),
}

/// Credentials of a Spotify app. Debug output hides them.
#[derive(Clone)]
pub struct Credentials {
    /// The app's id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Credentials(..)")
    }
}

impl Credentials {
    /// Reads `SPOTIFY_CLIENT_ID` and `SPOTIFY_CLIENT_SECRET`; `None` if either is missing or empty.
    pub fn from_env() -> Option<Self> {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Some(Self { client_id: read("SPOTIFY_CLIENT_ID")?, client_secret: read("SPOTIFY_CLIENT_SECRET")? })
    }

    /// The credentials that the stand-in accepts.
    fn made_up() -> Self {
        let known = fake_spotify::Credentials::default();
        Self { client_id: known.id, client_secret: known.secret }
    }
}

/// The stand-in's counts, not including requests for tokens.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Stats {
    /// Requests answered.
    pub requests: u64,
    /// Requests by HTTP status.
    pub requests_by_status: BTreeMap<String, u64>,
    /// Requests answered with 429.
    pub refused: u64,
    /// The largest number of requests in any 30 seconds.
    pub max_in_30s: u64,
    /// Requests that arrived before a Retry-After had passed.
    pub requests_during_hold: u64,
    /// Size of the catalogue.
    pub catalogue_artists: u64,
}

/// The controls of a stand-in: its counts, faults and limits.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Controls {
    /// Base address, without a path.
    pub url: String,
    /// What they ask for.
    pub key: ControlKey,
}

impl Controls {
    /// Reads the counts.
    pub async fn stats(&self) -> Result<Stats> {
        let request = client()?.get(format!("{}/_fake/stats", self.url)).bearer_auth(self.key.expose());
        let text =
            async { request.send().await?.text().await }.await.context("the stand-in does not answer")?;
        serde_json::from_str(&text).context("the stand-in's counts are in an unknown form")
    }

    /// Changes faults or limits, as `what` names them; `body` contains the fields to change.
    async fn change(&self, what: &str, body: &Value) -> Result<()> {
        let response = client()?
            .post(format!("{}/_fake/{what}", self.url))
            .bearer_auth(self.key.expose())
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .context("the stand-in does not answer")?;
        if !response.status().is_success() {
            bail!("the stand-in refuses these {what}: {}", response.text().await.unwrap_or_default());
        }
        Ok(())
    }
}

/// A Spotify for a stack to use.
#[derive(Debug)]
pub struct Spotify {
    /// Base address of the Web API.
    pub api_url: String,
    /// URL of the token service.
    pub token_url: String,
    /// The credentials that the stack uses.
    pub credentials: Credentials,
    /// Its controls, if it is a stand-in whose key is known.
    controls: Option<Controls>,
    /// The stand-in, if it was started here.
    pub fake: Option<Fake>,
    /// The stand-in's settings, if it was started here.
    pub settings: Option<Settings>,
}

impl Spotify {
    /// Starts or finds the chosen Spotify; a background stand-in is identified by `folder` on its command
    /// line.
    ///
    /// # Errors
    /// Fails if the stand-in cannot be started, or nothing answers at the given address.
    pub async fn start(choice: &Choice, folder: &Path, lifetime: Lifetime) -> Result<Self> {
        match choice {
            Choice::Fake(settings) => {
                let fake = Fake::start(settings, folder, lifetime).await?;
                let mut spotify = Self::at(fake.url(), Credentials::made_up());
                spotify.controls = Some(fake.controls());
                spotify.fake = Some(fake);
                spotify.settings = Some(settings.clone());
                Ok(spotify)
            }
            Choice::At(url, credentials) => {
                let credentials = credentials.clone().unwrap_or_else(Credentials::made_up);
                let mut spotify = Self::at(url.trim_end_matches('/').trim_end_matches("/v1"), credentials);
                if probe(&spotify.api_url).await.is_none() {
                    bail!(
                        "nothing answers at {url}; start it first, or leave --spotify out to use the stand-in"
                    );
                }
                spotify.controls = spotify.find_controls().await;
                Ok(spotify)
            }
            Choice::Live(credentials) => Ok(Self {
                api_url: "https://api.spotify.com/v1".to_owned(),
                token_url: "https://accounts.spotify.com/api/token".to_owned(),
                credentials: credentials.clone(),
                controls: None,
                fake: None,
                settings: None,
            }),
        }
    }

    /// The Spotify at a base address without a path.
    fn at(url: &str, credentials: Credentials) -> Self {
        Self {
            api_url: format!("{url}/v1"),
            token_url: format!("{url}/api/token"),
            credentials,
            controls: None,
            fake: None,
            settings: None,
        }
    }

    /// The controls, if this is a stand-in whose key the environment has.
    async fn find_controls(&self) -> Option<Controls> {
        let url = self.api_url.strip_suffix("/v1")?.to_owned();
        let key = ControlKey::from_env()?;
        probe(&format!("{url}/_fake/health")).await?.then_some(Controls { url, key })
    }

    /// The controls, if this is a stand-in whose key is known.
    pub fn controls(&self) -> Option<&Controls> {
        self.controls.as_ref()
    }

    /// The stand-in's counts; `None` for a service without counts.
    pub async fn stats(&self) -> Result<Option<Stats>> {
        match &self.controls {
            Some(controls) => controls.stats().await.map(Some),
            None => Ok(None),
        }
    }

    /// Changes faults of the running stand-in; `faults` contains the fields to change.
    pub async fn set_faults(&self, faults: &Value) -> Result<()> {
        self.post("faults", faults).await
    }

    /// Changes limits of the running stand-in; `limits` contains the fields to change.
    pub async fn set_limits(&self, limits: &Value) -> Result<()> {
        self.post("limits", limits).await
    }

    async fn post(&self, what: &str, body: &Value) -> Result<()> {
        let Some(controls) = &self.controls else {
            bail!(
                "cannot set {what} of the Spotify at {}; only a stand-in has them, and {CONTROL_KEY} must be its key",
                self.api_url
            )
        };
        controls.change(what, body).await
    }
}
