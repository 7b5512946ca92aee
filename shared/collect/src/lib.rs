//! What Fermata does, with no AWS and no HTTP in it.

pub mod artist;
pub mod ports;
