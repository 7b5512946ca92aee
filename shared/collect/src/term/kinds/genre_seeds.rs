//! The genres that Spotify names as seeds.

use super::list::{List, ListProgress};
use super::subject::{Alone, Purpose};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The genres that Spotify names as seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GenreSeeds;

impl Alone for GenreSeeds {
    const NAME: &'static str = "genre-seeds";
    const BUCKET: Bucket = Bucket::Recommendations;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = ListProgress;
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
