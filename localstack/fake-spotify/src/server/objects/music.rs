//! Albums, tracks and how tracks sound.

use serde_json::{Value, json};

use super::maker::{Objects, images, with};
use super::paging::PageAsk;
use crate::world::{Album, Track};

impl Objects<'_> {
    /// An album in a list.
    pub(in crate::server) fn album(&self, album: Album) -> Value {
        let (id, (date, precision)) = (album.id(), self.world.release_date(album));
        let artists: Vec<Value> =
            self.world.album_artists(album).into_iter().map(|rank| self.artist(rank)).collect();
        self.with_availability(with(
            self.object("album", &id, &self.world.album_title(album)),
            json!({
                "album_type": self.world.album_type(album).name(),
                "artists": artists,
                "images": images(&id),
                "release_date": date,
                "release_date_precision": precision,
                "total_tracks": self.world.track_count(album),
            }),
        ))
    }

    /// An album in the list of an artist, which says what it is to the artist.
    pub(in crate::server) fn album_of(&self, album: Album, group: &str) -> Value {
        self.with_full(self.album(album), json!({ "album_group": group }))
    }

    /// An album with its tracks.
    pub(in crate::server) fn complete_album(&self, album: Album) -> Value {
        let ask = PageAsk { limit: 50, offset: 0 };
        let name = self.world.catalogue().artist(album.artist).name();
        let object = with(
            self.album(album),
            json!({
                "copyrights": [{"text": name, "type": "C"}, {"text": name, "type": "P"}],
                "external_ids": {"upc": format!("{:013}", u64::from(album.artist) * 64 + u64::from(album.place))},
                "genres": [],
                "tracks": self.album_tracks(album, ask),
            }),
        );
        self.with_full(object, json!({"label": name, "popularity": self.world.album_popularity(album)}))
    }

    /// A page of the tracks of an album.
    pub(in crate::server) fn album_tracks(&self, album: Album, ask: PageAsk) -> Value {
        let tracks: Vec<Track> = self.world.tracks(album).collect();
        let path = format!("/v1/albums/{}/tracks", album.id());
        self.listing(&path, ask, tracks.len(), |place| self.track_of_album(tracks[place]))
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
        self.with_full(object, json!({ "popularity": self.world.track_popularity(track) }))
    }

    /// A track as its album has it.
    fn track_of_album(&self, track: Track) -> Value {
        let artists: Vec<Value> =
            self.world.track_artists(track).into_iter().map(|rank| self.artist(rank)).collect();
        self.with_availability(with(
            self.object("track", &self.world.track_id(track), &self.world.track_title(track)),
            json!({
                "artists": artists,
                "disc_number": 1,
                "duration_ms": self.world.duration_ms(track),
                "explicit": false,
                "is_local": false,
                "preview_url": null,
                "track_number": track.place + 1,
            }),
        ))
    }

    /// The audio features of a track.
    pub(in crate::server) fn features(&self, track: Track) -> Value {
        let id = self.world.track_id(track);
        let measured = serde_json::to_value(self.world.features(track)).unwrap_or_default();
        with(
            measured,
            json!({
                "analysis_url": format!("{}/v1/audio-analysis/{id}", self.links.base),
                "id": id,
                "track_href": self.href("track", &id),
                "type": "audio_features",
                "uri": format!("spotify:track:{id}"),
            }),
        )
    }
}
