//! Albums: in lists, which name the albums' artists, and complete, which also name the artists of the tracks.

use collect::catalogue::AlbumId;
use collect::web_api::{Lead, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::listing::Listing;
use super::mentions::{Credits, few_enough, mentions_of};
use super::numbers::text;
use super::rows::Rows;
use super::{Unexpected, rows_of};
use crate::endpoints::MAX_ALBUMS;

/// Reads a paging object of albums, the answer for an artist's albums: leads to the albums, and their
/// artists.
pub fn album_list(body: &[u8]) -> Result<Page, Unexpected> {
    few_enough(listed(&serde_json::from_slice(body)?))
}

/// Reads `{"albums": {"items": [...]}}`, the answer for new releases: leads to the albums, and their artists.
pub fn new_releases(body: &[u8]) -> Result<Page, Unexpected> {
    let NewReleasesBody { albums } = serde_json::from_slice(body)?;
    few_enough(listed(&albums))
}

/// Reads `{"albums": [...]}`, the answer to a batch of `asked` ids, with null for unknown ids: the artists of
/// each album and of its tracks, including guests on a single track.
pub fn albums(body: &[u8], asked: usize) -> Result<Page, Unexpected> {
    let BatchBody { albums } = serde_json::from_slice(body)?;
    if albums.len() != asked {
        return Err(Unexpected::Rows { asked, got: albums.len() });
    }
    let mut page = Page { rows: rows_of(albums.len()), ..Page::default() };
    for row in albums.iter() {
        let Ok(album) = serde_json::from_str::<Credits<'_>>(row.get()) else { continue };
        page.mentions.extend(album.mentions(album.prominence()));
        for track in tracks(row).iter() {
            let Ok(track) = serde_json::from_str::<Credits<'_>>(track.get()) else { continue };
            // An album's tracks have no popularity of their own.
            page.mentions.extend(track.mentions(album.prominence()));
        }
    }
    few_enough(page)
}

/// The tracks of a complete album that can be read.
fn tracks(album: &RawValue) -> Rows<'_, MOST_TRACKS> {
    let tracks = serde_json::from_str::<WithTracks<'_>>(album.get()).ok().and_then(|album| album.tracks);
    let list = tracks.and_then(|list| serde_json::from_str::<TrackList<'_>>(list.get()).ok());
    list.map(|list| list.items).unwrap_or_default()
}

/// Leads to the albums of a list, and their artists.
pub(super) fn listed(list: &Listing<'_>) -> Page {
    let mut page = list.page();
    for row in list.items.iter() {
        page.leads.extend(lead(row));
        page.mentions.extend(mentions_of(row));
    }
    page
}

fn lead(row: &RawValue) -> Option<Lead> {
    let Identified { id } = serde_json::from_str(row.get()).ok()?;
    AlbumId::new(id.and_then(text)?).ok().map(Lead::Album)
}

#[derive(Deserialize)]
struct NewReleasesBody<'a> {
    #[serde(borrow)]
    albums: Listing<'a>,
}

#[derive(Deserialize)]
struct BatchBody<'a> {
    #[serde(borrow)]
    albums: Rows<'a, MAX_ALBUMS>,
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// Most tracks of one album that are accepted; Spotify sends the first 50.
const MOST_TRACKS: usize = 1000;

#[derive(Deserialize)]
struct TrackList<'a> {
    #[serde(borrow)]
    items: Rows<'a, MOST_TRACKS>,
}

#[derive(Deserialize)]
struct WithTracks<'a> {
    #[serde(borrow, default)]
    tracks: Option<&'a RawValue>,
}
