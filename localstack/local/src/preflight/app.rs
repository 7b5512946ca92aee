//! What a Spotify app may do, found out as a run finds it out: the collector itself works the two terms that
//! try the operators of a search and the endpoints. Tables and queue are in memory and forgotten at the end.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use collect::{
    fetcher::Fetcher,
    memory::{
        Memory, MemoryArtists, MemoryControl, MemoryFrontier, MemoryTracks, MemoryWindow, VirtualClock,
    },
    ports::{Clock as _, Control as _, Delivery, Overview, Ports, TermMessage},
    seeder,
    settings::Settings,
    term::{Question, RunId, Source, Sources},
    web_api::{Endpoint, Evidence, Page, PageLimits, Request, SpotifyError},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use spotify::{Client, Config};

use crate::{
    cost::{self, Costs},
    spotify::Spotify,
};

/// Most requests that finding out takes, those for a token included.
pub const MOST_REQUESTS: u64 = 20;

/// Requests of an extended app in 30 seconds, as several public projects measured.
const RATE: f64 = 180.0;

/// Searches of an app in development mode in a day, as several public projects measured.
const DAY: f64 = 700.0;

/// Rows of a page of an app in development mode, and of others.
const SMALL_PAGE: u32 = 10;
const LARGE_PAGE: f64 = 50.0;

/// What was found out.
#[derive(Debug)]
pub struct App {
    /// The control table after the two terms.
    pub overview: Overview,
    /// Rows that Spotify says the question for everything has; it may count too low.
    pub claimed: Option<u64>,
    /// Requests sent.
    pub requests: u64,
    /// Why not everything was found out.
    pub unfinished: Option<String>,
}

/// How long a run takes, and what it costs.
#[derive(Clone, Copy, Debug)]
pub struct Forecast {
    /// Artists of the catalogue.
    pub artists: u32,
    /// Requests of a run.
    pub requests: f64,
    /// How long a run takes at the pace that such apps are granted.
    pub time: Duration,
    /// Dollars for the first run.
    pub dollars: f64,
}

impl App {
    /// How much of a search the app may see.
    pub fn limits(&self) -> PageLimits {
        self.overview.limits.as_ref().map_or(Settings::BEST_LIMITS, |found| found.limits)
    }

    /// Whether it is an app in development mode, by the size of its pages.
    pub fn is_in_development(&self) -> bool {
        self.limits().page <= SMALL_PAGE
    }

    /// The class of the app, as far as its pages and endpoints show it.
    pub fn class(&self) -> &'static str {
        let related = self.overview.findings.0.get(&Endpoint::RelatedArtists);
        match related.map(|found| found.open) {
            _ if self.is_in_development() => "in development mode",
            Some(true) => "with extended quota from before November 2024",
            Some(false) => "with extended quota",
            None => "of an unknown class",
        }
    }

    /// The size that Spotify claims, unless it only counts as far as it shows.
    pub fn size(&self) -> Option<u32> {
        let claimed = u32::try_from(self.claimed?).ok()?;
        (claimed > self.limits().depth).then_some(claimed)
    }

    /// What a run over so many artists takes.
    pub fn forecast(&self, artists: u32) -> Forecast {
        let limits = self.limits();
        let pages = (LARGE_PAGE / f64::from(limits.page)).max(1.0);
        let requests = cost::requests(f64::from(artists)) * pages;
        let seconds =
            if self.is_in_development() { requests / DAY * 86_400.0 } else { requests / RATE * 30.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below the limit")]
        let rounded = requests as u32;
        Forecast {
            artists,
            requests,
            time: Duration::from_secs_f64(seconds),
            dollars: Costs::of(artists, Some(rounded), 4.0).first_run.dollars(),
        }
    }

    /// Everything as one JSON object.
    pub fn to_json(&self, forecast: Option<Forecast>) -> Value {
        let operators = self.overview.operators.iter();
        let operators = operators.map(|(operator, found)| (operator.name().to_owned(), json!(found.works)));
        let endpoints = self.overview.findings.0.iter().map(|(endpoint, found)| {
            (
                endpoint.name().to_owned(),
                json!({"open": found.open, "refusal": found.refusal, "page": found.page, "fields": found.fields}),
            )
        });
        json!({
            "requests": self.requests,
            "limits": {"page": self.limits().page, "depth": self.limits().depth},
            "class": self.class(),
            "operators": operators.collect::<serde_json::Map<_, _>>(),
            "endpoints": endpoints.collect::<serde_json::Map<_, _>>(),
            "claimed_artists": self.claimed,
            "unfinished": self.unfinished,
            "forecast": forecast.map(|it| json!({
                "artists": it.artists,
                "requests": it.requests,
                "seconds": it.time.as_secs(),
                "dollars": it.dollars,
            })),
        })
    }
}

/// Asks `spotify` what its app may do.
///
/// # Errors
/// Fails if the app gets no token, or nothing answers.
pub async fn app(spotify: &Spotify) -> Result<App> {
    let client = Client::new(&config(spotify), credentials(spotify))?;
    client.warm().await.context("the app gets no token")?;
    let asked = Asked { client, claimed: Mutex::default(), last: Mutex::default() };
    let world: Memory<Asked> = Ports {
        clock: VirtualClock::at(Timestamp::now()),
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: MemoryArtists::default(),
        spotify: asked,
        tracks: MemoryTracks::default(),
    };
    let settings = Settings { sources: all(), ..Settings::default() };
    seeder::open_run(&world, &settings, RunId::new("preflight")?).await?;
    let unfinished = work(&world, &settings).await;
    let overview = world.control.overview().await?;
    if let Some(why) = overview.run.as_ref().and_then(|run| run.stopped.clone()) {
        bail!("{why}");
    }
    Ok(App {
        overview,
        claimed: *lock(&world.spotify.claimed),
        requests: world.spotify.client.requests_sent(),
        unfinished,
    })
}

fn config(spotify: &Spotify) -> Config {
    Config { api_url: spotify.api_url.clone(), token_url: spotify.token_url.clone(), ..Config::default() }
}

fn credentials(spotify: &Spotify) -> spotify::Credentials {
    let known = &spotify.credentials;
    spotify::Credentials {
        client_id: known.client_id.clone(),
        client_secret: known.client_secret.clone().into(),
    }
}

/// Every source of artists whose endpoints fit into [`MOST_REQUESTS`].
fn all() -> Sources {
    let fit = |source: &Source| !matches!(source, Source::Systematic | Source::Albums | Source::Tracks);
    Source::ALL.into_iter().filter(fit).collect()
}

/// Works the two terms until both are finished; or says why they are not.
async fn work(world: &Memory<Asked>, settings: &Settings) -> Option<String> {
    let mut fetcher = Fetcher::new(settings.clone());
    loop {
        let batch = world.window.receive(world.clock.now(), settings.window);
        let batch: Vec<Delivery> = batch.into_iter().filter(finds_out).collect();
        if batch.is_empty() {
            return None;
        }
        let deadline = world.clock.now() + Duration::from_mins(10);
        let outcomes = fetcher.process_batch(world, &batch, deadline).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
        if let Some(why) = lock(&world.spotify.last).take() {
            return Some(why);
        }
        world.clock.advance(Duration::from_mins(1));
    }
}

/// Whether it is one of the two terms.
fn finds_out(delivery: &Delivery) -> bool {
    let Ok(message) = serde_json::from_str::<TermMessage>(&delivery.body) else { return false };
    match Question::parse(message.key.as_str()) {
        Ok(Question::Capabilities(_)) => true,
        // The question for everything, not the one for what letters and digits do not reach.
        Ok(Question::Search(search)) => {
            search.years().is_some() && search.words().is_empty() && !search.has_exclusions()
        }
        _ => false,
    }
}

/// The client, which asks no more than [`MOST_REQUESTS`].
struct Asked {
    client: Client,
    /// The largest number of rows that the question for everything was said to have.
    claimed: Mutex<Option<u64>>,
    /// Why nothing more can be asked now.
    last: Mutex<Option<String>>,
}

impl collect::ports::Spotify for Asked {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        if self.client.requests_sent() >= MOST_REQUESTS {
            *lock(&self.last) = Some(format!("{MOST_REQUESTS} requests were not enough for everything"));
            return Err(SpotifyError::QuotaSpent { retry_after: None, evidence: Evidence::default() });
        }
        let answer = self.client.ask(request).await;
        match &answer {
            Ok(page) => {
                if let Request::Search { query, .. } = request
                    && query.starts_with("year:")
                    && !query.contains(' ')
                {
                    let mut claimed = lock(&self.claimed);
                    *claimed = (*claimed).max(page.total);
                }
            }
            Err(error @ (SpotifyError::Throttled { .. } | SpotifyError::QuotaSpent { .. })) => {
                *lock(&self.last) = Some(error.to_string());
            }
            Err(SpotifyError::Transient { evidence }) => *lock(&self.last) = Some(evidence.to_string()),
            Err(_) => {}
        }
        answer
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use collect::term::Operator;
    use fake_spotify::Config as FakeConfig;
    use fake_spotify::{AppClass, Artists, FakeSpotify};

    use super::*;
    use crate::{emulator::Lifetime, spotify::Choice};

    async fn asked(class: AppClass) -> (FakeSpotify, App) {
        let artists = Artists::Generated { count: 5_000, seed: 3 };
        let fake = FakeSpotify::start(FakeConfig { class, artists, ..FakeConfig::default() }).await.unwrap();
        let choice = Choice::At(fake.api_url(), None);
        let spotify = Spotify::start(&choice, std::path::Path::new("."), Lifetime::Command).await.unwrap();
        let app = app(&spotify).await.unwrap();
        (fake, app)
    }

    #[tokio::test]
    async fn an_extended_app_gets_large_pages_and_endpoints() {
        let (fake, app) = asked(AppClass::Extended).await;
        assert_eq!(app.class(), "with extended quota from before November 2024");
        let works = |operator| app.overview.operators.get(&operator).map(|found| found.works);
        assert_eq!(works(Operator::Not), Some(true), "{:?}", app.overview.operators);
        assert_eq!(works(Operator::Years), Some(true), "{:?}", app.overview.operators);
        let open = app.overview.findings.0.get(&Endpoint::RelatedArtists).map(|found| found.open);
        assert_eq!(open, Some(true), "{:?}", app.overview.findings);
        assert!(fake.stats().requests <= MOST_REQUESTS, "{}", fake.stats().requests);
        assert_eq!(app.unfinished, None);
    }

    #[tokio::test]
    async fn an_app_in_development_gets_small_pages_and_refusals() {
        let (fake, app) = asked(AppClass::Development).await;
        assert_eq!(app.class(), "in development mode");
        let open = app.overview.findings.0.get(&Endpoint::RelatedArtists).map(|found| found.open);
        assert_eq!(open, Some(false), "{:?}", app.overview.findings);
        assert!(fake.stats().requests <= MOST_REQUESTS, "{}", fake.stats().requests);
        let forecast = app.forecast(100_000);
        assert!(forecast.time > Duration::from_hours(24), "{forecast:?}");
    }

    #[tokio::test]
    async fn a_later_extended_app_is_told_from_an_older_one() {
        let (_fake, app) = asked(AppClass::ExtendedNew).await;
        assert_eq!(app.class(), "with extended quota");
    }

    #[tokio::test]
    async fn wrong_credentials_are_an_error_that_says_so() {
        let fake = FakeSpotify::start(FakeConfig::default()).await.unwrap();
        let wrong =
            crate::spotify::Credentials { client_id: "no".to_owned(), client_secret: "one".to_owned() };
        let choice = Choice::At(fake.api_url(), Some(wrong));
        let spotify = Spotify::start(&choice, std::path::Path::new("."), Lifetime::Command).await.unwrap();
        let error = format!("{:#}", app(&spotify).await.unwrap_err());
        assert!(error.contains("token") && error.contains("credentials"), "{error}");
    }
}
