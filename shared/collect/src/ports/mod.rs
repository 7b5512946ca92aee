//! The ports: small traits for what the collector needs from the world, owned here and implemented elsewhere.

pub mod spotify;
