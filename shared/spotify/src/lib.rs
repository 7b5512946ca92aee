//! The Spotify Web API for Fermata: typed requests, defensive parsing, errors that are policies.
//!
//! ```text
//! config        URLs, credentials and timeouts, and how they are checked
//! client        one call = one request (with one exception, after a 401)
//! endpoints     the requests: a path, a query and a shape each
//! token         the client-credentials token: cached, renewed early, one renewal at a time
//! rotation      what refused credentials mean while the secret may be rotated
//! transport     bytes over HTTP: timeouts, size limit, truncated bodies
//! answer        status, headers and body -> the policy (pure)
//! retry_after   the header in both its forms (pure)
//! shapes        bodies of successful answers -> the collector's types (pure)
//! grant         answers of the token service -> a token, or why there is none (pure)
//! excerpt       the beginning of a body, made safe to log (pure)
//! ```
//!
//! The pure modules are public because they read untrusted input: tests and fuzzers call them without a
//! server. Use everything else through [`Client`], which implements the port [`collect::ports::Spotify`]; its
//! errors are the port's [`SpotifyError`].
//!
//! To add an endpoint, add a shape to [`shapes`] and an arm to `endpoints`; [`Client`] supplies token,
//! limits, errors and logging.

pub mod answer;
mod client;
mod config;
mod endpoints;
pub mod excerpt;
pub mod grant;
pub mod retry_after;
mod rotation;
pub mod shapes;
mod token;
mod transport;

pub use client::{Client, Clock};
pub use collect::catalogue::Mention;
pub use collect::ports::Spotify;
pub use collect::web_api::{Evidence, Kind, Lead, Page, PageAsk, Request, SpotifyError};
pub use config::{Config, Credentials, SetupError};
pub use endpoints::{MAX_ALBUMS, MAX_ARTISTS, MAX_FEATURES, MAX_RECOMMENDATIONS};
pub use rotation::CredentialsSource;
pub use transport::MAX_BODY_BYTES;
