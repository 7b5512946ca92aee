//! The names of snapshots.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::term::RunId;

/// The name of a snapshot: its run, with a suffix unless it is the first of a closed run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotId(String);

/// The longest name, in bytes.
const LONGEST: usize = 60;

/// A string that cannot name a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a snapshot: 1 to 60 of a-z, A-Z, 0-9, `-`, `_` and `.`")]
pub struct InvalidSnapshotId(String);

impl SnapshotId {
    /// A snapshot that somebody names.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidSnapshotId> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=LONGEST).contains(&id.len()) && id.bytes().all(allowed) {
            Ok(Self(id))
        } else {
            Err(InvalidSnapshotId(id.chars().take(80).collect()))
        }
    }

    /// The first snapshot of a closed run.
    pub fn of_run(run: &RunId) -> Self {
        Self(run.to_string())
    }

    /// A further one of the same run.
    pub fn suffixed(run: &RunId, suffix: impl fmt::Display) -> Self {
        Self(format!("{run}.{suffix}"))
    }

    /// The name of a further attempt at this snapshot, after one that came to nothing. Attempts count from 1,
    /// the name itself.
    #[must_use]
    pub fn attempt(&self, number: u32) -> Self {
        let suffix = format!(".{number}");
        let room = LONGEST.saturating_sub(suffix.len()).min(self.0.len());
        Self(format!("{}{suffix}", &self.0[..room]))
    }

    /// Which attempt at the snapshot `first` this is, if it is one.
    pub fn attempt_at(&self, first: &Self) -> Option<u32> {
        if self == first {
            return Some(1);
        }
        let number: u32 = self.0.rsplit_once('.')?.1.parse().ok()?;
        (first.attempt(number) == *self).then_some(number)
    }

    /// The name as it stands in paths.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for SnapshotId {
    type Error = InvalidSnapshotId;

    fn try_from(id: String) -> Result<Self, InvalidSnapshotId> {
        Self::new(id)
    }
}

impl From<SnapshotId> for String {
    fn from(id: SnapshotId) -> Self {
        id.0
    }
}
