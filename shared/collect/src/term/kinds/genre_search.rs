//! The playlists that a search for a genre shows first.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::{ArtistId, Genre};
use crate::web_api::{Bucket, Endpoint, Kind, PageAsk, Request};

/// The playlists that a search for a genre's name shows on its first page, each of which is read for the
/// genre's tracks. Further pages show ever less of the genre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GenreSearch(pub Genre);

impl Subject for GenreSearch {
    const NAME: &'static str = "genre-search";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        Some(self.0.code().to_string())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        needed(written)?.parse().map(Self).map_err(InvalidSubject::other)
    }
}

impl List for GenreSearch {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Search
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Search { query: self.0.name().to_owned(), kinds: vec![Kind::Playlist], page }
    }

    fn full_page(&self, _page: PageAsk, _begun: bool) -> Option<u32> {
        None
    }
}
