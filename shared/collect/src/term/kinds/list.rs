//! Lists: questions that are answered page after page.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::term::tally::LastPage;
use crate::term::walk::Walk;
use crate::web_api::{Endpoint, PageAsk, Request};

/// A question that is answered by a list.
pub trait List: Debug + Send + Sync {
    /// The endpoint whose page size holds for the list.
    fn pages_of(&self) -> Endpoint;

    /// The request for a page. `begun` says whether an earlier page was asked.
    fn request(&self, page: PageAsk, begun: bool) -> Request;

    /// Rows of a full answer to that request; nothing where one answer is all there is.
    fn full_page(&self, page: PageAsk, _begun: bool) -> Option<u32> {
        Some(page.limit)
    }

    /// Whether the rows name artists, so that one page foretells the next.
    fn rows_name_artists(&self) -> bool {
        false
    }
}

/// How far a list has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListProgress {
    /// Pages behind and before it.
    pub walk: Walk,
    /// What the last page brought.
    pub last_page: LastPage,
}
