//! The API over ports in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod errors;
mod fresh;
mod fuzz;
mod hostile;
mod page;
mod python;
mod routes;
mod scenes;
mod search;
mod users;
mod world;
