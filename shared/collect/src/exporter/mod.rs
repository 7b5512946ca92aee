//! The exporter: turns the tables into immutable snapshots that anybody can read.
//!
//! A *snapshot* is what the tables held when a run had closed, as files sorted by key. It is made in stages:
//!
//! 1. **Sort.** Each *segment* of a table's scan becomes *sorted runs*: intermediate objects of bounded size,
//!    named after their content, so that a run written twice is the same run.
//! 2. **Plan.** Samples of the sorted runs divide each table into *ranges* of keys of about equal size.
//! 3. **Merge.** Each range becomes one part: its rows of all sorted runs in order, checked against the
//!    table's [expectations], and compared with the same range of the snapshot
//!    before ([`Changes`](crate::snapshot::manifest::Changes)).
//! 4. **Derive.** The tables of the [star schema](crate::snapshot::star_tables) are built from the merged
//!    parts of the received ones: each part becomes one sorted run of each table that is derived from it.
//!    Then these tables are planned and merged in the same way.
//! 5. **Publish.** Report, manifest, sums, catalogue and, last of all, `latest.json`.
//!
//! Every segment, range and step is a [`work_item::WorkItem`] that travels as a message of a queue. What is
//! done stands in one document, the [`ledger::Ledger`], which is only ever replaced if nobody else has
//! replaced it since it was read. Hence:
//!
//! - Whoever replaces it with the last open item done knows that it was the last, and goes on with the next
//!   stage.
//! - A message that comes twice, late or never changes nothing: a finished item is dropped, and the tick
//!   sends an item again whose lease has ended.
//! - A part is a function of the sorted runs that the ledger names, so two exporters that write it write the
//!   same bytes. Objects of a snapshot are created and never replaced.
//! - One export is active at a time; so the sequence has no gaps and each snapshot's parent is the one before
//!   it.
//!
//! An execution that was started by the schedule or by hand works messages until none is left or its time is
//! over; the next one goes on. Nobody polls the queue otherwise: a mapping of Lambda would cost more than all
//! else in a month without an export.
//!
//! [`snapshot`](crate::snapshot) decides and does nothing: ledger, export, expectations, manifest and layout.
//! [`tick`], [`worker`] and [`publish`] act, through the [ports](crate::ports::export).

pub mod publish;
pub mod tick;
pub mod worker;

pub use crate::snapshot::{expectations, export, layout, ledger, manifest, table, tables, work_item};
