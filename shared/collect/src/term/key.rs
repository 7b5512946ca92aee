//! The canonical keys of terms.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::search::InvalidTerm;

/// The canonical key of a term, such as `search:abb`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TermKey(pub(super) String);

/// A string that is no term key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The part before the colon names no kind of question.
    #[error("{0:?} is no term key: it must begin with a kind of question, as `search:` is")]
    Kind(String),
    /// The part after the colon is no search.
    #[error("{key:?} is no term key: {source}")]
    Search {
        /// The key as it came, cut to a readable length.
        key: String,
        /// What is wrong with it.
        source: InvalidTerm,
    },
    /// The part after the colon is no id.
    #[error("{key:?} is no term key: {why}")]
    Subject {
        /// The key as it came, cut to a readable length.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// It asks something, but not in the canonical form.
    #[error("{key:?} is no canonical term key; it would be {canonical:?}")]
    NotCanonical {
        /// The key as it came, cut to a readable length.
        key: String,
        /// The same question in the canonical form.
        canonical: String,
    },
}

impl TermKey {
    /// The key as it stands in tables and messages.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TermKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for TermKey {
    type Error = InvalidKey;

    fn try_from(key: String) -> Result<Self, InvalidKey> {
        Self::parse(&key)
    }
}

impl From<TermKey> for String {
    fn from(key: TermKey) -> Self {
        key.0
    }
}
