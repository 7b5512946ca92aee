//! The exporter as Lambda calls it, on a real implementation of the services behind it, MiniStack.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod exports;
mod place;
mod trouble;
