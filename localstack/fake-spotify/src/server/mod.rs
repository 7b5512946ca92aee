//! The HTTP server and the handle on it.
//!
//! Each file imports only those below it; `tests/floors.rs` keeps it so.
//!
//! | floor | what is there |
//! |---|---|
//! | this file | the handle: start, stop, what tests ask in process |
//! | `router` | every path, and what answers it |
//! | `serve`, `accounts`, `control`, `guard`, `cors` | the way of every API request; the token; `/_fake`, and who may use it; callers in browsers |
//! | `endpoints` | the table of the API: path, bucket, what an app of each class gets |
//! | `routes` | what answers each endpoint, by subject |
//! | `call` | one request as the routes see it |
//! | `app` | what all requests share: world, limits, faults, counts, tokens |
//! | `objects`, `reply`, `tokens`, `fields`, `markets` | JSON objects of the world; answers and error bodies; tokens that were issued; the parameters of these names |

mod accounts;
mod app;
mod call;
mod control;
mod cors;
mod endpoints;
mod fields;
mod guard;
mod markets;
mod objects;
mod reply;
mod router;
mod routes;
mod serve;
mod tokens;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::app::App;
use crate::catalogue::{Catalogue, CatalogueError, builder_from_csv};
use crate::config::{AppClass, Artists, Config, Credentials};
use crate::control_key::ControlKey;
use crate::faults::Faults;
use crate::generate::invent;
use crate::limits::LimitSettings;
use crate::search::Searcher;
use crate::stats::Stats;
use crate::table::CsvError;
use crate::tracks::TrackFile;
use crate::world::{Reach, World};

/// Why a stand-in does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The file of artists or that of tracks cannot be used.
    #[error(transparent)]
    File(#[from] CsvError),
    /// The artists make no catalogue: there are too many, or two have the same id.
    #[error("the catalogue cannot be built: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The limits or faults to start with make no sense.
    #[error("the stand-in cannot be set up so: {0}")]
    Settings(String),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Indexing the catalogue ended early.
    #[error("the catalogue could not be indexed: {0}")]
    Index(#[from] tokio::task::JoinError),
}

/// A running stand-in. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeSpotify {
    address: SocketAddr,
    app: Arc<App>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl FakeSpotify {
    /// Reads or invents the catalogue, indexes it, and answers on 127.0.0.1, on the runtime of the caller.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        config.limits.check().map_err(StartError::Settings)?;
        config.faults.check().map_err(StartError::Settings)?;
        let key = config.control_key.clone().map_or_else(ControlKey::random, Ok);
        let key = key.map_err(StartError::Settings)?;
        // Listening comes first: a port that is taken should not cost the time that a large catalogue takes.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
        let refused = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (artists, tracks, seed) = (config.artists.clone(), config.tracks.clone(), config.seed);
        let indexed = tokio::task::spawn_blocking(move || {
            let world = world(&artists, tracks.as_deref(), seed)?;
            Ok::<_, StartError>((Searcher::new(world.shared_catalogue()), world))
        })
        .await??;
        let app = Arc::new(App::new(config, address, key, indexed));
        let (stop, stopped) = oneshot::channel::<()>();
        let router = router::router(&app);
        let server = tokio::spawn(async move {
            // Answers are one write each; waiting for more to send with them would only cost time.
            let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
            let stopped = async { drop(stopped.await) };
            // Serving ends by the signal alone: axum retries what fails on accepting.
            drop(axum::serve(listener, router).with_graceful_shutdown(stopped).await);
        });
        Ok(Self { address, app, stop: Some(stop), server })
    }

    /// The paths of the API, with `{id}` for an id.
    pub fn endpoints() -> impl Iterator<Item = &'static str> {
        endpoints::ENDPOINTS.iter().map(|endpoint| endpoint.path)
    }

    /// What the app may do.
    pub fn class(&self) -> AppClass {
        self.app.config.class
    }

    /// `http://127.0.0.1:PORT`
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key that requests to `/_fake/...` need.
    pub fn control_key(&self) -> &ControlKey {
        &self.app.control_key
    }

    /// What takes the place of `https://api.spotify.com/v1`.
    pub fn api_url(&self) -> String {
        format!("{}/v1", self.base_url())
    }

    /// What takes the place of `https://accounts.spotify.com/api/token`.
    pub fn token_url(&self) -> String {
        format!("{}/api/token", self.base_url())
    }

    /// The credentials that get a token.
    pub fn credentials(&self) -> &Credentials {
        &self.app.config.credentials
    }

    /// The artists that are served.
    pub fn catalogue(&self) -> &Catalogue {
        self.app.searcher.catalogue()
    }

    /// What is around the artists, and so what a collector can find.
    pub fn world(&self) -> &World {
        &self.app.world
    }

    /// What a collector can find by playlists and related artists, as the playlists are now. Only apps with
    /// the old extended quota can: for others it is nothing.
    pub fn reach(&self) -> Reach {
        self.app.reach()
    }

    /// What was asked and answered so far.
    pub fn stats(&self) -> Stats {
        self.app.recorder().stats()
    }

    /// The faults as they are set.
    pub fn faults(&self) -> Faults {
        Faults::clone(&self.app.faults())
    }

    /// Sets all faults, from the next request on. Errs when a number is out of its range.
    pub fn set_faults(&self, faults: Faults) -> Result<(), String> {
        self.app.set_faults(faults)
    }

    /// The limits as they are set.
    pub fn limits(&self) -> LimitSettings {
        self.app.limits().settings().clone()
    }

    /// Sets all limits, from the next request on; what was used stays used. Errs when a number makes no
    /// sense.
    pub fn set_limits(&self, limits: LimitSettings) -> Result<(), String> {
        self.app.set_limits(limits)
    }

    /// Lets every token that was issued expire now.
    pub fn expire_tokens(&self) {
        self.app.tokens().expire_all();
    }

    /// Changes playlists: each gets another version and other items. Errs with the first id that names none.
    pub fn change_playlists(&self, ids: &[&str]) -> Result<(), String> {
        self.app.change_playlists(ids)
    }

    /// Stops accepting and waits until requests that are on their way are answered.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        // An error here would be a panic of the server task, which then has stopped all the same.
        drop((&mut self.server).await);
    }
}

/// The world that a configuration asks for.
fn world(artists: &Artists, tracks: Option<&Path>, seed: u64) -> Result<World, StartError> {
    let mut builder = match artists {
        Artists::File(path) => builder_from_csv(path)?,
        Artists::Generated { count, seed } => invent(*count, *seed)?,
    };
    let tracks = match tracks {
        Some(path) => Some(TrackFile::read(path)?.credit(&mut builder)?),
        None => None,
    };
    let catalogue = Arc::new(builder.build()?);
    Ok(match tracks {
        Some(tracks) => World::with_tracks(catalogue, seed, tracks),
        None => World::new(catalogue, seed),
    })
}
