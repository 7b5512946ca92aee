//! The client's contract over real HTTP, against a server in this process that answers what each test tells it to.

#![expect(clippy::expect_used, reason = "a helper that cannot set the scene should end the test")]

mod connections;
mod endpoints;
mod questions;
mod server;
mod tokens;
