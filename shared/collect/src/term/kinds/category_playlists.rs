//! The playlists of a category.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::{ArtistId, CategoryId};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The playlists of a category.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CategoryPlaylists(pub CategoryId);

impl Subject for CategoryPlaylists {
    const NAME: &'static str = "category";
    const BUCKET: Bucket = Bucket::Browse;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        CategoryId::new(needed(written)?).map(Self).map_err(InvalidSubject::other)
    }
}

impl List for CategoryPlaylists {
    fn pages_of(&self) -> Endpoint {
        Endpoint::CategoryPlaylists
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::CategoryPlaylists { category: self.0.clone(), page }
    }
}
