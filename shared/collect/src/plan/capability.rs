//! What this Spotify app may do, as far as it has been found out.
//!
//! | capability | how it is found out |
//! |---|---|
//! | which endpoints answer, and with which fields | one term of the run asks each once, before its source begins (`explore`) |
//! | page sizes, the search depth | the first rejection names them ([`refusal`](super::refusal)) |
//! | whether `NOT`, quotes and `year:` work in a search | trials: the question for everything, and on saturated words |
//! | whether a search of several types brings more | measured as a [yield](super::Yields) |

use crate::term::Operators;
use crate::web_api::PageLimits;

/// How the app may search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// How much of a search it may see.
    pub limits: PageLimits,
    /// Which operators work in its searches.
    pub operators: Operators,
}
