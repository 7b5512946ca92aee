//! The ports on a real implementation of DynamoDB and SQS, MiniStack: what their traits promise.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod artists;
mod control;
mod frontier;
mod place;
mod queue;
