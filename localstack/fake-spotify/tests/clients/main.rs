//! Clients that others have written, as they are published, work against the stand-in: each calls all that it
//! can call for an app with a token of its own, pages to the end, and meets a bad token and a reached limit.
//! What one of them refuses is a defect of the stand-in.
//!
//! Each has an environment of its own below `target/`, made when it is missing; the first time takes a
//! network.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod collectors;
mod environment;
mod node;
mod python;
mod rust;
mod subjects;
