//! Users and what is recommended to them.

use collect::recommend::{Item, Profile, Recommended};
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

impl User {
    /// The user of that name with a profile.
    pub fn new(user: &str, profile: &Profile) -> Self {
        let artists = profile.artists.iter().map(|seed| UserArtist {
            spotify_url: link(seed.id.as_str()),
            id: seed.id.to_string(),
            name: seed.name.clone(),
        });
        Self { user: user.to_owned(), artists: artists.collect(), genres: profile.genres.clone() }
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

/// A recommended artist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recommendation {
    /// Always `artist`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Spotify's id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The artist's page, to be linked wherever the artist is shown.
    pub spotify_url: String,
    /// How it was found: `walk` (over playlists and related artists) or `genres`.
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
        Self {
            kind: "artist",
            spotify_url: link(item.id.as_str()),
            id: item.id.into(),
            name: item.name,
            method: item.method.as_str(),
            reason: item.reason,
        }
    }
}

fn link(artist: &str) -> String {
    format!("https://open.spotify.com/artist/{artist}")
}
