//! How known artists are kept fresh.

use std::time::Duration;

/// How known artists are kept fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// Artists that were seen since are fresh.
    pub age: Duration,
    /// Most requests that a run spends on it.
    pub requests: u32,
}
