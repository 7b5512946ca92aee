//! What the traits of the ports promise, tested on both implementations: in memory, where simulations and
//! benches run, and on DynamoDB and SQS as MiniStack emulates them.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod place;

mod artists;
mod control;
mod edges;
mod emulator;
mod frontier;
mod index;
mod memory;
mod model;
mod reading;
mod tracks;
mod users;
mod window;
