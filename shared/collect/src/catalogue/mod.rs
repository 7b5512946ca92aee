//! What Spotify's catalogue holds: artists, the ids of things, and names as search compares them.

pub mod alphabet;
mod artist;
mod id;
pub mod text;

pub use artist::{Artist, Mention};
pub use id::{AlbumId, ArtistId, CategoryId, InvalidCategory, InvalidId, PlaylistId};
