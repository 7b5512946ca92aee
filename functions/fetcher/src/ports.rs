//! The fetcher's environment, and the ports built from it.

use std::sync::Arc;

use cloud::Cloud;
use cloud::artists::DynamoArtists;
use cloud::clock::SystemClock;
use cloud::config::{Config, ConfigError, Env};
use cloud::control::DynamoControl;
use cloud::queue::SqsWindow;
use cloud::secret::StoredSecret;
use cloud::terms::DynamoFrontier;
use cloud::tracks::DynamoTracks;
use collect::ports::{PortError, Ports};

/// The fetcher's configuration.
#[derive(Debug)]
pub struct FetcherConfig {
    /// The configuration that all functions share.
    pub shared: Config,
    artists_table: String,
    tracks_table: String,
    edges_table: String,
    search_table: Option<String>,
    secret: String,
    spotify: spotify::Config,
}

impl FetcherConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment, given as a function from name to value.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let defaults = spotify::Config::default();
        let config = Self {
            shared: Config::read(&mut env),
            artists_table: env.required("FERMATA_ARTISTS_TABLE"),
            tracks_table: env.required("FERMATA_TRACKS_TABLE"),
            edges_table: env.required("FERMATA_EDGES_TABLE"),
            search_table: env.optional("FERMATA_SEARCH_TABLE"),
            secret: env.required("FERMATA_SPOTIFY_SECRET"),
            spotify: spotify::Config {
                api_url: env.optional("FERMATA_SPOTIFY_API_URL").unwrap_or(defaults.api_url),
                token_url: env.optional("FERMATA_SPOTIFY_TOKEN_URL").unwrap_or(defaults.token_url),
                plain_http: env.parsed("FERMATA_SPOTIFY_PLAIN_HTTP").unwrap_or(defaults.plain_http),
                market: env.optional("FERMATA_MARKET"),
                ..defaults
            },
        };
        env.finish(config)
    }
}

/// Why the fetcher cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The secret could not be read.
    #[error(transparent)]
    Secret(#[from] PortError),
    /// The client could not be built.
    #[error(transparent)]
    Spotify(#[from] spotify::SetupError),
}

/// All ports of the fetcher.
pub type FetcherPorts = Ports<
    SystemClock,
    DynamoControl,
    DynamoFrontier,
    SqsWindow,
    DynamoArtists,
    spotify::Client,
    DynamoTracks,
>;

/// Reads the secret, creates the clients and warms them, so that the first message does not have to wait.
pub async fn ports(config: &FetcherConfig) -> Result<FetcherPorts, StartError> {
    let aws = cloud::aws::sdk_config();
    let secret = StoredSecret::new(&aws, &config.secret);
    let spotify = spotify::Client::new(&config.spotify, credentials(&secret).await?)?;
    let spotify = spotify.reading_credentials_again(Arc::new(move || {
        let secret = secret.clone();
        Box::pin(async move { credentials(&secret).await.map_err(|error| error.to_string()) })
    }));
    if let Err(error) = spotify.warm().await {
        // Not fatal: the first message meets the same error and follows its policy.
        tracing::warn!(%error, "no token yet");
    }
    let artists = cloud::artists(&aws, &config.artists_table, &config.shared);
    let artists = artists.with_index(config.search_table.as_deref()).with_edges(&config.edges_table);
    let Cloud { clock, control, frontier, window, .. } = cloud::ports(&aws, &config.shared);
    let tracks = cloud::tracks(&aws, &config.tracks_table, &config.shared);
    Ok(Ports { clock, control, frontier, window, artists, spotify, tracks })
}

/// Reads the app's credentials as they are now.
async fn credentials(secret: &StoredSecret) -> Result<spotify::Credentials, PortError> {
    let secret = secret.read().await?;
    Ok(spotify::Credentials { client_id: secret.client_id, client_secret: secret.client_secret })
}
