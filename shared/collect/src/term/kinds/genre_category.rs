//! The playlists of a genre's category.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, of_genre};
use crate::catalogue::{ArtistId, CategoryId, Genre};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The playlists of a category, each of which is read for the tracks of a genre.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GenreCategory {
    /// The genre.
    pub genre: Genre,
    /// The category that is about it.
    pub category: CategoryId,
}

impl Subject for GenreCategory {
    const NAME: &'static str = "genre-category";
    const BUCKET: Bucket = Bucket::Browse;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ListProgress;

    fn written(&self) -> Option<String> {
        Some(format!("{}:{}", self.genre.code(), self.category))
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        let (genre, category) = of_genre(written)?;
        Ok(Self { genre, category: CategoryId::new(category).map_err(InvalidSubject::other)? })
    }
}

impl List for GenreCategory {
    fn pages_of(&self) -> Endpoint {
        Endpoint::CategoryPlaylists
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::CategoryPlaylists { category: self.category.clone(), page }
    }
}
