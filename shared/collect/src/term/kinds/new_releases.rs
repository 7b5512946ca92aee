//! New albums.

use super::list::{List, ListProgress};
use super::subject::{Alone, Purpose};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// New albums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NewReleases;

impl Alone for NewReleases {
    const NAME: &'static str = "new-releases";
    const BUCKET: Bucket = Bucket::Browse;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = ListProgress;
}

impl List for NewReleases {
    fn pages_of(&self) -> Endpoint {
        Endpoint::NewReleases
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::NewReleases(page)
    }

    fn rows_name_artists(&self) -> bool {
        true
    }
}
