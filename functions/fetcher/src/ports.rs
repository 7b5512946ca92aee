//! The fetcher's environment, and the ports built from it.

use cloud::Cloud;
use cloud::artists::DynamoArtists;
use cloud::clock::SystemClock;
use cloud::config::{Config, ConfigError, Env, SpotifyPlace};
use cloud::control::DynamoControl;
use cloud::queue::SqsWindow;
use cloud::spotify::StartError;
use cloud::terms::DynamoFrontier;
use cloud::tracks::DynamoTracks;
use collect::ports::Ports;

/// The fetcher's configuration.
#[derive(Debug)]
pub struct FetcherConfig {
    /// The configuration that all functions share.
    pub shared: Config,
    artists_table: String,
    tracks_table: String,
    edges_table: String,
    search_table: Option<String>,
    spotify: SpotifyPlace,
}

impl FetcherConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment, given as a function from name to value.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let config = Self {
            shared: Config::read(&mut env),
            artists_table: env.required("FERMATA_ARTISTS_TABLE"),
            tracks_table: env.required("FERMATA_TRACKS_TABLE"),
            edges_table: env.required("FERMATA_EDGES_TABLE"),
            search_table: env.optional("FERMATA_SEARCH_TABLE"),
            spotify: SpotifyPlace::read(&mut env),
        };
        env.finish(config)
    }
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
    let spotify = cloud::spotify::client(&aws, &config.spotify).await?;
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
