//! Parses the bodies of successful answers so that a bad row costs only itself. Pure.
//!
//! A page is split into rows before the rows are parsed, so a null, a number beyond `f64` or half a surrogate
//! pair in one row leaves the others readable. Unknown fields are skipped, and so are those that nothing uses
//! (images, links). A body that as a whole has the wrong shape is [`Unexpected`]; the client adds where it
//! came from.
//!
//! ```text
//! artists     artist objects, alone and in lists
//! albums      an artist's albums, batches of albums, new releases
//! playlists   lists of playlists, one playlist, its items in the old shape and in the new
//! browse      categories and genre seeds
//! search      one page for each kind searched for
//! listing     the paging object: rows, total, next
//! mentions    the artists that tracks and albums name
//! tracks      tracks on playlists, recommended tracks, and audio features
//! numbers     single values
//! rows        lists, split into rows
//! ```

mod albums;
mod artists;
mod browse;
mod listing;
mod mentions;
mod numbers;
mod playlists;
mod rows;
mod search;
mod tracks;

pub use albums::{album_list, albums, new_releases};
pub use artists::{artist, artists, related_artists};
pub use browse::{categories, genre_seeds};
pub use playlists::{playlist, playlist_items, playlists};
pub use search::search_page;
pub use tracks::{audio_features, recommendations};

/// Why a body does not have the expected shape.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// Not JSON, or JSON of another shape. Holds the parser's message, which names place and field and may
    /// quote a value.
    #[error("not the expected JSON ({0})")]
    Shape(#[from] serde_json::Error),
    /// The requested playlist came without its id.
    #[error("unreadable playlist: {0}")]
    Playlist(#[from] collect::catalogue::InvalidId),
    /// A search answer with none of the requested lists.
    #[error("none of the requested lists")]
    Lists,
    /// More artists on one page than any honest answer names.
    #[error("names more than {} artists", mentions::MOST)]
    Mentions,
    /// A batch whose row count differs from its id count.
    #[error("{got} rows for {asked} ids")]
    Rows {
        /// Ids in the request.
        asked: usize,
        /// Rows in the answer.
        got: usize,
    },
    /// The requested artist came without a usable id, or not at all.
    #[error("unreadable artist: {0}")]
    Artist(#[from] BadRow),
}

/// Why a row is not an artist.
#[derive(Debug, thiserror::Error)]
pub enum BadRow {
    /// The row is null.
    #[error("null")]
    Null,
    /// Not an object with an id and a name.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    /// The id is malformed.
    #[error("{0}")]
    Id(#[from] collect::catalogue::InvalidId),
    /// Longer than any real name, and more than a table row should hold.
    #[error("a name of {0} bytes")]
    LongName(usize),
    /// Spotify leaves the name of a removed artist empty.
    #[error("no name")]
    Name,
}

/// A row count as [`Page`](collect::web_api::Page) stores it.
fn rows_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
