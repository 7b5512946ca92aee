//! The playlists that Spotify features.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The playlists that Spotify features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeaturedPlaylists;

impl Subject for FeaturedPlaylists {
    const NAME: &'static str = "featured-playlists";
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

impl List for FeaturedPlaylists {
    fn pages_of(&self) -> Endpoint {
        Endpoint::FeaturedPlaylists
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::FeaturedPlaylists(page)
    }
}
