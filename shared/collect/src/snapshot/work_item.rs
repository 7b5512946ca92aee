//! Work items: what travels through the exporter's queue.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::export::SnapshotId;
use super::table::TableName;

/// One piece of work on a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "work")]
pub enum WorkItem {
    /// Scan a segment of a received table into sorted runs, from where it stands, or derive one of a derived
    /// table.
    Sort {
        /// The table.
        table: TableName,
        /// Number of the segment.
        segment: u32,
    },
    /// Divide the tables into ranges.
    Plan,
    /// Merge a range of a table into its part.
    Merge {
        /// The table.
        table: TableName,
        /// Number of the range.
        range: u32,
    },
    /// Publish, or say why not.
    Publish,
}

impl fmt::Display for WorkItem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sort { table, segment } => write!(formatter, "sort segment {segment} of {table}"),
            Self::Plan => formatter.write_str("plan the ranges"),
            Self::Merge { table, range } => write!(formatter, "merge range {range} of {table}"),
            Self::Publish => formatter.write_str("publish"),
        }
    }
}

/// A message: enough to find the work item, nothing that could grow old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkMessage {
    /// The snapshot it is for.
    pub snapshot: SnapshotId,
    /// The work item.
    #[serde(flatten)]
    pub work: WorkItem,
}
