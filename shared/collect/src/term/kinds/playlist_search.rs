//! Playlists whose names match a search.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject};
use crate::catalogue::ArtistId;
use crate::term::search::SearchTerm;
use crate::web_api::{Bucket, Endpoint, Kind, PageAsk, Request};

/// Playlists whose names match this search.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlaylistSearch(pub SearchTerm);

impl Subject for PlaylistSearch {
    const NAME: &'static str = "playlist-search";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        self.0.written()
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        SearchTerm::read(written).map(Self)
    }
}

impl List for PlaylistSearch {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Search
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Search { query: self.0.query(), kinds: vec![Kind::Playlist], page }
    }
}
