//! Snapshots as values: which work an export consists of, how far it has come, and what its files must look
//! like.
//!
//! Nothing here reads or writes. The [exporter](crate::exporter) acts on it, as its front page explains.

pub mod expectations;
pub mod export;
pub mod id;
pub mod layout;
pub mod ledger;
pub mod manifest;
mod progress;
pub mod star_tables;
pub mod table;
pub mod tables;
pub mod track_tables;
pub mod work_item;
