//! A request, and the term on whose behalf it is made.

use std::fmt;

use collect::term::TermKey;
use collect::web_api::{Bucket, Request};

/// A request, and the term on whose behalf it is made.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    pub(crate) term: Option<TermKey>,
}

impl Asked<'_> {
    /// The bucket that it counts in.
    pub(crate) fn bucket(&self) -> Bucket {
        self.request.endpoint().bucket()
    }

    /// What failures are counted by.
    pub(crate) fn subject(&self) -> &str {
        self.term.as_ref().map_or("", TermKey::as_str)
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.request {
            Request::Search { query, page, .. } => write!(formatter, "{query:?} from {}", page.offset),
            other => write!(formatter, "{other:?}"),
        }
    }
}
