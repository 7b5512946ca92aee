//! Tells one's own write from somebody else's.
//!
//! The SDK retries unanswered requests. If the first attempt was carried out, the condition of the second
//! does not hold, and the item that comes back with the refusal is the one that was just written. Its values
//! do not show that: two writers that change the same state at the same moment may write the same. So each
//! write has a random number of its own, its mark.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::ports::PortError;
use serde::{Deserialize, Serialize};

/// How many marks an item keeps: 0.1 KB. The SDK waits five seconds for an answer before it retries
/// ([`crate::aws::timeouts`]). At 30 requests a second, the pace is written some fifteen times meanwhile,
/// since a lease has up to ten permits. Where it is written more often, a write whose answer was lost may
/// count twice.
const KEPT: usize = 16;

/// The mark of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Mark(u64);

impl Mark {
    /// A new mark for a write of `what`. 32 bits are enough to differ from the few beside it.
    pub(crate) fn new(what: impl Into<String>) -> Result<Self, PortError> {
        getrandom::u32().map(|mark| Self(mark.into())).map_err(|error| PortError::Unavailable {
            what: what.into(),
            why: format!("the operating system gives no random numbers: {error}"),
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<Mark> for AttributeValue {
    fn from(mark: Mark) -> Self {
        Self::N(mark.to_string())
    }
}

/// The marks of an item's last writes, the latest last: others may have written between an attempt and its
/// retry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Marks(Vec<Mark>);

impl Marks {
    /// Adds the mark of the next write.
    pub(crate) fn add(&mut self, mark: Mark) {
        let surplus = (self.0.len() + 1).saturating_sub(KEPT);
        self.0.drain(..surplus);
        self.0.push(mark);
    }

    /// Whether the write of this mark was carried out lately.
    pub(crate) fn contain(&self, mark: Mark) -> bool {
        self.0.contains(&mark)
    }
}
