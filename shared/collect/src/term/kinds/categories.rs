//! The browse categories.

use super::list::{List, ListProgress};
use super::subject::{Alone, Purpose};
use crate::web_api::{Bucket, Endpoint, PageAsk, Request};

/// The browse categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Categories;

impl Alone for Categories {
    const NAME: &'static str = "categories";
    const BUCKET: Bucket = Bucket::Browse;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = ListProgress;
}

impl List for Categories {
    fn pages_of(&self) -> Endpoint {
        Endpoint::Categories
    }

    fn request(&self, page: PageAsk, _begun: bool) -> Request {
        Request::Categories(page)
    }
}
