//! What answers each endpoint, by subject.

pub(super) mod albums;
pub(super) mod artists;
pub(super) mod browse;
pub(super) mod genre_seeds;
pub(super) mod playlists;
pub(super) mod search;
