//! How a stand-in is set up.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::control_key::ControlKey;
use crate::faults::Faults;
use crate::limits::LimitSettings;

/// What Spotify lets an app do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum AppClass {
    /// Extended quota, granted before 2024-11-27: everything answers.
    #[default]
    Extended,
    /// Extended quota, granted later: what was closed in November 2024 stays closed.
    ExtendedNew,
    /// Development mode, as every new app is since February 2026.
    Development,
}

impl AppClass {
    /// Most rows of a search page.
    pub fn page_limit(self) -> usize {
        if self == Self::Development { 10 } else { 50 }
    }

    /// Rows of a search page when the question does not say.
    pub fn default_page(self) -> usize {
        if self == Self::Development { 5 } else { 20 }
    }
}

/// Where the artists come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Artists {
    /// A CSV file, see [`crate::catalogue::from_csv`].
    File(PathBuf),
    /// Generated, see [`crate::generate::generate`].
    Generated {
        /// How many.
        count: usize,
        /// From which seed.
        seed: u64,
    },
}

/// The credentials of the one app that the stand-in knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `client_id`
    pub id: String,
    /// `client_secret`; protects nothing, since nothing here is worth it.
    pub secret: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { id: "local-app".into(), secret: "local-secret".into() }
    }
}

/// Everything that is fixed when a stand-in starts, and what faults and limits it starts with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The artists.
    pub artists: Artists,
    /// A CSV file of tracks with their audio features, see [`crate::tracks::TrackFile::read`]. Without it
    /// tracks are generated and their features are drawn.
    pub tracks: Option<PathBuf>,
    /// What the app may do.
    pub class: AppClass,
    /// The app's credentials.
    pub credentials: Credentials,
    /// `limit + offset` of a search may not exceed this.
    pub search_window: usize,
    /// Decides which requests are hit by faults.
    pub seed: u64,
    /// The limits to start with.
    pub limits: LimitSettings,
    /// The faults to start with.
    pub faults: Faults,
    /// The key to the control paths; without one, the stand-in makes its own.
    pub control_key: Option<ControlKey>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            artists: Artists::Generated { count: 20_000, seed: 1 },
            tracks: None,
            class: AppClass::default(),
            credentials: Credentials::default(),
            search_window: 1_000,
            seed: 1,
            limits: LimitSettings::default(),
            faults: Faults::default(),
            control_key: None,
        }
    }
}
