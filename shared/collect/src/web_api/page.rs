//! Answers.

use serde::{Deserialize, Serialize};

use crate::catalogue::{AlbumId, Artist, AudioFeatures, CategoryId, Mention, PlaylistId, Track, TrackId};

/// What one answer brought, whatever was asked. Nothing in it is reliable by itself: rows repeat and go
/// missing between pages, `total` moves, and the last page may not know that it is the last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The readable artist objects, in Spotify's order.
    pub artists: Vec<Artist>,
    /// Artists of whom the answer says no more than id and name, in its order; repeats included.
    pub mentions: Vec<Mention>,
    /// What can be asked next.
    pub leads: Vec<Lead>,
    /// Rows of the page, the unreadable ones (null, malformed) included. Of several lists those of the
    /// artists; without them, of the longest.
    pub rows: u32,
    /// Spotify's claim of how many rows there are in all, of the same list.
    pub total: Option<u64>,
    /// Whether Spotify named a next page of that list, or without artists of any.
    pub has_next: bool,
    /// The version of the playlist that was asked for.
    pub snapshot: Option<String>,
    /// The name of that playlist.
    pub name: Option<String>,
    /// The id of the user who owns it.
    pub owner: Option<String>,
    /// The readable tracks of that playlist, in its order; repeats included.
    pub tracks: Vec<Track>,
    /// The audio features that were asked for, of the tracks that have some.
    pub features: Vec<(TrackId, AudioFeatures)>,
}

/// Something in an answer that a further question can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// A genre seed.
    Genre(String),
    /// A browse category.
    Category {
        /// Identity.
        id: CategoryId,
        /// Display name.
        name: String,
    },
    /// A playlist.
    Playlist {
        /// Identity.
        id: PlaylistId,
        /// Its version: as long as it is the same, the tracks are.
        snapshot: Option<String>,
        /// How many tracks it has.
        tracks: Option<u32>,
    },
    /// An album.
    Album(AlbumId),
}

/// What the app may see of a search: rows per page, and the search depth (`limit + offset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLimits {
    /// Largest `limit`.
    pub page: u32,
    /// Largest `limit + offset`. Stored as `window`.
    #[serde(rename = "window")]
    pub depth: u32,
}
