//! Categories and genre seeds.

use collect::catalogue::CategoryId;
use collect::web_api::{Lead, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::listing::Listing;
use super::numbers::text;
use super::rows::Rows;
use super::{Unexpected, rows_of};

/// Reads `{"categories": {"items": [...]}}`: leads to the categories that have an id and a name.
pub fn categories(body: &[u8]) -> Result<Page, Unexpected> {
    let CategoriesBody { categories } = serde_json::from_slice(body)?;
    let mut page = categories.page();
    page.leads.extend(categories.items.iter().filter_map(|row| category(row)));
    Ok(page)
}

/// Reads `{"genres": [...]}`: leads to the genres; anything but text is skipped.
pub fn genre_seeds(body: &[u8]) -> Result<Page, Unexpected> {
    let GenresBody { genres } = serde_json::from_slice(body)?;
    let leads = genres.iter().filter_map(|genre| text(genre)).map(Lead::Genre).collect();
    Ok(Page { leads, rows: rows_of(genres.len()), ..Page::default() })
}

fn category(row: &RawValue) -> Option<Lead> {
    let Category { id, name } = serde_json::from_str(row.get()).ok()?;
    Some(Lead::Category { id: CategoryId::new(id.and_then(text)?).ok()?, name: name.and_then(text)? })
}

#[derive(Deserialize)]
struct CategoriesBody<'a> {
    #[serde(borrow)]
    categories: Listing<'a>,
}

/// Most genres: Spotify listed 126 seeds and distinguishes some 6,000 genres of artists.
const MOST_GENRES: usize = 10_000;

#[derive(Deserialize)]
struct GenresBody<'a> {
    #[serde(borrow)]
    genres: Rows<'a, MOST_GENRES>,
}

#[derive(Deserialize)]
struct Category<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
}
