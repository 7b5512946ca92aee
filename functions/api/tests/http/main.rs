//! The API over ports in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod errors;
mod fuzz;
mod page;
mod routes;
mod world;
