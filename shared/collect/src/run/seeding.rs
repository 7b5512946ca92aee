//! Where the seeding of a run stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::term::{RunId, TermKey};

/// Where the seeding of a run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seeding {
    /// Nothing is put yet.
    #[default]
    Roots,
    /// The leaves of an earlier run are being put.
    Leaves {
        /// The run that they are of.
        of: RunId,
        /// The last one that was looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<TermKey>,
    },
    /// The strings of the systematic search are being put.
    Strings {
        /// How many are put.
        put: u64,
    },
}

impl fmt::Display for Seeding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roots => formatter.write_str("at its roots"),
            Self::Leaves { of, .. } => write!(formatter, "at the leaves of run {of}"),
            Self::Strings { put } => write!(formatter, "at string {put}"),
        }
    }
}
