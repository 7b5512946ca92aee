//! How Fermata connects: TLS for all its clients, and HTTP for those of AWS.

#[cfg(feature = "sdk")]
pub mod sdk;
pub mod tls;
