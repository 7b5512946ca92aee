//! The exporter's heavy jobs, on Arrow and Parquet.
//!
//! [`Press`] implements [`collect::ports::export::Workshop`] over any scan and any object store. What it does
//! is bounded in memory whatever the size of a table, and free of locks and threads:
//!
//! - **sort**: pages of a scan go straight from their JSON into columns ([`page`]); a hundred thousand rows
//!   are sorted by key and written as one sorted run ([`run_file`]).
//! - **derive**: a merged part of the tables of tracks becomes a sorted run of each table of the star schema
//!   that is built from it.
//! - **merge**: of every sorted run the slice that falls into the range is read; the rows are put in order,
//!   checked ([`check`]), compared with the snapshot before ([`changes`]) and written ([`output`]), some
//!   thousands at a time.
//!
//! [`knowledge`] reads a snapshot for the recommender. [`folder`] is an object store in a folder, for tests
//! and measurements.

pub mod changes;
pub mod check;
mod columns;
mod derive;
mod error;
pub mod folder;
pub mod knowledge;
mod merge;
pub mod output;
pub mod page;
mod part_file;
mod references;
pub mod run_file;
pub mod schema;
mod sort;

use collect::ports::PortError;
use collect::ports::export::{DeriveTask, MergeTask, Objects, Scans, SortTask, Workshop};
use collect::snapshot::export::{Merged, Sorted, SortedRun};

/// Sorts, derives and merges.
#[derive(Debug)]
pub struct Press<S, O> {
    scans: S,
    objects: O,
}

impl<S, O> Press<S, O> {
    /// The jobs on this scan and this store.
    pub fn new(scans: S, objects: O) -> Self {
        Self { scans, objects }
    }
}

impl<S: Scans + Sync, O: Objects + Sync> Workshop for Press<S, O> {
    async fn sort(&self, task: &SortTask) -> Result<Sorted, PortError> {
        sort::sort(&self.scans, &self.objects, task).await
    }

    async fn derive(&self, task: &DeriveTask<'_>) -> Result<Option<SortedRun>, PortError> {
        derive::derive(&self.objects, task).await
    }

    async fn bounds(&self, runs: &[&SortedRun], parts: u64) -> Result<Vec<String>, PortError> {
        run_file::bounds(&self.objects, runs, parts).await
    }

    async fn merge(&self, task: &MergeTask<'_>) -> Result<Merged, PortError> {
        merge::merge(&self.objects, task).await
    }
}
