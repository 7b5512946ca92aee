//! The bodies of successful answers, read so that one bad row costs that row and nothing else. Pure.
//!
//! Rows are cut out of the page before they are understood, so that a null, a number beyond `f64` or half a surrogate
//! pair in one of them leaves its neighbours readable. Fields that nobody asked for (images, links) are skipped, unknown
//! ones too. What is not what was promised as a whole is [`Unexpected`]; the client adds where it came from.

use collect::artist::Artist;
use collect::id::ArtistId;
use collect::ports::spotify::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::excerpt::excerpt;

/// A body that is not the promised one, and in which way.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// Not JSON, or not of the promised shape. Holds the reader's message, which names place and field and may quote a value.
    #[error("not the promised JSON ({0})")]
    Shape(#[from] serde_json::Error),
    /// A batch whose rows cannot be told apart.
    #[error("{got} rows for {asked} ids")]
    Rows {
        /// Ids asked for.
        asked: usize,
        /// Rows that came.
        got: usize,
    },
    /// A page with more rows than any page may have.
    #[error("{0} rows on one page")]
    Page(usize),
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
    Id(#[from] collect::id::InvalidId),
    /// Longer than any name, and more than a table's row should hold.
    #[error("a name of {0} bytes")]
    LongName(usize),
    /// Spotify leaves the name of a removed artist empty.
    #[error("no name")]
    Name,
}

/// Reads `{"artists": {"items": [...], "total", "next"}}`, the answer to an artist search. Unreadable rows are counted in
/// [`Page::rows`] and logged at debug.
pub fn search_page(body: &[u8]) -> Result<Page, Unexpected> {
    let SearchBody { artists: page } = serde_json::from_slice(body)?;
    if page.items.len() > MAX_ROWS {
        return Err(Unexpected::Page(page.items.len()));
    }
    Ok(Page {
        artists: page.items.iter().filter_map(|row| readable(row)).collect(),
        rows: u32::try_from(page.items.len()).unwrap_or(u32::MAX),
        total: page.total.and_then(count),
        has_next: page.next.is_some_and(|next| serde_json::from_str::<String>(next.get()).is_ok()),
        ..Page::default()
    })
}

/// Reads `{"artists": [...]}`, the answer to a batch of `asked` ids: one place for each id, in their order, `None` where
/// Spotify knows none or the row is unreadable (logged at debug).
pub fn artists(body: &[u8], asked: usize) -> Result<Vec<Option<Artist>>, Unexpected> {
    let BatchBody { artists: rows } = serde_json::from_slice(body)?;
    if rows.len() != asked {
        return Err(Unexpected::Rows { asked, got: rows.len() });
    }
    Ok(rows.into_iter().map(readable).collect())
}

/// Reads one artist object, complete or with the seven keys of development mode.
pub fn artist(body: &[u8]) -> Result<Artist, Unexpected> {
    Ok(artist_row(serde_json::from_slice(body)?)?)
}

#[derive(Deserialize)]
struct SearchBody<'a> {
    #[serde(borrow)]
    artists: Paging<'a>,
}

#[derive(Deserialize)]
struct Paging<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
    #[serde(borrow, default)]
    next: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct BatchBody<'a> {
    #[serde(borrow)]
    artists: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct ArtistRow<'a> {
    id: String,
    name: String,
    #[serde(borrow, default)]
    popularity: Option<&'a RawValue>,
    #[serde(borrow, default)]
    followers: Option<&'a RawValue>,
    #[serde(borrow, default)]
    genres: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Followers<'a> {
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
}

fn readable(row: &RawValue) -> Option<Artist> {
    let note = |why: &BadRow| {
        // A reason may quote the row, which has no bound of its own.
        tracing::debug!(why = excerpt(why.to_string().as_bytes(), &[]), "unreadable artist row");
    };
    artist_row(row).inspect_err(note).ok()
}

fn artist_row(row: &RawValue) -> Result<Artist, BadRow> {
    if row.get() == "null" {
        return Err(BadRow::Null);
    }
    let row: ArtistRow<'_> = serde_json::from_str(row.get())?;
    if row.name.trim().is_empty() {
        return Err(BadRow::Name);
    }
    if row.name.len() > MAX_NAME_BYTES {
        return Err(BadRow::LongName(row.name.len()));
    }
    Ok(Artist {
        id: ArtistId::new(row.id)?,
        name: row.name,
        popularity: row.popularity.and_then(percent),
        followers: row.followers.and_then(followers),
        genres: row.genres.and_then(strings),
    })
}

fn followers(value: &RawValue) -> Option<u64> {
    serde_json::from_str::<Followers<'_>>(value.get()).ok()?.total.and_then(count)
}

/// Longest name of an artist or of one of its genres. The longest in use have a few hundred bytes.
const MAX_NAME_BYTES: usize = 4000;

/// Most genres of an artist.
const MAX_GENRES: usize = 100;

/// Most rows of a page; no endpoint allows more.
const MAX_ROWS: usize = 100;

/// The strings of a list that could be names; what else stands in it is skipped. `None` when it is no list.
fn strings(value: &RawValue) -> Option<Vec<String>> {
    let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    let strings = items.into_iter().filter_map(|item| serde_json::from_str(item.get()).ok());
    Some(strings.filter(|text: &String| text.len() <= MAX_NAME_BYTES / 4).take(MAX_GENRES).collect())
}

/// Whole numbers up to here are exact in `f64`, which is what Spotify's floats went through.
const MAX_COUNT: f64 = 9_007_199_254_740_992.0;

/// A count that may be written as a float (`33920.0`); `None` when it is no number, negative or beyond 2^53.
fn count(value: &RawValue) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    number(value, MAX_COUNT).map(|number| number as u64)
}

fn percent(value: &RawValue) -> Option<u8> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    number(value, 100.0).map(|number| number as u8)
}

/// A JSON number in `0..=max`. Read from its text because `serde_json` refuses numbers beyond `f64`, while the text of one
/// that comes out infinite is simply out of range here. Strings fail to parse, their quotes being part of the text.
pub(crate) fn number(value: &RawValue, max: f64) -> Option<f64> {
    value.get().parse().ok().filter(|number| (0.0..=max).contains(number))
}

#[cfg(test)]
mod tests;
