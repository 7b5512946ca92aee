//! The objects of the API as JSON, made from the world. Nothing here knows of requests.

mod analysis;
mod artist;
mod maker;
mod music;
mod paging;
mod playlists;
mod podcasts;

pub(super) use self::artist::{write_artist, write_number, write_string};
pub(super) use self::maker::Objects;
pub(super) use self::paging::{Links, PageAsk};
pub(super) use self::playlists::ItemsAsk;
