//! The ports against a scripted AWS: every request as it is sent, and the answers that no emulator gives.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod artists;
mod control;
mod dead_letters;
#[cfg(feature = "export")]
mod export;
mod figures;
mod frontier;
mod index;
mod lookups;
mod pace;
mod rewrite;
mod schema;
mod script;
mod secret;
mod sending;
mod sources;
mod traces;
mod tracks;
mod users;
mod window;
