//! The Spotify that a local stack asks.

pub mod fake;
mod relay;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use self::fake::{Fake, Settings};
use crate::{
    emulator::Lifetime,
    http::{client, probe},
};

/// Which Spotify is wanted.
#[derive(Clone, Debug)]
pub enum Choice {
    /// The stand-in, started here.
    Fake(Settings),
    /// A service of the same form at this base address, for example another stand-in.
    At(String),
    /// The real service, with the credentials of an app.
    Live(Credentials),
}

/// Credentials of a Spotify app. They are not printed, whatever is printed.
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
    /// Reads `SPOTIFY_CLIENT_ID` and `SPOTIFY_CLIENT_SECRET`; `None` when either is missing or empty.
    pub fn from_env() -> Option<Self> {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Some(Self { client_id: read("SPOTIFY_CLIENT_ID")?, client_secret: read("SPOTIFY_CLIENT_SECRET")? })
    }

    /// What a stand-in knows.
    fn made_up() -> Self {
        let known = fake_spotify::Credentials::default();
        Self { client_id: known.id, client_secret: known.secret }
    }
}

/// What a stand-in has counted, without requests for tokens.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Stats {
    /// Requests that were answered.
    pub requests: u64,
    /// The same by HTTP status.
    pub requests_by_status: BTreeMap<String, u64>,
    /// Answers with status 429.
    pub refused: u64,
    /// The largest number of requests in any 30 seconds.
    pub max_in_30s: u64,
    /// Requests that came although a Retry-After had not passed.
    pub requests_during_hold: u64,
    /// Size of the catalogue.
    pub catalogue_artists: u64,
}

/// A Spotify that a stack can be pointed at.
#[derive(Debug)]
pub struct Spotify {
    /// Base address of the Web API.
    pub api_url: String,
    /// Address that gives tokens.
    pub token_url: String,
    /// What the stack signs in with.
    pub credentials: Credentials,
    /// Base address of the controls, where there are any.
    control_url: Option<String>,
    /// The stand-in, when it was started here.
    pub fake: Option<Fake>,
    /// The stand-in's settings, when it was started here.
    pub settings: Option<Settings>,
}

impl Spotify {
    /// Starts or finds what is wanted; a stand-in in the background is known by `folder` on its command line.
    ///
    /// # Errors
    /// When the stand-in cannot be started, or nothing answers at the given address.
    pub async fn start(choice: &Choice, folder: &Path, lifetime: Lifetime) -> Result<Self> {
        match choice {
            Choice::Fake(settings) => {
                let fake = Fake::start(settings, folder, lifetime).await?;
                let mut spotify = Self::at(fake.url(), Credentials::made_up());
                spotify.control_url = Some(fake.url().to_owned());
                spotify.fake = Some(fake);
                spotify.settings = Some(settings.clone());
                Ok(spotify)
            }
            Choice::At(url) => {
                let credentials = Credentials::from_env().unwrap_or_else(Credentials::made_up);
                let mut spotify = Self::at(url.trim_end_matches('/').trim_end_matches("/v1"), credentials);
                if probe(&spotify.api_url).await.is_none() {
                    bail!(
                        "nothing answers at {url}; start it first, or leave --spotify out to use the stand-in"
                    );
                }
                spotify.control_url = spotify.find_controls().await;
                Ok(spotify)
            }
            Choice::Live(credentials) => Ok(Self {
                api_url: "https://api.spotify.com/v1".to_owned(),
                token_url: "https://accounts.spotify.com/api/token".to_owned(),
                credentials: credentials.clone(),
                control_url: None,
                fake: None,
                settings: None,
            }),
        }
    }

    /// The Spotify at a base address that has no path.
    fn at(url: &str, credentials: Credentials) -> Self {
        Self {
            api_url: format!("{url}/v1"),
            token_url: format!("{url}/api/token"),
            credentials,
            control_url: None,
            fake: None,
            settings: None,
        }
    }

    /// The address of the controls, if this is a stand-in of ours.
    async fn find_controls(&self) -> Option<String> {
        let root = self.api_url.strip_suffix("/v1")?.to_owned();
        let answer = reqwest::get(format!("{root}/_fake/stats")).await.ok()?;
        answer.status().is_success().then_some(root)
    }

    /// Address of the controls, where there are any.
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    /// What the stand-in has counted; `None` for a service that does not count.
    pub async fn stats(&self) -> Result<Option<Stats>> {
        let Some(url) = &self.control_url else { return Ok(None) };
        stats(url).await.map(Some)
    }

    /// Changes faults while the stand-in runs; `faults` has the fields that change.
    pub async fn set_faults(&self, faults: &Value) -> Result<()> {
        self.post("faults", faults).await
    }

    /// Changes limits while the stand-in runs; `limits` has the fields that change.
    pub async fn set_limits(&self, limits: &Value) -> Result<()> {
        self.post("limits", limits).await
    }

    async fn post(&self, what: &str, body: &Value) -> Result<()> {
        let Some(url) = &self.control_url else {
            bail!("the Spotify at {} has no {what} to set; only the stand-in has", self.api_url)
        };
        let response = reqwest::Client::new()
            .post(format!("{url}/_fake/{what}"))
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

/// Reads the counts of the stand-in at `url`.
pub async fn stats(url: &str) -> Result<Stats> {
    let request = client()?.get(format!("{url}/_fake/stats"));
    let text = async { request.send().await?.text().await }.await.context("the stand-in does not answer")?;
    serde_json::from_str(&text).context("the stand-in's counts are in an unknown form")
}
