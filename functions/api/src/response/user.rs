//! Users and what is recommended to them.

use collect::recommend::{Item, Profile, Recommended, Subject};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a user likes, as it is put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wishes {
    /// Ids of artists that a run has seen.
    #[schema(max_items = 50)]
    pub artists: Vec<String>,
    /// Genres, in Spotify's words.
    #[schema(max_items = 50)]
    pub genres: Vec<String>,
    /// Ids of tracks that a run has seen.
    #[schema(max_items = 50)]
    pub tracks: Vec<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// The user's name.
    pub user: String,
    /// Artists that the user likes, as the catalogue knew them when they were put.
    pub artists: Vec<UserArtist>,
    /// Genres that the user likes.
    pub genres: Vec<String>,
    /// Tracks that the user likes, likewise.
    pub tracks: Vec<UserTrack>,
}

/// An artist that a user likes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserArtist {
    /// Spotify's id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The artist's page, to be linked wherever the artist is shown.
    pub spotify_url: String,
}

/// A track that a user likes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserTrack {
    /// Spotify's id.
    pub id: String,
    /// Title.
    pub name: String,
    /// The track's page, to be linked wherever the track is shown.
    pub spotify_url: String,
}

impl User {
    /// The user of that name with a profile.
    pub fn new(user: &str, profile: &Profile) -> Self {
        let artists = profile.artists.iter().map(|seed| UserArtist {
            spotify_url: link("artist", seed.id.as_str()),
            id: seed.id.to_string(),
            name: seed.name.clone(),
        });
        let tracks = profile.tracks.iter().map(|seed| UserTrack {
            spotify_url: link("track", seed.id.as_str()),
            id: seed.id.to_string(),
            name: seed.name.clone(),
        });
        Self {
            user: user.to_owned(),
            artists: artists.collect(),
            genres: profile.genres.clone(),
            tracks: tracks.collect(),
        }
    }
}

/// Lists of recommendations, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecommendationLists {
    /// The lists of this page.
    pub lists: Vec<RecommendationList>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// The recommendations for a user and a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecommendationList {
    /// The user's name.
    pub user: String,
    /// The day (UTC).
    #[schema(format = Date)]
    pub date: String,
    /// When the list was made.
    pub made_at: Timestamp,
    /// The snapshot that it rests on.
    pub snapshot: String,
    /// Best first; empty if nothing new was found.
    pub recommendations: Vec<Recommendation>,
}

/// A recommended artist or track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recommendation {
    /// `artist` or `track`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Spotify's id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The names of a track's artists; absent for an artist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artists: Option<Vec<String>>,
    /// The artist's or the track's page, to be linked wherever it is shown.
    pub spotify_url: String,
    /// How it was found: by `spotify` itself, by a `walk` over playlists and related artists, or by `genres`.
    pub method: &'static str,
    /// Why, in one sentence.
    pub reason: String,
}

impl From<Recommended> for RecommendationList {
    fn from(list: Recommended) -> Self {
        Self {
            user: list.user.into(),
            date: list.date.to_string(),
            made_at: list.made_at,
            snapshot: list.snapshot,
            recommendations: list.items.into_iter().map(Recommendation::from).collect(),
        }
    }
}

impl From<Item> for Recommendation {
    fn from(item: Item) -> Self {
        let (kind, id, artists) = match item.subject {
            Subject::Artist { id } => ("artist", String::from(id), None),
            Subject::Track { id, artists } => ("track", String::from(id), Some(artists)),
        };
        Self {
            kind,
            spotify_url: link(kind, &id),
            id,
            name: item.name,
            artists,
            method: item.method.as_str(),
            reason: item.reason,
        }
    }
}

fn link(kind: &str, id: &str) -> String {
    format!("https://open.spotify.com/{kind}/{id}")
}
