//! Artists and genres.

use collect::operator::search;
use collect::plan::{ArtistRow, Field};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An artist as Spotify showed it when it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Artist {
    /// Spotify's id.
    #[schema(pattern = "^[0-7][0-9A-Za-z]{21}$")]
    pub id: String,
    /// Display name.
    pub name: String,
    /// 0 to 100; `null` if Spotify did not provide it, which is not zero.
    pub popularity: Option<u8>,
    /// Number of followers; `null` likewise.
    pub followers: Option<u64>,
    /// Genres in Spotify's order; `null` likewise.
    pub genres: Option<Vec<String>>,
    /// Which of these Spotify has not provided so far.
    pub not_provided: Vec<&'static str>,
    /// The artist's page, to be linked wherever the artist is shown.
    pub spotify_url: String,
    /// When a run first saw it.
    pub first_seen: Timestamp,
    /// When a run last saw it.
    pub last_seen: Timestamp,
    /// The term that first found it.
    pub found_by: String,
    /// The run that first found it.
    pub found_in: String,
    /// The run that last saw it.
    pub last_run: String,
    /// When it is deleted unless a run sees it before.
    pub expires_at: Timestamp,
}

impl From<ArtistRow> for Artist {
    fn from(row: ArtistRow) -> Self {
        let not_provided = row.not_provided().into_iter().map(Field::name).collect();
        let collect::catalogue::Artist { id, name, popularity, followers, genres } = row.artist;
        Self {
            spotify_url: format!("https://open.spotify.com/artist/{id}"),
            id: id.into(),
            name,
            popularity,
            followers,
            genres,
            not_provided,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            found_by: row.found_by,
            found_in: row.found_in.into(),
            last_run: row.last_run.into(),
            expires_at: row.expires_at,
        }
    }
}

/// A page of artists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Artists {
    /// The artists of this page, as they are now. There may be fewer than asked for, or none, although others
    /// follow.
    pub artists: Vec<Artist>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// A page of genres.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Genres {
    /// The genres of this page. There may be fewer than asked for, or none, although others follow.
    pub genres: Vec<Genre>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// A genre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Genre {
    /// Its name.
    pub name: String,
    /// Its most popular artist.
    pub top_artist: Artist,
}

impl From<search::Genre> for Genre {
    fn from(genre: search::Genre) -> Self {
        Self { name: genre.name, top_artist: genre.top.into() }
    }
}
