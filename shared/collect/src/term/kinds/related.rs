//! The related artists of an artist.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The related artists of an artist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Related(pub ArtistId);

impl Subject for Related {
    const NAME: &'static str = "related";
    const BUCKET: Bucket = Bucket::Artists;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = Some(Self);
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        ArtistId::new(needed(written)?).map(Self).map_err(InvalidSubject::other)
    }
}

impl List for Related {
    fn pages_of(&self) -> Endpoint {
        Endpoint::RelatedArtists
    }

    fn request(&self, _page: PageAsk, _begun: bool) -> Request {
        Request::RelatedArtists(self.0.clone())
    }

    fn full_page(&self, _page: PageAsk, _begun: bool) -> Option<u32> {
        None
    }
}
