//! The bodies of successful answers, read so that one bad row costs that row and nothing else. Pure.
//!
//! Rows are cut out of the page before they are understood, so that a null, a number beyond `f64` or half a surrogate
//! pair in one of them leaves its neighbours readable. Fields that nobody asked for (images, links) are skipped, unknown
//! ones too. What is not what was promised as a whole is [`Unexpected`]; the client adds where it came from.
//!
//! ```text
//! artists     artist objects, alone and in lists
//! albums      an artist's albums, batches of albums, new releases
//! playlists   lists of playlists, one playlist, its items in the old shape and in the new
//! browse      categories and genre seeds
//! search      a page of each kind that was searched for
//! listing     what all pages have: rows, total, next
//! mentions    the artists that tracks and albums name
//! numbers     single values
//! rows        lists that are cut into rows
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

pub use albums::{album_list, albums, new_releases};
pub use artists::{artist, artists, related_artists};
pub use browse::{categories, genre_seeds};
pub(crate) use numbers::number;
pub use playlists::{playlist, playlist_items, playlists};
pub use search::search_page;

/// A body that is not the promised one, and in which way.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// Not JSON, or not of the promised shape. Holds the reader's message, which names place and field and may quote a value.
    #[error("not the promised JSON ({0})")]
    Shape(#[from] serde_json::Error),
    /// The one playlist that was asked for came without its id.
    #[error("unreadable playlist: {0}")]
    Playlist(#[from] collect::catalogue::InvalidId),
    /// None of the lists that a search was to bring.
    #[error("none of the lists that were asked for")]
    Lists,
    /// More artists on one page than any answer names.
    #[error("more than {} artists named", mentions::MOST)]
    Mentions,
    /// A batch with more or fewer rows than ids.
    #[error("{got} rows for {asked} ids")]
    Rows {
        /// Ids asked for.
        asked: usize,
        /// Rows that came.
        got: usize,
    },
    /// The one artist that was asked for came without id or name.
    #[error("unreadable artist: {0}")]
    Artist(#[from] BadRow),
}

/// Why a row is no artist.
#[derive(Debug, thiserror::Error)]
pub enum BadRow {
    /// The place is there, the artist is not.
    #[error("null")]
    Null,
    /// Not an object with an id and a name.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    /// The id has not the form of an id.
    #[error("{0}")]
    Id(#[from] collect::catalogue::InvalidId),
    /// Longer than any name, and more than a table's row should hold.
    #[error("a name of {0} bytes")]
    LongName(usize),
    /// Spotify leaves the name of a removed artist empty.
    #[error("no name")]
    Name,
}

/// A number of rows as a page says it.
fn rows_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
