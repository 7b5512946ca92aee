//! The tracks of a playlist, for a genre.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Playlist;
use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, of_genre};
use crate::catalogue::{ArtistId, Genre, PlaylistId};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The tracks of a playlist, which belong to a genre because the playlist does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GenrePlaylist {
    /// The genre.
    pub genre: Genre,
    /// The playlist.
    pub playlist: PlaylistId,
}

/// How far a playlist has been read for its tracks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenrePlaylistProgress {
    /// Pages behind and before it.
    pub tracks: ListProgress,
    /// What the first page said of the playlist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<PlaylistHeader>,
}

/// What a playlist says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaylistHeader {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The id of the user who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its version: as long as that is the same, the tracks are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How many tracks it says it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<u64>,
    /// When the reading of this version began.
    pub began: Timestamp,
}

impl Subject for GenrePlaylist {
    const NAME: &'static str = "genre-playlist";
    const BUCKET: Bucket = Bucket::Playlists;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = GenrePlaylistProgress;

    fn written(&self) -> Option<String> {
        Some(format!("{}:{}", self.genre.code(), self.playlist))
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        let (genre, playlist) = of_genre(written)?;
        Ok(Self { genre, playlist: PlaylistId::new(playlist).map_err(InvalidSubject::other)? })
    }
}

impl GenrePlaylist {
    /// The same playlist as a list.
    fn list(&self) -> Playlist {
        Playlist(self.playlist.clone())
    }
}

impl List for GenrePlaylist {
    fn pages_of(&self) -> Endpoint {
        self.list().pages_of()
    }

    fn request(&self, page: PageAsk, begun: bool) -> Request {
        self.list().request(page, begun)
    }

    fn full_page(&self, page: PageAsk, begun: bool) -> Option<u32> {
        self.list().full_page(page, begun)
    }
}
