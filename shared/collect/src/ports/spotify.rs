//! The port to Spotify.

use crate::web_api::{Page, Request, SpotifyError};

/// The Web API, as far as the collector asks it.
#[trait_variant::make(Send)]
pub trait Spotify {
    /// The answer to `request`. One call is one request: retries are the collector's decision.
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError>;
}
