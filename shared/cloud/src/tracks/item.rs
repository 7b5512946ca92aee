//! Rows of tracks, memberships and playlists as items of the table.

use std::str::FromStr;

use collect::catalogue::{
    Album, AlbumId, ArtistId, AudioFeatures, Credit, Genre, PlaylistId, Track, TrackId,
};
use collect::plan::{Membership, MembershipRow, PlaylistRow, Reading, Sound, Times, TrackRow};
use collect::term::{PlaylistHeader, RunId};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::pending::shard;
use crate::batches::Item;

/// A row that can be stored.
pub(super) trait Row: Sized + PartialEq + Send + Sync {
    /// The key of its item.
    fn key(&self) -> String;
    /// When it was seen.
    fn times(&self) -> &Times;
    /// Its item.
    fn item(&self) -> Result<Item, String>;
    /// The row that an item keeps, or what in it cannot be read.
    fn of_item(item: Item) -> Result<Self, String>;
}

pub(super) fn track_key(id: &TrackId) -> String {
    format!("track#{id}")
}

pub(super) fn membership_key(of: &Membership) -> String {
    format!("member#{}#{}#{}", of.track, of.genre.code(), of.playlist)
}

pub(super) fn playlist_key(genre: Genre, playlist: &PlaylistId) -> String {
    format!("playlist#{}#{playlist}", genre.code())
}

/// When a row was seen, as every item has it.
#[derive(Debug, Serialize, Deserialize)]
struct TimesItem {
    /// Rows of earlier releases do not have it.
    #[serde(default)]
    found_by: String,
    found_in: RunId,
    first_seen: String,
    last_seen: String,
    last_run: RunId,
    expires_at: i64,
    revision: u32,
}

impl From<&Times> for TimesItem {
    fn from(times: &Times) -> Self {
        Self {
            found_by: times.found_by.clone(),
            found_in: times.found_in.clone(),
            first_seen: stamp(times.first_seen),
            last_seen: stamp(times.last_seen),
            last_run: times.last_run.clone(),
            expires_at: times.expires_at.as_second(),
            revision: times.revision,
        }
    }
}

impl TimesItem {
    fn into_times(self) -> Result<Times, String> {
        Ok(Times {
            found_by: self.found_by,
            found_in: self.found_in,
            first_seen: time("first_seen", &self.first_seen)?,
            last_seen: time("last_seen", &self.last_seen)?,
            last_run: self.last_run,
            expires_at: Timestamp::from_second(self.expires_at)
                .map_err(|error| format!("expires_at: {error}"))?,
            revision: self.revision,
        })
    }
}

/// A time: RFC 3339, UTC, always three decimals.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn time(field: &str, text: &str) -> Result<Timestamp, String> {
    Timestamp::from_str(text).map_err(|error| format!("{field}: {error}"))
}

/// The item of a track.
#[derive(Debug, Serialize, Deserialize)]
struct TrackItem {
    track: TrackId,
    name: String,
    artist_ids: Vec<ArtistId>,
    artist_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    album: Option<AlbumId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    album_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    album_kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    released: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    popularity: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    isrc: Option<String>,
    /// `features` or `nothing`; missing until the features were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sound: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    features: Option<AudioFeatures>,
    /// Puts it in the index of tracks whose features were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<String>,
}

const FEATURES: &str = "features";
const NOTHING: &str = "nothing";

impl From<&TrackRow> for TrackItem {
    fn from(row: &TrackRow) -> Self {
        let Track { id, name, artists, album, popularity, isrc } = row.track.clone();
        let (artist_ids, artist_names) = artists.into_iter().map(|Credit { id, name }| (id, name)).unzip();
        let (sound, features) = match row.sound {
            Sound::NotAsked => (None, None),
            Sound::Nothing => (Some(NOTHING), None),
            Sound::Features(features) => (Some(FEATURES), Some(features)),
        };
        Self {
            pending: sound.is_none().then(|| shard(&id)),
            track: id,
            name,
            artist_ids,
            artist_names,
            album: album.as_ref().map(|of| of.id.clone()),
            album_name: album.as_ref().map(|of| of.name.clone()),
            album_kind: album.as_ref().and_then(|of| of.kind.clone()),
            released: album.and_then(|of| of.released),
            popularity,
            isrc,
            sound: sound.map(str::to_owned),
            features,
        }
    }
}

impl TrackItem {
    fn into_row(self, times: Times) -> Result<TrackRow, String> {
        if self.artist_ids.len() != self.artist_names.len() {
            return Err("it has another number of artist_names than of artist_ids".to_owned());
        }
        let credits = self.artist_ids.into_iter().zip(self.artist_names);
        let sound = match (self.sound.as_deref(), self.features) {
            (None, None) => Sound::NotAsked,
            (Some(NOTHING), None) => Sound::Nothing,
            (Some(FEATURES), features) => Sound::Features(features.unwrap_or_default()),
            _ => return Err("its sound does not fit its features".to_owned()),
        };
        let album = self.album.zip(self.album_name).map(|(id, name)| Album {
            id,
            name,
            kind: self.album_kind,
            released: self.released,
        });
        let track = Track {
            id: self.track,
            name: self.name,
            artists: credits.map(|(id, name)| Credit { id, name }).collect(),
            album,
            popularity: self.popularity,
            isrc: self.isrc,
        };
        Ok(TrackRow { track, sound, times })
    }
}

/// The item of a membership.
#[derive(Debug, Serialize, Deserialize)]
struct MembershipItem {
    track: TrackId,
    genre: Genre,
    playlist: PlaylistId,
}

/// The item of a playlist.
#[derive(Debug, Serialize, Deserialize)]
struct PlaylistItem {
    genre: Genre,
    playlist: PlaylistId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tracks: Option<u64>,
    /// When the reading began: a track was on the playlist if its membership was seen since.
    read_at: String,
}

/// An item of a key, of what it is about, and of when that was seen.
fn put_together(key: String, about: &impl Serialize, times: &Times) -> Result<Item, String> {
    let mut item: Item = serde_dynamo::to_item(about).map_err(|error| error.to_string())?;
    let seen: Item = serde_dynamo::to_item(TimesItem::from(times)).map_err(|error| error.to_string())?;
    item.extend(seen);
    item.insert("id".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(key));
    Ok(item)
}

/// What an item is about, and when that was seen.
fn taken_apart<T: DeserializeOwned>(item: Item) -> Result<(T, Times), String> {
    let seen: TimesItem = serde_dynamo::from_item(item.clone()).map_err(|error| error.to_string())?;
    let about = serde_dynamo::from_item(item).map_err(|error| error.to_string())?;
    Ok((about, seen.into_times()?))
}

impl Row for TrackRow {
    fn key(&self) -> String {
        track_key(&self.track.id)
    }

    fn times(&self) -> &Times {
        &self.times
    }

    fn item(&self) -> Result<Item, String> {
        put_together(self.key(), &TrackItem::from(self), &self.times)
    }

    fn of_item(item: Item) -> Result<Self, String> {
        let (track, times): (TrackItem, _) = taken_apart(item)?;
        track.into_row(times)
    }
}

impl Row for MembershipRow {
    fn key(&self) -> String {
        membership_key(&self.membership)
    }

    fn times(&self) -> &Times {
        &self.times
    }

    fn item(&self) -> Result<Item, String> {
        let Membership { track, genre, playlist } = self.membership.clone();
        put_together(self.key(), &MembershipItem { track, genre, playlist }, &self.times)
    }

    fn of_item(item: Item) -> Result<Self, String> {
        let (MembershipItem { track, genre, playlist }, times) = taken_apart(item)?;
        Ok(Self { membership: Membership { track, genre, playlist }, times })
    }
}

impl Row for PlaylistRow {
    fn key(&self) -> String {
        playlist_key(self.reading.genre, &self.reading.playlist)
    }

    fn times(&self) -> &Times {
        &self.times
    }

    fn item(&self) -> Result<Item, String> {
        let Reading { genre, playlist, header } = self.reading.clone();
        let PlaylistHeader { name, owner, version, tracks, began } = header;
        let read_at = stamp(began);
        let about = PlaylistItem { genre, playlist, name, owner, snapshot: version, tracks, read_at };
        put_together(self.key(), &about, &self.times)
    }

    fn of_item(item: Item) -> Result<Self, String> {
        let (about, times): (PlaylistItem, _) = taken_apart(item)?;
        let PlaylistItem { genre, playlist, name, owner, snapshot, tracks, read_at } = about;
        let began = time("read_at", &read_at)?;
        let header = PlaylistHeader { name, owner, version: snapshot, tracks, began };
        Ok(Self { reading: Reading { genre, playlist, header }, times })
    }
}

#[cfg(test)]
mod tests {
    use collect::plan::Sighting;
    use collect::term::TermKey;

    use super::*;

    fn row(sound: Sound) -> TrackRow {
        let id = |digit: &str| digit.repeat(22);
        let track = Track {
            id: TrackId::new(id("1")).unwrap(),
            name: "Sång".to_owned(),
            artists: vec![Credit { id: ArtistId::new(id("2")).unwrap(), name: "Lund".to_owned() }],
            album: Some(Album {
                id: AlbumId::new(id("3")).unwrap(),
                name: "Sea".to_owned(),
                kind: None,
                released: Some("1999".to_owned()),
            }),
            popularity: Some(0),
            isrc: None,
        };
        let at = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
        let (run, term) = (RunId::new("1").unwrap(), TermKey::parse("genre-search:1").unwrap());
        let retention = std::time::Duration::from_hours(24);
        let (row, _) = TrackRow::sighted(None, &track, &Sighting { run, term, at }, retention);
        TrackRow { sound, ..row }
    }

    #[test]
    fn a_track_is_read_as_it_was_written_to_the_last_digit() {
        let features = AudioFeatures {
            acousticness: Some(8.94e-5),
            loudness: Some(-13.11),
            tempo: Some(120.037),
            key: Some(-1),
            ..AudioFeatures::default()
        };
        for sound in [Sound::NotAsked, Sound::Nothing, Sound::Features(features)] {
            let row = row(sound);
            let item = row.item().unwrap();
            assert_eq!(item.contains_key("pending"), sound == Sound::NotAsked);
            assert_eq!(TrackRow::of_item(item), Ok(row));
        }
    }

    #[test]
    fn an_item_that_contradicts_itself_is_refused_with_the_reason() {
        let broken = |name: &str, value: &str| {
            let mut item = row(Sound::NotAsked).item().unwrap();
            item.insert(name.to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned()));
            TrackRow::of_item(item).unwrap_err()
        };
        assert!(broken("sound", "loud").contains("sound"));
        assert!(broken("first_seen", "soon").contains("first_seen"));
    }
}
