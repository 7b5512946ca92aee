//! Sorting and merging, from pages as DynamoDB sends them to files that are read back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod merging;
mod sorting;
mod star;
