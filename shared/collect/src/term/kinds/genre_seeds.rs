//! The genres that Spotify names as seeds.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The genres that Spotify names as seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GenreSeeds;

impl Subject for GenreSeeds {
    const NAME: &'static str = "genre-seeds";
    const BUCKET: Bucket = Bucket::Recommendations;
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

impl List for GenreSeeds {
    fn pages_of(&self) -> Endpoint {
        Endpoint::GenreSeeds
    }

    fn request(&self, _page: PageAsk, _begun: bool) -> Request {
        Request::GenreSeeds
    }

    fn full_page(&self, _page: PageAsk, _begun: bool) -> Option<u32> {
        None
    }
}
