//! The playlists that Spotify features.

use super::list::{List, ListProgress};
use super::subject::{Alone, Purpose};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The playlists that Spotify features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeaturedPlaylists;

impl Alone for FeaturedPlaylists {
    const NAME: &'static str = "featured-playlists";
    const BUCKET: Bucket = Bucket::Browse;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = ListProgress;
}

impl List for FeaturedPlaylists {
    fn pages_of(&self) -> Endpoint {
        Endpoint::FeaturedPlaylists
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::FeaturedPlaylists(page)
    }
}
