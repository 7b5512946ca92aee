//! The Spotify Web API as Fermata asks it: typed questions, defensive answers, errors that are policies.
//!
//! ```text
//! config        where to ask and as whom; what may be wrong with that
//! client        one question = one request (and the one exception, after a 401)
//! endpoints     the questions: a path, a query and a shape each
//! token         the client-credentials token: cached, renewed early, one renewal at a time
//! transport     bytes over HTTP: timeouts, size limit, cut bodies
//! tls           rustls on ring with the system's certificates
//! answer        status, headers and body -> the policy (pure)
//! retry_after   the header, in both of its forms (pure)
//! shapes        bodies of successful answers -> the collector's types (pure)
//! grant         answers of the token service -> a token or the reason for none (pure)
//! excerpt       the first bytes of a body, made safe to log (pure)
//! ```
//!
//! The pure modules are public because they are what a hostile answer meets first: tests and fuzzers call them without
//! a server. Everything else is reached through [`Client`], which implements the collector's port
//! [`collect::ports::Spotify`]; its errors are that port's [`SpotifyError`].
//!
//! A new endpoint is a shape in [`shapes`] and an arm in `endpoints`; token, limits, errors and
//! logging come with [`Client`].

pub mod answer;
mod client;
mod config;
mod endpoints;
pub mod excerpt;
pub mod grant;
pub mod retry_after;
pub mod shapes;
mod tls;
mod token;
mod transport;

pub use client::{Client, Clock};
pub use collect::catalogue::Mention;
pub use collect::ports::Spotify;
pub use collect::web_api::{Evidence, Kind, Lead, Page, PageAsk, Request, SpotifyError};
pub use config::{Config, Credentials, SetupError};
pub use endpoints::{MAX_ALBUMS, MAX_ARTISTS};
pub use transport::MAX_BODY_BYTES;
