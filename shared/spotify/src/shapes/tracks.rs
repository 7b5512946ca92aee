//! Tracks on playlists, recommended tracks, and audio features.

use collect::catalogue::{Album, AlbumId, ArtistId, AudioFeatures, Credit, Track, TrackId};
use collect::web_api::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::mentions::Credits;
use super::numbers::{percent, signed, text, whole};
use super::rows::Rows;
use super::{Unexpected, rows_of};

/// Most rows of a batch; no endpoint allows more.
const MOST_ROWS: usize = 100;

/// Most artists of one track that are kept.
const MOST_CREDITS: usize = 100;

#[derive(Deserialize)]
struct TrackRow<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    artists: Option<&'a RawValue>,
    #[serde(borrow, default)]
    album: Option<&'a RawValue>,
    #[serde(borrow, default)]
    popularity: Option<&'a RawValue>,
    #[serde(borrow, default)]
    external_ids: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AlbumRow<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    album_type: Option<&'a RawValue>,
    #[serde(borrow, default)]
    release_date: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ids<'a> {
    #[serde(borrow, default)]
    isrc: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
}

/// A track; none of an episode, of a local file, which has no id, or of anything else.
pub(super) fn track(row: &RawValue) -> Option<Track> {
    if serde_json::from_str::<Credits<'_>>(row.get()).is_ok_and(|credits| credits.is_episode()) {
        return None;
    }
    let track: TrackRow<'_> = serde_json::from_str(row.get()).ok()?;
    let ids: Option<Ids<'_>> = track.external_ids.and_then(|ids| serde_json::from_str(ids.get()).ok());
    Some(Track {
        id: TrackId::new(track.id.and_then(text)?).ok()?,
        name: track.name.and_then(text)?,
        artists: track.artists.map(credits).unwrap_or_default(),
        album: track.album.and_then(album),
        popularity: track.popularity.and_then(percent),
        isrc: ids.and_then(|ids| ids.isrc.and_then(text)),
    })
}

/// The artists of a track that have an id and a name, each once.
fn credits(list: &RawValue) -> Vec<Credit> {
    let named: Rows<'_, MOST_CREDITS> = serde_json::from_str(list.get()).unwrap_or_default();
    let mut credits: Vec<Credit> = Vec::with_capacity(named.len());
    for credit in named.iter().filter_map(|row| credit(row)) {
        if credits.iter().all(|known| known.id != credit.id) {
            credits.push(credit);
        }
    }
    credits
}

fn credit(row: &RawValue) -> Option<Credit> {
    let named: Named<'_> = serde_json::from_str(row.get()).ok()?;
    Some(Credit { id: ArtistId::new(named.id.and_then(text)?).ok()?, name: named.name.and_then(text)? })
}

fn album(row: &RawValue) -> Option<Album> {
    let album: AlbumRow<'_> = serde_json::from_str(row.get()).ok()?;
    Some(Album {
        id: AlbumId::new(album.id.and_then(text)?).ok()?,
        name: album.name.and_then(text)?,
        kind: album.album_type.and_then(text),
        released: album.release_date.and_then(text),
    })
}

#[derive(Deserialize)]
struct FeaturesBody<'a> {
    #[serde(borrow)]
    audio_features: Rows<'a, MOST_ROWS>,
}

#[derive(Deserialize)]
struct FeaturesRow<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    acousticness: Option<&'a RawValue>,
    #[serde(borrow, default)]
    danceability: Option<&'a RawValue>,
    #[serde(borrow, default)]
    duration_ms: Option<&'a RawValue>,
    #[serde(borrow, default)]
    energy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    instrumentalness: Option<&'a RawValue>,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(borrow, default)]
    liveness: Option<&'a RawValue>,
    #[serde(borrow, default)]
    loudness: Option<&'a RawValue>,
    #[serde(borrow, default)]
    mode: Option<&'a RawValue>,
    #[serde(borrow, default)]
    speechiness: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tempo: Option<&'a RawValue>,
    #[serde(borrow, default)]
    time_signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    valence: Option<&'a RawValue>,
}

/// Reads `{"audio_features": [...]}`, the answer to a batch of `asked` ids: the features of the tracks that
/// have some, null for others. A short answer would make tracks that it leaves out look as if they had none.
pub fn audio_features(body: &[u8], asked: usize) -> Result<Page, Unexpected> {
    let FeaturesBody { audio_features } = serde_json::from_slice(body)?;
    if audio_features.len() != asked {
        return Err(Unexpected::Rows { asked, got: audio_features.len() });
    }
    let features = audio_features.iter().filter_map(|row| features(row)).collect();
    Ok(Page { rows: rows_of(audio_features.len()), features, ..Page::default() })
}

#[derive(Deserialize)]
struct RecommendationsBody<'a> {
    #[serde(borrow)]
    tracks: Rows<'a, MOST_ROWS>,
}

/// Reads `{"seeds": [...], "tracks": [...]}`: the readable tracks, in Spotify's order.
pub fn recommendations(body: &[u8]) -> Result<Page, Unexpected> {
    let RecommendationsBody { tracks } = serde_json::from_slice(body)?;
    let read = tracks.iter().filter_map(|row| track(row)).collect();
    Ok(Page { rows: rows_of(tracks.len()), tracks: read, ..Page::default() })
}

fn features(row: &RawValue) -> Option<(TrackId, AudioFeatures)> {
    let of: FeaturesRow<'_> = serde_json::from_str(row.get()).ok()?;
    let id = TrackId::new(of.id.and_then(text)?).ok()?;
    let features = AudioFeatures {
        acousticness: of.acousticness.and_then(signed),
        danceability: of.danceability.and_then(signed),
        duration_ms: of.duration_ms.and_then(whole),
        energy: of.energy.and_then(signed),
        instrumentalness: of.instrumentalness.and_then(signed),
        key: of.key.and_then(whole),
        liveness: of.liveness.and_then(signed),
        loudness: of.loudness.and_then(signed),
        mode: of.mode.and_then(whole),
        speechiness: of.speechiness.and_then(signed),
        tempo: of.tempo.and_then(signed),
        time_signature: of.time_signature.and_then(whole),
        valence: of.valence.and_then(signed),
    };
    Some((id, features))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "000Dq0VqTZpxOP6jQMscVL";

    #[test]
    fn audio_features_keep_every_digit_and_miss_what_is_no_number() {
        let body = format!(
            r#"{{"audio_features": [null, {{"id": "{ID}", "acousticness": 8.94e-05, "loudness": -13.11,
                "key": -1, "mode": 1.0, "tempo": "fast", "danceability": 1.7, "energy": 1e400,
                "valence": 1e-300}}, {{"key": 3}}]}}"#
        );
        let page = audio_features(body.as_bytes(), 3).unwrap();
        assert_eq!(page.rows, 3);
        let [(id, features)] = &page.features[..] else { panic!("{page:?}") };
        let expected = AudioFeatures {
            acousticness: Some(8.94e-5),
            loudness: Some(-13.11),
            key: Some(-1),
            mode: Some(1),
            danceability: Some(1.7),
            ..AudioFeatures::default()
        };
        assert_eq!((id.as_str(), features), (ID, &expected));
    }

    #[test]
    fn audio_features_of_fewer_or_more_tracks_than_asked_for_are_unexpected() {
        let body = br#"{"audio_features": [null, null]}"#;
        assert_eq!(audio_features(body, 2).unwrap().rows, 2);
        for asked in [1, 3] {
            let why = audio_features(body, asked).unwrap_err();
            assert!(matches!(why, Unexpected::Rows { got: 2, .. }), "{why}");
        }
    }

    #[test]
    fn a_track_needs_an_id_and_a_name_and_nothing_else() {
        let read = |body: &str| track(serde_json::from_str(body).unwrap());
        let bare = read(&format!(r#"{{"id": "{ID}", "name": "Song"}}"#)).unwrap();
        assert_eq!((bare.name.as_str(), bare.artists.len(), bare.album), ("Song", 0, None));
        let full = read(&format!(
            r#"{{"id": "{ID}", "name": "Song", "popularity": 7, "external_ids": {{"isrc": "QZ1"}},
                "artists": [{{"id": null, "name": "Local"}}, {{"id": "{ID}", "name": "Lund"}},
                    {{"id": "{ID}", "name": "Lund"}}],
                "album": {{"id": "{ID}", "name": "Sea", "album_type": "single", "release_date": "1999-08"}}}}"#
        ))
        .unwrap();
        assert_eq!((full.popularity, full.isrc.as_deref()), (Some(7), Some("QZ1")));
        assert_eq!(full.artists.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["Lund"]);
        assert_eq!(full.album.unwrap().released.as_deref(), Some("1999-08"));
        for none in [
            r#"{"id": null, "name": "A File"}"#.to_owned(),
            format!(r#"{{"id": "{ID}", "name": " "}}"#),
            format!(r#"{{"id": "{ID}", "name": "Talk", "type": "episode"}}"#),
        ] {
            assert_eq!(read(&none), None, "{none}");
        }
    }
}
