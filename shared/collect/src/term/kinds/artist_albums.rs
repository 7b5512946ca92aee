//! The albums of an artist.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The albums of an artist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArtistAlbums(pub ArtistId);

impl Subject for ArtistAlbums {
    const NAME: &'static str = "artist-albums";
    const BUCKET: Bucket = Bucket::ArtistAlbums;
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

impl List for ArtistAlbums {
    fn pages_of(&self) -> Endpoint {
        Endpoint::ArtistAlbums
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::ArtistAlbums { artist: self.0.clone(), page }
    }
}
