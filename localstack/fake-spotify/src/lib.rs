//! A stand-in for the Spotify Web API, for trying Fermata without Spotify: the real one's shapes, limits and
//! faults over a catalogue from a file or from a seed.
//!
//! ```no_run
//! # async fn example() -> Result<(), fake_spotify::StartError> {
//! use fake_spotify::{Config, FakeSpotify, LimitSettings};
//!
//! let limits = LimitSettings { rate: Some(180), ..LimitSettings::default() };
//! let spotify = FakeSpotify::start(Config { limits, ..Config::default() }).await?;
//! println!("ask {} with a token from {}", spotify.api_url(), spotify.token_url());
//! // ... let a collector work ...
//! assert_eq!(spotify.stats().requests_during_hold, 0);
//! # Ok(())
//! # }
//! ```
//!
//! How it is laid out, from the inside out; nothing but [`FakeSpotify`] knows HTTP or the clock:
//!
//! - [`random`], [`fold`]: seeded randomness; how search reads text.
//! - [`catalogue`]: artists in search order, compact, from CSV or from a builder. [`generate`](mod@generate):
//!   generated ones.
//! - [`tracks`]: tracks with their audio features from a CSV file.
//! - [`search`]: queries, the inverted index, and answers. Usable without a server, for measuring plans.
//! - [`world`]: what is around the artists: who is related to whom, albums, tracks, playlists, categories.
//! - [`limits`]: the rolling 30-second limit and the 24-hour quotas, with the time passed in.
//! - [`Faults`], [`Stats`]: what goes wrong on purpose; what was asked.
//! - the server: its floors stand at the front of `server/mod.rs`; `endpoints` is the table of paths, buckets
//!   and who may ask.
//!
//! Beside the API (`/v1/...`) and the token (`/api/token`) there are `/_fake/stats`, `/_fake/faults`,
//! `/_fake/limits`, `/_fake/playlists`, `/_fake/reach`, `/_fake/health` and `/_fake/openapi.json`, which
//! describes the API. The last two tell nothing; the others need the header `Authorization: Bearer KEY` with
//! the stand-in's [`ControlKey`].

pub mod catalogue;
mod config;
mod control_key;
mod faults;
pub mod fold;
pub mod generate;
pub mod limits;
mod patch;
pub mod random;
pub mod search;
mod server;
mod stats;
mod table;
pub mod tracks;
pub mod world;

pub use config::{AppClass, Artists, Config, Credentials};
pub use control_key::{CONTROL_KEY, ControlKey};
pub use faults::{Breakage, Faults};
pub use limits::{Bucket, LimitSettings, Penalty};
pub use patch::patched;
pub use search::Searcher;
pub use server::{FakeSpotify, StartError};
pub use stats::Stats;
pub use table::CsvError;
