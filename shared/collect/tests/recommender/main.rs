//! The recommender's nights, with Spotify and without.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod night;
mod spotify;
mod world;
