//! The browse categories, for those that are about a genre whose tracks are collected.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The browse categories, for those that are about a genre whose tracks are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GenreCategories;

impl Subject for GenreCategories {
    const NAME: &'static str = "genre-categories";
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

impl List for GenreCategories {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Categories
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Categories(page)
    }
}
