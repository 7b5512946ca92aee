//! Buckets: the endpoints that share one Spotify limit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The endpoints that share one Spotify limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// `GET /search`.
    Search,
    /// `GET /artists`, `/artists/{id}` and `/artists/{id}/related-artists`.
    Artists,
    /// `GET /artists/{id}/albums` and `/albums`.
    ArtistAlbums,
    /// `GET /playlists/{id}` and its tracks.
    Playlists,
    /// `GET /browse/...`.
    Browse,
    /// `GET /recommendations...`.
    Recommendations,
    /// `GET /audio-features`.
    AudioFeatures,
}

impl Bucket {
    /// The buckets that terms are asked from.
    pub const ALL: [Self; 7] = [
        Self::Search,
        Self::Artists,
        Self::ArtistAlbums,
        Self::Playlists,
        Self::Browse,
        Self::Recommendations,
        Self::AudioFeatures,
    ];

    /// The name in tables, logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Artists => "artists",
            Self::ArtistAlbums => "artist-albums",
            Self::Playlists => "playlists",
            Self::Browse => "browse",
            Self::Recommendations => "recommendations",
            Self::AudioFeatures => "audio-features",
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
