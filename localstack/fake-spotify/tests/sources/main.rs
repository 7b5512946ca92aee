//! The collector's sources against the stand-in: the real client over HTTP, everything else in memory.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod classes;
mod each;
mod play;
mod refresh;
mod stubs;
mod tracks;
