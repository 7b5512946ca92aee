//! Artist objects: alone, in a batch, in a list.

use collect::catalogue::{Artist, ArtistId};
use collect::web_api::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::numbers::{MAX_TEXT_BYTES, count, percent, strings};
use super::rows::Rows;
use super::{BadRow, Unexpected, rows_of};
use crate::excerpt::excerpt;

/// Reads `{"artists": [...]}`, the answer to a batch of `asked` ids: one row for each id, null for unknown
/// ids. Unreadable rows are logged at debug level and left out.
pub fn artists(body: &[u8], asked: usize) -> Result<Page, Unexpected> {
    let page = related_artists(body)?;
    if page.rows as usize == asked {
        Ok(page)
    } else {
        Err(Unexpected::Rows { asked, got: page.rows as usize })
    }
}

/// Reads `{"artists": [...]}`, the answer for related artists, which comes as a single page. Unreadable rows
/// are logged at debug level and left out.
pub fn related_artists(body: &[u8]) -> Result<Page, Unexpected> {
    let ListBody { artists: list } = serde_json::from_slice(body)?;
    Ok(Page {
        artists: list.iter().filter_map(|row| readable(row)).collect(),
        rows: rows_of(list.len()),
        ..Page::default()
    })
}

/// Reads one artist object, either complete or with the seven keys of development mode. An artist without a
/// usable name is left out, as it is in a batch: asking again would bring the same answer.
pub fn artist(body: &[u8]) -> Result<Page, Unexpected> {
    let artists = match artist_row(serde_json::from_slice(body)?) {
        Ok(artist) => vec![artist],
        Err(BadRow::Name | BadRow::LongName(_)) => Vec::new(),
        Err(why) => return Err(why.into()),
    };
    Ok(Page { artists, rows: 1, ..Page::default() })
}

/// Most artists in a batch or related to one artist; no endpoint sends more.
const MOST_ARTISTS: usize = 100;

#[derive(Deserialize)]
struct ListBody<'a> {
    #[serde(borrow)]
    artists: Rows<'a, MOST_ARTISTS>,
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

/// The artist in a row of a list; an unreadable row is logged.
pub(super) fn readable(row: &RawValue) -> Option<Artist> {
    let note = |why: &BadRow| {
        // The reason may quote the row, whose length is unbounded.
        tracing::debug!(why = excerpt(why.to_string().as_bytes(), &[]), "unreadable artist row");
    };
    artist_row(row).inspect_err(note).ok()
}

fn artist_row(row: &RawValue) -> Result<Artist, BadRow> {
    if row.get() == "null" {
        return Err(BadRow::Null);
    }
    let row: ArtistRow<'_> = serde_json::from_str(row.get())?;
    let id = ArtistId::new(row.id)?;
    if row.name.trim().is_empty() {
        return Err(BadRow::Name);
    }
    if row.name.len() > MAX_TEXT_BYTES {
        return Err(BadRow::LongName(row.name.len()));
    }
    Ok(Artist {
        id,
        name: row.name,
        popularity: row.popularity.and_then(percent),
        followers: row.followers.and_then(followers),
        genres: row.genres.and_then(strings),
    })
}

fn followers(value: &RawValue) -> Option<u64> {
    serde_json::from_str::<Followers<'_>>(value.get()).ok()?.total.and_then(count)
}
