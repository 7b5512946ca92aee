//! Tracks as playlists show them, and how they sound.

use serde::{Deserialize, Serialize};

use crate::catalogue::{AlbumId, ArtistId, TrackId};

/// What one answer says of a track. A field that the answer did not carry is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Identity.
    pub id: TrackId,
    /// Title.
    pub name: String,
    /// Its artists in Spotify's order; those without an id, as on local files, are left out.
    pub artists: Vec<Credit>,
    /// The album it is on.
    pub album: Option<Album>,
    /// Spotify's popularity, 0 to 100.
    pub popularity: Option<u8>,
    /// Its recording code (ISRC), by which other databases know it.
    pub isrc: Option<String>,
}

impl Track {
    /// What is known after a later answer: its fields, and the known ones where it carried none.
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        Self {
            id: self.id.clone(),
            name: later.name.clone(),
            artists: if later.artists.is_empty() { &self.artists } else { &later.artists }.clone(),
            album: later.album.clone().or_else(|| self.album.clone()),
            popularity: later.popularity.or(self.popularity),
            isrc: later.isrc.clone().or_else(|| self.isrc.clone()),
        }
    }
}

/// An artist of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Identity.
    pub id: ArtistId,
    /// Display name.
    pub name: String,
}

/// An album as its tracks name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Album {
    /// Identity.
    pub id: AlbumId,
    /// Title.
    pub name: String,
    /// `album`, `single` or `compilation`.
    pub kind: Option<String>,
    /// A year, a month or a day, as precisely as Spotify knows it: `1999`, `1999-08`, `1999-08-07`.
    pub released: Option<String>,
}

/// The thirteen audio features, in Spotify's units. A value that the answer did not carry, or that is no
/// number, is `None`; a number is kept as it came, also outside its documented range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AudioFeatures {
    /// Confidence that the track is acoustic, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acousticness: Option<f64>,
    /// How suitable it is for dancing, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub danceability: Option<f64>,
    /// Length in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Intensity, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<f64>,
    /// Confidence that it has no vocals, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrumentalness: Option<f64>,
    /// Pitch class, 0 is C; -1 if none was detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<i64>,
    /// Confidence that it was performed live, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liveness: Option<f64>,
    /// Average loudness in decibels, about -60 to 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness: Option<f64>,
    /// 1 is major, 0 is minor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<i64>,
    /// Share of spoken words, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speechiness: Option<f64>,
    /// Beats per minute; 0 if none was detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<f64>,
    /// Beats per bar, documented as 3 to 7; 0 and 1 occur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_signature: Option<i64>,
    /// How cheerful it sounds, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valence: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_answer_leaves_out_of_a_track_stays_known() {
        let credit = Credit { id: ArtistId::new("1".repeat(22)).unwrap(), name: "Ånn".to_owned() };
        let id = AlbumId::new("2".repeat(22)).unwrap();
        let known = Track {
            id: TrackId::new("0".repeat(22)).unwrap(),
            name: "Song".to_owned(),
            artists: vec![credit],
            album: Some(Album { id, name: "Sea".to_owned(), kind: None, released: None }),
            popularity: Some(5),
            isrc: Some("SEAAA2600001".to_owned()),
        };
        let renamed = "Song (Remastered)".to_owned();
        let (artists, name) = (Vec::new(), renamed.clone());
        let later = Track { id: known.id.clone(), name, artists, album: None, popularity: None, isrc: None };
        assert_eq!(known.merged(&later), Track { name: renamed, ..known });
    }
}
