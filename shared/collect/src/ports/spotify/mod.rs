//! The port to Spotify: what may be asked, what comes back, and what each refusal means for the collector.

mod error;
mod page;
mod request;

pub use error::{Evidence, SpotifyError};
pub use page::{Lead, Mention, Page};
pub use request::{Endpoint, Kind, PageAsk, Request};

/// The Web API, as far as the collector asks it.
#[trait_variant::make(Send)]
pub trait Spotify {
    /// The answer to `request`. One call is one request: retries are the collector's decision.
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError>;
}
