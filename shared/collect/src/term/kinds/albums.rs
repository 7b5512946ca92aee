//! The artists of the tracks of albums.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::{AlbumId, ArtistId};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// Most albums that one request may ask for.
pub const MOST_ALBUMS: usize = 20;

/// The artists of the tracks of albums, 1 to 20 of them, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Albums(Vec<AlbumId>);

impl Albums {
    /// The question for the tracks of these albums, in whatever order they come. Nothing if there are none,
    /// or too many for one request.
    pub fn new(mut ids: Vec<AlbumId>) -> Option<Self> {
        ids.sort_unstable();
        ids.dedup();
        (1..=MOST_ALBUMS).contains(&ids.len()).then_some(Self(ids))
    }
}

impl Subject for Albums {
    const NAME: &'static str = "albums";
    const BUCKET: Bucket = Bucket::ArtistAlbums;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        Some(self.0.iter().map(AlbumId::as_str).collect::<Vec<_>>().join(","))
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        let ids = needed(written)?.split(',').map(AlbumId::new).collect::<Result<Vec<_>, _>>();
        Self::new(ids.map_err(InvalidSubject::other)?)
            .ok_or_else(|| InvalidSubject::Other(format!("1 to {MOST_ALBUMS} albums make a batch")))
    }
}

impl List for Albums {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Albums
    }

    fn request(&self, _page: PageAsk, _begun: bool) -> Request {
        Request::Albums(self.0.clone())
    }

    fn full_page(&self, _page: PageAsk, _begun: bool) -> Option<u32> {
        None
    }
}
