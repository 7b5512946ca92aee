//! The browse categories.

use super::list::{List, ListProgress};
use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The browse categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Categories;

impl Subject for Categories {
    const NAME: &'static str = "categories";
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

impl List for Categories {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Categories
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Categories(page)
    }
}
