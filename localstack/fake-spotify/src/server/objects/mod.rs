//! The objects of the API as JSON, made from the world. Nothing here knows of requests.

mod artist;
mod maker;
mod music;
mod paging;
mod playlists;

pub(super) use self::artist::{write_artist, write_number, write_string};
pub(super) use self::maker::Objects;
pub(super) use self::paging::{PageAsk, paging};
pub(super) use self::playlists::{MOST_ITEMS, Shape};
