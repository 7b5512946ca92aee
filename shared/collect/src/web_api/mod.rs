//! Spotify's Web API as values: what can be asked, what comes back, and why no answer came. Nothing here
//! sends anything.

mod bucket;
mod error;
mod page;
mod request;

pub use bucket::Bucket;
pub use error::{Evidence, SpotifyError};
pub use page::{Lead, Page, PageLimits};
pub use request::{Endpoint, Kind, PageAsk, Request, Seeds};
