//! The options of a local stack.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use collect::settings::Strings;
use collect::term::Sources;
use fake_spotify::AppClass;

use super::values::{address, json, spotify};

/// The options of a local stack.
#[derive(Args, Debug)]
pub struct StackArgs {
    /// CSV file with the stand-in's artists (id,name,followers,popularity,genres)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["artists", "seed", "spotify"])]
    pub catalogue: Option<PathBuf>,
    /// CSV file with the stand-in's tracks and their audio features; without it tracks are generated
    #[arg(long, value_name = "FILE", conflicts_with = "spotify")]
    pub tracks: Option<PathBuf>,
    /// Number of artists to generate for the stand-in
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20_000,
        value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with = "spotify"
    )]
    pub artists: u32,
    /// Seed of the generated artists
    #[arg(long, value_name = "S", default_value_t = 1, conflicts_with = "spotify")]
    pub seed: u64,
    /// Requests that the stand-in allows in any 30 seconds [default: 3000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Let Fermata learn the rate limit instead of configuring it
    #[arg(long)]
    pub learn: bool,
    /// Seconds in the stand-in's Retry-After
    #[arg(long, value_name = "SECONDS", default_value_t = 30, conflicts_with = "spotify")]
    pub penalty: u32,
    /// What the stand-in's app may do
    #[arg(long, value_enum, default_value_t = AppClass::Extended, conflicts_with = "spotify")]
    pub app_class: AppClass,
    /// Faults of the stand-in, as JSON for its /_fake/faults
    #[arg(long, value_name = "JSON", value_parser = json, conflicts_with = "spotify")]
    pub faults: Option<serde_json::Value>,
    /// The sources of artists, separated by commas
    #[arg(long, value_name = "LIST", env = "FERMATA_SOURCES")]
    pub sources: Option<Sources>,
    /// What the source `systematic` searches for: all strings of this length over this alphabet, such as
    /// 0-9a-z:4
    #[arg(long, value_name = "ALPHABET:LENGTH", env = "FERMATA_SYSTEMATIC")]
    pub systematic: Option<Strings>,
    /// Playlists to read besides those that Spotify lists: ids or links, separated by commas
    #[arg(long, value_name = "LIST", env = "FERMATA_PLAYLISTS")]
    pub playlists: Option<String>,
    /// Playlists to read for the tracks of a genre: NAME=PLAYLIST, separated by commas
    #[arg(long, value_name = "LIST", env = "FERMATA_GENRE_PLAYLISTS")]
    pub genre_playlists: Option<String>,
    /// Keep the index by which the API finds artists by name and genre
    #[arg(long)]
    pub search_indexes: bool,
    /// Most concurrent fetchers
    #[arg(long, value_name = "C", default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub concurrency: u32,
    /// The emulator to start
    #[arg(long, value_enum, default_value_t = BackendName::Ministack, conflicts_with = "endpoint")]
    pub backend: BackendName,
    /// Use a running emulator at this address
    #[arg(long, value_name = "URL", value_parser = address)]
    pub endpoint: Option<String>,
    /// Use the Spotify at this address, or the real one with `live` (needs `SPOTIFY_CLIENT_ID` and
    /// `SPOTIFY_CLIENT_SECRET`)
    #[arg(long, value_name = "URL|live", value_parser = spotify)]
    pub spotify: Option<String>,
    /// Send your app's credentials to the Spotify at that address instead of made-up ones
    #[arg(long, requires = "spotify")]
    pub send_credentials: bool,
    /// Address for the stand-in to listen on, for functions in containers that cannot reach 127.0.0.1
    #[arg(long, value_name = "IP", conflicts_with = "spotify")]
    pub fake_address: Option<std::net::IpAddr>,
    /// Log filter of the functions, in the syntax of `tracing`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// Emulators that the command can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendName {
    /// `MiniStack`, which only needs Python
    Ministack,
    /// `LocalStack` 4.12, which also only needs Python and is slower
    Localstack,
    /// `LocalStack` 4.14, which needs Docker
    LocalstackDocker,
}
