//! Search: one list for each requested kind.

use collect::web_api::{Kind, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::artists::readable;
use super::listing::{Listing, join};
use super::mentions::{few_enough, mentions_of};
use super::{Unexpected, albums, playlists};

/// Reads `{"artists": {"items": [...], "total", "next"}, "albums": ...}`, the answer to a search for `kinds`.
/// Unreadable rows count in [`Page::rows`]; those of artists are logged at debug level.
///
/// If artists were requested, their list must be present: without it, a search would look exhausted when it
/// is not. Another list may be missing or broken as long as one is present.
pub fn search_page(body: &[u8], kinds: &[Kind]) -> Result<Page, Unexpected> {
    let lists: Lists<'_> = serde_json::from_slice(body)?;
    let mut page: Option<Page> = None;
    let mut length = None;
    for kind in kinds {
        let listing = lists.of(*kind).map_or("null", RawValue::get);
        let listing = match serde_json::from_str::<Listing<'_>>(listing) {
            Ok(listing) => listing,
            Err(why) if *kind == Kind::Artist => return Err(why.into()),
            Err(_) => continue,
        };
        let read = read(*kind, &listing);
        if *kind == Kind::Artist {
            length = Some((read.rows, read.total, read.has_next));
        }
        join(page.get_or_insert_default(), read);
    }
    let page = page.ok_or(Unexpected::Lists)?;
    // A search for artists pages through their list; the other lists come along as far as it goes.
    few_enough(match length {
        Some((rows, total, has_next)) => Page { rows, total, has_next, ..page },
        None => page,
    })
}

fn read(kind: Kind, listing: &Listing<'_>) -> Page {
    let mut page = listing.page();
    match kind {
        Kind::Artist => page.artists.extend(listing.items.iter().filter_map(|row| readable(row))),
        Kind::Track => page.mentions.extend(listing.items.iter().flat_map(|row| mentions_of(row))),
        Kind::Album => return albums::listed(listing),
        Kind::Playlist => return playlists::listed(listing),
    }
    page
}

#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow, default)]
    artists: Option<&'a RawValue>,
    #[serde(borrow, default)]
    albums: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tracks: Option<&'a RawValue>,
    #[serde(borrow, default)]
    playlists: Option<&'a RawValue>,
}

impl<'a> Lists<'a> {
    fn of(&self, kind: Kind) -> Option<&'a RawValue> {
        match kind {
            Kind::Artist => self.artists,
            Kind::Album => self.albums,
            Kind::Track => self.tracks,
            Kind::Playlist => self.playlists,
        }
    }
}
