//! Playlists: in lists, alone, and their items.
//!
//! Items come in two shapes: the usual `tracks` of `track`s and, for apps in development mode since 2026,
//! `items` of `item`s. Both are accepted everywhere. For playlists that they do not own, such apps get
//! neither, only the metadata.

use collect::catalogue::PlaylistId;
use collect::web_api::{Lead, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::listing::Listing;
use super::mentions::{few_enough, mentions_of};
use super::numbers::{count, text};
use super::{Unexpected, tracks};

/// Reads `{"playlists": {"items": [...]}}`, the answer for a category's playlists and for featured ones:
/// leads to them.
pub fn playlists(body: &[u8]) -> Result<Page, Unexpected> {
    let ListBody { playlists } = serde_json::from_slice(body)?;
    Ok(listed(&playlists))
}

/// Reads one playlist: its name, owner and version, the first page of its tracks, and their artists. If the
/// items are missing, as for apps in development mode, the page has no rows and no total. If they are
/// unreadable, the whole playlist is.
pub fn playlist(body: &[u8]) -> Result<Page, Unexpected> {
    let playlist: Playlist<'_> = serde_json::from_slice(body)?;
    // Without items, the id is the only field that must be present.
    PlaylistId::new(playlist.id.and_then(text).unwrap_or_default())?;
    let mut page = Page::default();
    for list in [playlist.tracks, playlist.items].into_iter().flatten() {
        let ItemList { items } = serde_json::from_str(list.get())?;
        if items.is_some() {
            page = mentioned(&serde_json::from_str(list.get())?);
            break;
        }
    }
    let owner = playlist.owner.and_then(|owner| serde_json::from_str(owner.get()).ok());
    few_enough(Page {
        snapshot: playlist.snapshot_id.and_then(text),
        name: playlist.name.and_then(text),
        owner: owner.and_then(|Owner { id }| id.and_then(text)),
        ..page
    })
}

/// Reads a paging object of playlist items: their tracks, and the artists of these.
pub fn playlist_items(body: &[u8]) -> Result<Page, Unexpected> {
    few_enough(mentioned(&serde_json::from_slice(body)?))
}

/// Leads to the playlists of a list. Some rows are null: Spotify's own playlists, for apps that may not see
/// them.
pub(super) fn listed(list: &Listing<'_>) -> Page {
    let mut page = list.page();
    page.leads.extend(list.items.iter().filter_map(|row| lead(row)));
    page
}

fn mentioned(list: &Listing<'_>) -> Page {
    let mut page = list.page();
    for track in list.items.iter().filter_map(|row| track_of(row)) {
        page.mentions.extend(mentions_of(track));
        page.tracks.extend(tracks::track(track));
    }
    page
}

/// An item's track. The item or its track may be null.
fn track_of(item: &RawValue) -> Option<&RawValue> {
    let Item { track, item } = serde_json::from_str(item.get()).ok()?;
    // During the transition an item may have both keys, one of them null.
    [track, item].into_iter().flatten().find(|object| object.get().starts_with('{'))
}

fn lead(row: &RawValue) -> Option<Lead> {
    let playlist: Playlist<'_> = serde_json::from_str(row.get()).ok()?;
    let id = PlaylistId::new(playlist.id.and_then(text)?).ok()?;
    let mut sizes = [playlist.tracks, playlist.items].into_iter().flatten().filter_map(size);
    Some(Lead::Playlist { id, snapshot: playlist.snapshot_id.and_then(text), tracks: sizes.next() })
}

fn size(reference: &RawValue) -> Option<u32> {
    let Size { total } = serde_json::from_str(reference.get()).ok()?;
    u32::try_from(total.and_then(count)?).ok()
}

#[derive(Deserialize)]
struct ListBody<'a> {
    #[serde(borrow)]
    playlists: Listing<'a>,
}

#[derive(Deserialize)]
struct Playlist<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    snapshot_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    owner: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tracks: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
}

/// Whoever a playlist belongs to.
#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// The list inside a playlist, which may have no rows.
#[derive(Deserialize)]
struct ItemList<'a> {
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default)]
    track: Option<&'a RawValue>,
    #[serde(borrow, default)]
    item: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Size<'a> {
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
}
