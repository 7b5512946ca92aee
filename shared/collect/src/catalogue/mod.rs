//! What Spotify's catalogue holds: artists, tracks, the ids of things, and names as search compares them.

pub mod alphabet;
mod artist;
mod edge;
mod genre;
mod id;
pub mod text;
mod track;

pub use artist::{Artist, Mention};
pub use edge::{Edge, EdgeKind};
pub use genre::{Genre, UnknownGenre};
pub use id::{AlbumId, ArtistId, CategoryId, InvalidCategory, InvalidId, PlaylistId, TrackId};
pub use track::{Album, AudioFeatures, Credit, Track};
