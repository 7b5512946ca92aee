//! The exporter's ports on S3, Glue, SQS and DynamoDB.
//!
//! | module | port | what it uses |
//! |---|---|---|
//! | [`objects`] | `Objects` | a bucket: conditional PutObject, multipart uploads, ranged GetObject |
//! | [`scans`] | `Scans` | Scan and Query, whose answers are kept as they come |
//! | [`ledgers`] | `Ledgers` | one item of table `control`, replaced if its version is still the same |
//! | [`queue`] | `WorkQueue` | the export queue |
//! | [`catalogue`] | `Catalogue` | Glue: partitions, and the location of the tables of the latest snapshot |

#[cfg(feature = "export")]
pub mod catalogue;
#[cfg(feature = "export")]
pub mod ledgers;
pub mod objects;
#[cfg(feature = "export")]
pub mod queue;
#[cfg(feature = "export")]
pub mod scans;
