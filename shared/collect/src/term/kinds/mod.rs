//! The kinds of questions, one file for each: its name and key, its bucket, its purpose, its progress, and of
//! a list also its requests. How the other kinds go on is a matter of the [`plan`](crate::plan); the client
//! reads the answers.

mod albums;
mod artist_albums;
mod audio_features;
mod capabilities;
mod categories;
mod category_playlists;
mod featured_playlists;
mod genre_categories;
mod genre_category;
mod genre_playlist;
mod genre_search;
mod genre_seeds;
mod hydrate;
mod list;
mod new_albums;
mod new_releases;
mod playlist;
mod playlist_search;
mod refresh;
mod related;
mod sample;
mod search;
mod stale;
mod subject;

pub use albums::{Albums, MOST_ALBUMS};
pub use artist_albums::ArtistAlbums;
pub use audio_features::FeaturesOfTracks;
pub use capabilities::{Capabilities, CapabilitiesProgress, Subjects};
pub use categories::Categories;
pub use category_playlists::CategoryPlaylists;
pub use featured_playlists::FeaturedPlaylists;
pub use genre_categories::GenreCategories;
pub use genre_category::GenreCategory;
pub use genre_playlist::{GenrePlaylist, GenrePlaylistProgress, PlaylistHeader};
pub use genre_search::GenreSearch;
pub use genre_seeds::GenreSeeds;
pub use hydrate::Hydrate;
pub use list::{List, ListProgress};
pub use new_albums::NewAlbums;
pub use new_releases::NewReleases;
pub use playlist::{Playlist, PlaylistProgress};
pub use playlist_search::PlaylistSearch;
pub use refresh::{MOST_REFRESHED, Refresh};
pub use related::Related;
pub use sample::{Sample, SampleProgress};
pub use search::SearchProgress;
pub use stale::Stale;
pub use subject::Purpose;
pub(super) use subject::{InvalidSubject, Subject};
