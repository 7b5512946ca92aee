//! New albums, by a search for the tag: for apps to which the list of new releases is closed.

use super::list::{List, ListProgress};
use super::subject::{Alone, Purpose};
use crate::web_api::{Bucket, Endpoint, Kind, PageAsk, Request};

/// New albums, by a search for the tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NewAlbums;

impl Alone for NewAlbums {
    const NAME: &'static str = "new-albums";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = ListProgress;
}

impl List for NewAlbums {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Search
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Search { query: "tag:new".to_owned(), kinds: vec![Kind::Album], page }
    }
}
