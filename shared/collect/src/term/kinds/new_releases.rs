//! New albums.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// New albums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NewReleases;

impl Subject for NewReleases {
    const NAME: &'static str = "new-releases";
    const BUCKET: Bucket = Bucket::Browse;
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
