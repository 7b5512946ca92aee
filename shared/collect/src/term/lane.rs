//! Where unfinished terms wait.

use jiff::Timestamp;

use super::source::Source;

/// Where unfinished terms wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Ready to be dispatched, of this source.
    Ready(Source),
    /// Sent, with a lease that ended before this time.
    SentUntil(Timestamp),
}

impl Lane {
    /// All sent terms.
    pub const SENT: Self = Self::SentUntil(Timestamp::MAX);
}
