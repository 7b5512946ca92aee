//! What answers each endpoint, by subject.

pub(super) mod albums;
pub(super) mod artists;
pub(super) mod browse;
pub(super) mod playlists;
pub(super) mod podcasts;
pub(super) mod recommendations;
pub(super) mod search;
pub(super) mod tracks;
pub(super) mod users;
