//! New albums, by a search for the tag: for apps to which the list of new releases is closed.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, Kind, PageAsk, Request};

/// New albums, by a search for the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NewAlbums;

impl Subject for NewAlbums {
    const NAME: &'static str = "new-albums";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        None
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        none(Self, written)
    }
}

impl List for NewAlbums {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Search
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Search { query: "tag:new".to_owned(), kinds: vec![Kind::Album], page }
    }
}
