//! The client's contract over real HTTP, against a scripted server in this process.

#![expect(clippy::expect_used, reason = "a helper that cannot set the scene should end the test")]

mod connections;
mod endpoints;
mod questions;
mod server;
mod tokens;
