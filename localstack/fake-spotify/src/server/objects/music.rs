//! Albums and tracks.

use serde_json::{Value, json};

use super::maker::{Objects, images, with};
use super::paging::{PageAsk, paging};
use crate::world::{Album, Track};

/// A few of the some 185 markets: enough for the shape.
const MARKETS: [&str; 4] = ["BR", "DE", "SE", "US"];

impl Objects<'_> {
    /// An album in a list.
    pub(in crate::server) fn album(&self, album: Album) -> Value {
        let (id, (date, precision)) = (album.id(), self.world.release_date(album));
        let artists: Vec<Value> =
            self.world.album_artists(album).into_iter().map(|rank| self.artist(rank)).collect();
        let object = with(
            self.object("album", &id, &self.world.album_title(album)),
            json!({
                "album_type": self.world.album_type(album).name(),
                "artists": artists,
                "images": images(&id),
                "release_date": date,
                "release_date_precision": precision,
                "total_tracks": self.world.track_count(album),
            }),
        );
        if self.is_full() { with(object, json!({"available_markets": MARKETS})) } else { object }
    }

    /// An album in the list of an artist, which says what it is to the artist.
    pub(in crate::server) fn album_of(&self, album: Album, group: &str) -> Value {
        let object = self.album(album);
        if self.is_full() { with(object, json!({"album_group": group})) } else { object }
    }

    /// An album with its tracks.
    pub(in crate::server) fn complete_album(&self, album: Album) -> Value {
        let id = album.id();
        let tracks: Vec<Value> = self.world.tracks(album).map(|track| self.track_of_album(track)).collect();
        let (total, ask) = (tracks.len(), PageAsk { limit: 50, offset: 0 });
        let url = |page: PageAsk| {
            format!("{}/v1/albums/{id}/tracks?offset={}&limit={}", self.base, page.offset, page.limit)
        };
        let name = self.world.catalogue().artist(album.artist).name();
        with(
            self.album(album),
            json!({
                "copyrights": [{"text": name, "type": "C"}, {"text": name, "type": "P"}],
                "external_ids": {"upc": format!("{:013}", u64::from(album.artist) * 64 + u64::from(album.place))},
                "genres": [],
                "label": name,
                "popularity": self.popularity(album, 0),
                "tracks": paging(ask, &tracks, total, url),
            }),
        )
    }

    /// A track with its album.
    pub(in crate::server) fn track(&self, track: Track) -> Value {
        let object = with(
            self.track_of_album(track),
            json!({
                "album": self.album(track.album),
                "external_ids": {"isrc": format!("QZ{:010}", track.album.artist)},
            }),
        );
        let popularity = self.popularity(track.album, track.place);
        if self.is_full() { with(object, json!({"popularity": popularity})) } else { object }
    }

    /// A track as its album has it.
    fn track_of_album(&self, track: Track) -> Value {
        let artists: Vec<Value> =
            self.world.track_artists(track).into_iter().map(|rank| self.artist(rank)).collect();
        let object = with(
            self.object("track", &track.id(), &self.world.track_title(track)),
            json!({
                "artists": artists,
                "disc_number": 1,
                "duration_ms": 150_000 + track.place * 7_000,
                "explicit": false,
                "is_local": false,
                "preview_url": null,
                "track_number": track.place + 1,
            }),
        );
        if self.is_full() { with(object, json!({"available_markets": MARKETS})) } else { object }
    }

    /// 0 to 100: less than the artist's, and less for what is old or far down.
    fn popularity(&self, album: Album, place: u32) -> u32 {
        let artist = self.world.catalogue().artist(album.artist).popularity().unwrap_or(0);
        u32::from(artist).saturating_sub(album.place * 2 + place)
    }
}
