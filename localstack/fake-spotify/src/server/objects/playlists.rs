//! Playlists and their items.

use serde_json::{Value, json};

use super::maker::{Objects, images, with};
use super::paging::{PageAsk, paging};
use crate::world::{Item, Playlist};

/// Items of a page at most.
pub(in crate::server) const MOST_ITEMS: usize = 50;

/// The two shapes of a playlist's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Shape {
    /// `tracks`, each holding a `track`.
    Tracks,
    /// `items`, each holding an `item`: development mode since 2026, and the endpoint of that name.
    Items,
}

impl Shape {
    /// The name of the list and the last part of its path.
    fn list(self) -> &'static str {
        match self {
            Self::Tracks => "tracks",
            Self::Items => "items",
        }
    }

    fn item(self) -> &'static str {
        match self {
            Self::Tracks => "track",
            Self::Items => "item",
        }
    }
}

impl Objects<'_> {
    /// A playlist in a list, which was changed `changes` times. For apps in development mode it does not tell its size.
    pub(in crate::server) fn playlist(&self, playlist: Playlist, changes: u32) -> Value {
        let id = playlist.id();
        let href = format!("{}/v1/playlists/{id}/tracks", self.base);
        let object = self.described(playlist, changes);
        if self.is_full() {
            let total = self.world.item_count(playlist);
            with(object, json!({"tracks": {"href": href, "total": total}}))
        } else {
            object
        }
    }

    /// A playlist with the first of its items or, for apps in development mode, without.
    pub(in crate::server) fn complete_playlist(&self, playlist: Playlist, changes: u32) -> Value {
        let followers = self.world.item_count(playlist) * 17;
        let object =
            with(self.described(playlist, changes), json!({"followers": {"href": null, "total": followers}}));
        if self.is_full() {
            let ask = PageAsk { limit: 100, offset: 0 };
            with(object, json!({"tracks": self.items(playlist, changes, ask, Shape::Tracks)}))
        } else {
            object
        }
    }

    /// A page of a playlist's items.
    pub(in crate::server) fn items(
        &self,
        playlist: Playlist,
        changes: u32,
        ask: PageAsk,
        shape: Shape,
    ) -> Value {
        let total = self.world.item_count(playlist) as usize;
        let places = ask.range(total).filter_map(|place| u32::try_from(place).ok());
        let items: Vec<Value> = places.map(|place| self.item(playlist, changes, place, shape)).collect();
        let path = format!("{}/v1/playlists/{}/{}", self.base, playlist.id(), shape.list());
        // A playlist comes with more items than its pages may have; its link to the next page is one that answers.
        let limit = |page: PageAsk| if page == ask { page.limit } else { page.limit.min(MOST_ITEMS) };
        paging(ask, &items, total, |page| format!("{path}?offset={}&limit={}", page.offset, limit(page)))
    }

    /// What describes a playlist: all of it but its items.
    fn described(&self, playlist: Playlist, changes: u32) -> Value {
        let id = playlist.id();
        with(
            self.object("playlist", &id, &self.world.playlist_name(playlist)),
            json!({
                "collaborative": false,
                "description": "",
                "images": images(&id),
                "owner": with(self.owner(playlist), json!({"display_name": owner_name(playlist)})),
                "primary_color": null,
                "public": true,
                "snapshot_id": snapshot(&id, changes),
            }),
        )
    }

    fn owner(&self, playlist: Playlist) -> Value {
        let id = owner_name(playlist);
        json!({
            "external_urls": {"spotify": format!("https://open.spotify.com/user/{id}")},
            "href": format!("{}/v1/users/{id}", self.base),
            "id": id,
            "type": "user",
            "uri": format!("spotify:user:{id}"),
        })
    }

    fn item(&self, playlist: Playlist, changes: u32, place: u32, shape: Shape) -> Value {
        let item = self.world.item(playlist, changes, place);
        let held = match item {
            Item::Gone => Value::Null,
            Item::Episode(number) => self.episode(number),
            Item::Local(rank) => self.local(rank),
            Item::Track(track) => self.track(track),
        };
        let mut object = json!({
            "added_at": format!("2026-{:02}-{:02}T08:30:00Z", 1 + place % 10, 1 + place % 28),
            "added_by": self.owner(playlist),
            "is_local": matches!(item, Item::Local(_)),
            "primary_color": null,
            "video_thumbnail": {"url": null},
        });
        object[shape.item()] = held;
        object
    }

    /// An episode of a podcast: no artists.
    fn episode(&self, number: u64) -> Value {
        let (id, show) = (self.world.episode_id(number), self.world.show_id(number));
        with(
            self.object("episode", &id, &format!("Episode {}", number % 500)),
            json!({
                "audio_preview_url": null,
                "description": "",
                "duration_ms": 1_800_000,
                "explicit": false,
                "html_description": "",
                "images": images(&id),
                "is_externally_hosted": false,
                "is_playable": true,
                "language": "en",
                "languages": ["en"],
                "release_date": "2026-03-14",
                "release_date_precision": "day",
                "show": with(self.object("show", &show, "A Podcast"), json!({"publisher": "", "media_type": "audio"})),
            }),
        )
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

/// The id of the user whose playlist it is, who shows no other name.
fn owner_name(playlist: Playlist) -> String {
    match playlist {
        Playlist::Editorial { .. } => "spotify".to_owned(),
        Playlist::Personal { artist } => format!("listener-{artist}"),
    }
}

/// The version of a playlist, in the form that Spotify has: base 64 of a counter and some digest.
fn snapshot(id: &str, changes: u32) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    STANDARD.encode(format!("{},{id}", changes + 1))
}
