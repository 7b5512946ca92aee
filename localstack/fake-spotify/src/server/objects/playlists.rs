//! Playlists and their items.
//!
//! Since 2026 a playlist has its items twice: as `tracks`, whose rows hold a `track`, and as `items`, whose
//! rows hold an `item`. Apps with extended quota get both, in every list and every row; apps in development
//! mode get neither.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::maker::{Objects, images, with};
use super::paging::{Page, PageAsk, paging};
use crate::world::{Episode, Item, Playlist};

/// The two lists that hold the items of a playlist, by their name there and in the path.
const LISTS: [&str; 2] = ["tracks", "items"];

/// What is asked of the items of a playlist.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct ItemsAsk {
    /// How often the playlist was changed.
    pub(in crate::server) changes: u32,
    /// Whether the caller knows episodes (`additional_types`); otherwise they come in the form of tracks.
    pub(in crate::server) episodes: bool,
}

/// JSON that is written once and stands in several places: an item of a complete playlist stands in four.
type Written = Box<RawValue>;

#[derive(Serialize)]
struct CompletePlaylist<'r> {
    #[serde(flatten)]
    object: Value,
    #[serde(flatten)]
    lists: BTreeMap<&'static str, Page<&'r [Written]>>,
}

#[derive(Serialize)]
struct Row<'r> {
    added_at: String,
    added_by: Value,
    is_local: bool,
    item: &'r RawValue,
    primary_color: Option<&'static str>,
    track: &'r RawValue,
    video_thumbnail: Value,
}

fn written(value: &impl Serialize) -> Written {
    to_raw_value(value).unwrap_or_default()
}

impl Objects<'_> {
    /// A playlist in a list, which was changed `changes` times. Apps in development mode do not get its size.
    pub(in crate::server) fn playlist(&self, playlist: Playlist, changes: u32) -> Value {
        let total = self.world.item_count(playlist);
        let base = &self.links.base;
        let size =
            |list: &str| json!({"href": format!("{base}{}", items_path(playlist, list)), "total": total});
        let sizes: Map<String, Value> = LISTS.iter().map(|list| ((*list).to_owned(), size(list))).collect();
        self.with_full(self.described(playlist, changes), Value::Object(sizes))
    }

    /// The JSON of a playlist with the first hundred of its items or, for apps in development mode, without.
    pub(in crate::server) fn complete_playlist(&self, playlist: Playlist, ask: ItemsAsk) -> Vec<u8> {
        let followers = self.world.item_count(playlist) * 17;
        let object = with(
            self.described(playlist, ask.changes),
            json!({"followers": {"href": null, "total": followers}}),
        );
        let page = PageAsk { limit: 100, offset: 0 };
        let rows = if self.is_full() { self.rows(playlist, ask, page) } else { Vec::new() };
        let lists = LISTS.iter().filter(|_| self.is_full());
        let lists = lists.map(|list| (*list, self.items_page(playlist, list, page, &rows))).collect();
        serde_json::to_vec(&CompletePlaylist { object, lists }).unwrap_or_default()
    }

    /// The JSON of a page of the items of a playlist, under the name by which it was asked for.
    pub(in crate::server) fn items(
        &self,
        playlist: Playlist,
        ask: ItemsAsk,
        page: PageAsk,
        list: &str,
    ) -> Vec<u8> {
        let rows = self.rows(playlist, ask, page);
        serde_json::to_vec(&self.items_page(playlist, list, page, &rows)).unwrap_or_default()
    }

    fn items_page<'r>(
        &self,
        playlist: Playlist,
        list: &str,
        page: PageAsk,
        rows: &'r [Written],
    ) -> Page<&'r [Written]> {
        paging(self.links, &items_path(playlist, list), page, rows, self.world.item_count(playlist) as usize)
    }

    /// The cover of a playlist: none, the editors' own of unknown size, or one in three sizes.
    pub(in crate::server) fn cover(playlist: Playlist) -> Value {
        let id = playlist.id();
        match playlist {
            Playlist::Editorial { .. } => {
                json!([{"height": null, "url": format!("https://i.scdn.co/image/{id}"), "width": null}])
            }
            Playlist::Personal { artist } if artist % 8 == 0 => Value::Null,
            Playlist::Personal { .. } => images(&id),
        }
    }

    /// What describes a playlist: all of it but its items.
    fn described(&self, playlist: Playlist, changes: u32) -> Value {
        let id = playlist.id();
        with(
            self.object("playlist", &id, &self.world.playlist_name(playlist)),
            json!({
                "collaborative": false,
                "description": "",
                "images": Self::cover(playlist),
                "owner": self.named_user(self.world.owner(playlist)),
                "primary_color": null,
                "public": true,
                "snapshot_id": snapshot(&id, changes),
            }),
        )
    }

    fn rows(&self, playlist: Playlist, ask: ItemsAsk, page: PageAsk) -> Vec<Written> {
        let total = self.world.item_count(playlist) as usize;
        let places = page.range(total).filter_map(|place| u32::try_from(place).ok());
        places.map(|place| self.row(playlist, ask, place)).collect()
    }

    fn row(&self, playlist: Playlist, ask: ItemsAsk, place: u32) -> Written {
        let item = self.world.item(playlist, ask.changes, place);
        let held = match item {
            Item::Gone => Value::Null,
            Item::Episode(episode) if ask.episodes => with(self.episode(episode), kind(true)),
            Item::Episode(episode) => self.episode_as_track(episode),
            Item::Local(rank) => with(self.local(rank), kind(false)),
            Item::Track(track) => with(self.track(track), kind(false)),
        };
        let held = written(&held);
        written(&Row {
            added_at: format!("2026-{:02}-{:02}T08:30:00Z", 1 + place % 10, 1 + place % 28),
            added_by: self.reference("user", &self.world.owner(playlist).id()),
            is_local: matches!(item, Item::Local(_)),
            item: &held,
            primary_color: None,
            track: &held,
            video_thumbnail: json!({"url": null}),
        })
    }

    /// An episode in the form of a track, for callers who know no others: the show is both its album and its
    /// artist.
    fn episode_as_track(&self, episode: Episode) -> Value {
        let id = episode.id();
        let show = self.object("show", &episode.show.id(), &self.world.show_name(episode.show));
        let date = self.world.episode_date(episode);
        let album = with(
            show.clone(),
            json!({
                "album_type": "compilation",
                "artists": [show],
                "images": images(&episode.show.id()),
                "release_date": date,
                "release_date_precision": "day",
                "total_tracks": self.world.episode_count(episode.show),
            }),
        );
        let track = with(
            self.object("episode", &id, &self.world.episode_name(episode)),
            json!({
                "album": self.with_availability(album),
                "artists": [show],
                "disc_number": 0,
                "duration_ms": self.world.episode_duration_ms(episode),
                "explicit": false,
                "external_ids": {"spotify": format!("spotify:episode:{id}")},
                "is_local": false,
                "popularity": 0,
                "preview_url": null,
                "track_number": 0,
            }),
        );
        with(self.with_availability(track), kind(true))
    }

    /// A file of the user's own: names without ids.
    fn local(&self, rank: u32) -> Value {
        let name = self.world.catalogue().artist(rank).name();
        json!({
            "album": {
                "album_type": null, "artists": [], "available_markets": [], "external_urls": {}, "href": null,
                "id": null, "images": [], "name": "", "release_date": null, "release_date_precision": null,
                "type": "album", "uri": null,
            },
            "artists": [
                {"external_urls": {}, "href": null, "id": null, "name": name, "type": "artist", "uri": null},
            ],
            "available_markets": [],
            "disc_number": 0,
            "duration_ms": 200_000,
            "explicit": false,
            "external_ids": {},
            "external_urls": {},
            "href": null,
            "id": null,
            "is_local": true,
            "name": "A File",
            "popularity": 0,
            "preview_url": null,
            "track_number": 0,
            "type": "track",
            "uri": "spotify:local:::A+File:200",
        })
    }
}

fn items_path(playlist: Playlist, list: &str) -> String {
    format!("/v1/playlists/{}/{list}", playlist.id())
}

/// What a row says of the kind of its item.
fn kind(is_episode: bool) -> Value {
    json!({"episode": is_episode, "track": !is_episode})
}

/// The version of a playlist, in the form that Spotify has: base 64 of a counter and some digest.
fn snapshot(id: &str, changes: u32) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    STANDARD.encode(format!("{},{id}", changes + 1))
}
