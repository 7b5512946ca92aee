//! The browse categories, for those that are about a genre whose tracks are collected.

use super::list::{List, ListProgress};
use super::subject::{Alone, Purpose};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The browse categories, for those that are about a genre whose tracks are collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GenreCategories;

impl Alone for GenreCategories {
    const NAME: &'static str = "genre-categories";
    const BUCKET: Bucket = Bucket::Browse;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = ListProgress;
}

impl List for GenreCategories {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Categories
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Categories(page)
    }
}
