//! The ports of the exporter.
//!
//! | port | what it is to the exporter | in the cloud |
//! |---|---|---|
//! | [`Runs`] | the run that is open or was closed last | table `control` |
//! | [`Ledgers`] | the exporter's memory, replaced by compare-and-swap | table `control` |
//! | [`Objects`] | the files of all snapshots | S3 |
//! | [`Catalogue`] | what SQL engines know of the files | Glue |
//! | [`WorkQueue`] | the work items | SQS |
//! | [`Scans`] | the pages of the tables' scans | DynamoDB |
//! | [`Workshop`] | the heavy jobs: to sort, to derive and to merge | the crate `snapshot`, over [`Scans`] and [`Objects`] |

use std::collections::BTreeMap;
use std::ops;

use jiff::Timestamp;

use super::clock::Clock;
use super::error::PortError;
use super::reading::Records;
use crate::run::Run;
use crate::snapshot::export::{Cursor, Export, File, Merged, Sorted, SortedRun};
use crate::snapshot::ledger::Ledger;
use crate::snapshot::table::TableName;
use crate::snapshot::work_item::WorkMessage;

/// The run that is open or was closed last.
#[trait_variant::make(Send)]
pub trait Runs {
    /// The open run, or else the last one; none before the first.
    async fn current(&self) -> Result<Option<Run>, PortError>;
}

/// The exporter's memory.
#[trait_variant::make(Send)]
pub trait Ledgers {
    /// The ledger and its version (a consistent read); an empty one of version 0 before the first write.
    async fn load(&self) -> Result<(Ledger, u64), PortError>;

    /// Replaces the ledger if it still has this version. Returns whether it had.
    async fn save(&self, ledger: &Ledger, version: u64) -> Result<bool, PortError>;
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its version.
    pub tag: Tag,
}

/// The version of an object, as the store names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(pub String);

/// What came of creating an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    New,
    /// There was one of this key already, which stays as it is.
    Exists,
}

/// The files of all snapshots.
#[trait_variant::make(Send)]
pub trait Objects {
    /// See [`Upload`].
    type Upload: Upload + Send;

    /// An object; none if there is none of this key.
    async fn get(&self, key: &str) -> Result<Option<Object>, PortError>;

    /// Some bytes of an object, and its size. A span beyond the end is cut; one that is counted from the end
    /// has no start.
    async fn span(&self, key: &str, span: Span) -> Result<(Vec<u8>, u64), PortError>;

    /// Creates an object unless there is one of this key.
    async fn create(&self, key: &str, bytes: &[u8]) -> Result<Created, PortError>;

    /// Begins an object that is too large to hold. Nobody sees it before it is finished.
    async fn upload(&self, key: &str) -> Result<Self::Upload, PortError>;

    /// Replaces an object if it has still this version, or creates it if it is to be new. Returns whether it
    /// did.
    async fn replace(&self, key: &str, bytes: &[u8], tag: Option<&Tag>) -> Result<bool, PortError>;
}

/// Which bytes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// From the first to before the second.
    Of(ops::Range<u64>),
    /// So many at the end.
    Last(u64),
}

/// An object that is being written.
#[trait_variant::make(Send)]
pub trait Upload {
    /// Appends bytes.
    async fn push(&mut self, bytes: Vec<u8>) -> Result<(), PortError>;

    /// Creates the object from all that was pushed, unless there is one of this key.
    async fn finish(self) -> Result<Created, PortError>;
}

/// What SQL engines know of the files.
#[trait_variant::make(Send)]
pub trait Catalogue {
    /// Registers the partition of a snapshot in every table. Registering twice is harmless.
    async fn add(&self, export: &Export) -> Result<(), PortError>;

    /// Points the views of the latest snapshot at this one, unless they show one of this number or a later
    /// one.
    async fn point(&self, export: &Export) -> Result<(), PortError>;
}

/// The work items.
#[trait_variant::make(Send)]
pub trait WorkQueue {
    /// Sends messages. One that does not arrive is sent again by the tick.
    async fn send(&self, messages: &[WorkMessage]) -> Result<(), PortError>;
}

/// A message as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it says: a [`WorkMessage`] as JSON, unless somebody else has sent it.
    pub body: String,
    /// By which it is removed.
    pub receipt: String,
}

/// The receiving end of the work items. A message that was received stays hidden for longer than an execution
/// lives.
#[trait_variant::make(Send)]
pub trait Inbox {
    /// A message; none if none is visible.
    async fn receive(&self) -> Result<Option<Received>, PortError>;

    /// Removes a message that was worked.
    async fn remove(&self, message: &Received) -> Result<(), PortError>;
}

/// The pages of the tables' scans.
#[trait_variant::make(Send)]
pub trait Scans {
    /// A page of a segment, after `after`: the JSON of DynamoDB's answer, with `Items` and, unless it is the
    /// last page, `LastEvaluatedKey`. Of a table of one segment that is read in order, the run's own rows.
    async fn page(&self, from: &SegmentOf, after: Option<&Cursor>) -> Result<Vec<u8>, PortError>;
}

/// A segment of a table's scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentOf {
    /// The table.
    pub table: TableName,
    /// Its number.
    pub segment: u32,
    /// How many there are.
    pub of: u32,
    /// The run whose rows are wanted, where a table keeps rows for each.
    pub run: crate::term::RunId,
}

/// A piece of a segment to sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortTask {
    /// Folder of the sorted runs.
    pub folder: String,
    /// The segment.
    pub from: SegmentOf,
    /// Where to go on.
    pub after: Option<Cursor>,
    /// Rows that had expired by then, or were seen for the first time since, are left out.
    pub started_at: Timestamp,
    /// No page is asked for after this moment.
    pub until: Timestamp,
}

/// A segment of a derived table.
#[derive(Clone, Debug, PartialEq)]
pub struct DeriveTask<'a> {
    /// The export.
    pub export: &'a Export,
    /// The table.
    pub table: TableName,
    /// The segment: the number of the part, of the table it is [derived](crate::snapshot::table::Derived)
    /// from.
    pub segment: u32,
    /// Folder of the sorted runs.
    pub folder: String,
}

/// A range of a table to merge.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeTask<'a> {
    /// The export.
    pub export: &'a Export,
    /// The table.
    pub table: TableName,
    /// The range.
    pub range: u32,
    /// The first key that belongs to it.
    pub from: Option<&'a str>,
    /// The first key after it.
    pub to: Option<&'a str>,
    /// The table's parts in the snapshot before that may hold keys of the range; none if there is nothing to
    /// compare with.
    pub before: Option<Vec<File>>,
}

/// The heavy jobs.
#[trait_variant::make(Send)]
pub trait Workshop {
    /// Scans a piece of a segment, as much as fits into memory, into one sorted run. Its object is named
    /// after its content, so that nobody replaces it by another.
    async fn sort(&self, task: &SortTask) -> Result<Sorted, PortError>;

    /// Derives the rows that one part leads to, each key once, into one sorted run; none if there are none.
    /// The same run for the same task.
    async fn derive(&self, task: &DeriveTask<'_>) -> Result<Option<SortedRun>, PortError>;

    /// The keys at which the second to the last of `parts` ranges of about equal size begin. The same for the
    /// same runs; fewer if there are not so many keys.
    async fn bounds(&self, runs: &[&SortedRun], parts: u64) -> Result<Vec<String>, PortError>;

    /// Merges a range of the sorted runs into its files. The same bytes for the same task, so a file that is
    /// there already and has other content is an error.
    async fn merge(&self, task: &MergeTask<'_>) -> Result<Merged, PortError>;
}

/// All ports of the exporter.
pub trait Exporting: Sync {
    /// See [`Clock`].
    type Clock: Clock + Sync;
    /// See [`Runs`] and [`Records`].
    type Runs: Runs + Records + Sync;
    /// See [`Ledgers`].
    type Ledgers: Ledgers + Sync;
    /// See [`Objects`].
    type Objects: Objects + Sync;
    /// See [`Catalogue`].
    type Catalogue: Catalogue + Sync;
    /// See [`WorkQueue`].
    type Queue: WorkQueue + Sync;
    /// See [`Workshop`].
    type Workshop: Workshop + Sync;

    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// The runs.
    fn runs(&self) -> &Self::Runs;
    /// The ledger.
    fn ledgers(&self) -> &Self::Ledgers;
    /// The files.
    fn objects(&self) -> &Self::Objects;
    /// The catalogue.
    fn catalogue(&self) -> &Self::Catalogue;
    /// The queue.
    fn queue(&self) -> &Self::Queue;
    /// The workshop.
    fn workshop(&self) -> &Self::Workshop;
    /// How many segments each table is scanned in.
    fn segments(&self) -> BTreeMap<TableName, u32>;
}
