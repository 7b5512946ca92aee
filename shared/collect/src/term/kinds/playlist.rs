//! The artists of a playlist's tracks.

use serde::{Deserialize, Serialize};

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::{ArtistId, PlaylistId};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// Tracks that come with a playlist itself.
const WITH_PLAYLIST: u32 = 100;

/// The artists of a playlist's tracks. The first request asks for the playlist itself, which tells its
/// version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Playlist(pub PlaylistId);

/// How far a playlist has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaylistProgress {
    /// How far its tracks have been read.
    pub tracks: ListProgress,
    /// The version that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
}

impl Subject for Playlist {
    const NAME: &'static str = "playlist";
    const BUCKET: Bucket = Bucket::Playlists;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = PlaylistProgress;

    fn written(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        PlaylistId::new(needed(written)?).map(Self).map_err(InvalidSubject::other)
    }
}

impl List for Playlist {
    fn pages_of(&self) -> Endpoint {
        Endpoint::PlaylistItems
    }

    fn request(&self, page: PageAsk, begun: bool) -> Request {
        let playlist = self.0.clone();
        if begun { Request::PlaylistItems { playlist, page } } else { Request::Playlist(playlist) }
    }

    fn full_page(&self, page: PageAsk, begun: bool) -> Option<u32> {
        Some(if begun { page.limit } else { WITH_PLAYLIST })
    }

    fn rows_name_artists(&self) -> bool {
        true
    }
}
