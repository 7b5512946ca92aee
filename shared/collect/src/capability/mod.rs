//! What this Spotify app may do, as far as it has been found out.
//!
//! | capability | how it is found out |
//! |---|---|
//! | which endpoints answer, and with which fields | one term of the run asks each once, before its source begins ([`explore`]) |
//! | page sizes, the window of a search | the first rejection names them ([`refusal`](crate::refusal)) |
//! | whether `NOT` excludes | a trial on a saturated search ([`try_not`]) |
//! | whether a search of several types brings more | measured as a [yield](crate::source::yields) |

mod explore;
mod findings;
mod not;

pub(crate) use explore::explore;
pub use findings::{Field, Finding, Findings};
pub(crate) use not::try_not;

use crate::paging::PageLimits;

/// How the app may search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// How much of a search it may see.
    pub limits: PageLimits,
    /// Whether `NOT` excludes; `None` until it was tried in this run.
    pub not_works: Option<bool>,
}
