//! Recorded pages of the tables of tracks, from which the star schema is derived.

use std::path::Path;

use anyhow::Result;
use collect::snapshot::table::TableName;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::pages::{id, name, record};

/// Fifty playlists for each of the eleven genres.
const PLAYLISTS: usize = 11 * 50;

/// Writes pages with so many invented tracks, each on two playlists on average. Returns the number of all
/// rows.
pub(super) fn tracks(folder: &Path, count: u64) -> Result<u64> {
    let mut dice = SmallRng::seed_from_u64(2);
    let count = usize::try_from(count)?;
    // Some ten tracks to an album and to an artist, so that dimensions are smaller than what they describe.
    let artists: Vec<(String, String)> =
        (0..count.div_ceil(10)).map(|_| (id(&mut dice), name(&mut dice))).collect();
    let albums: Vec<(String, String)> =
        (0..count.div_ceil(10)).map(|_| (id(&mut dice), name(&mut dice))).collect();
    let playlists: Vec<String> = (0..PLAYLISTS).map(|_| id(&mut dice)).collect();
    let tracks: Vec<String> = (0..count).map(|_| id(&mut dice)).collect();

    let rows = tracks.iter().map(|track| self::track(track, &artists, &albums, &mut dice));
    record(folder, TableName::Tracks, rows)?;
    let members: Vec<(&String, usize)> = tracks
        .iter()
        .flat_map(|track| {
            let times = dice.random_range(1..4);
            let first = dice.random_range(0..PLAYLISTS);
            (0..times).map(move |other| (track, (first + other * 7) % PLAYLISTS))
        })
        .collect();
    let rows = members.iter().map(|(track, number)| member(track, &playlists[*number], number % 11));
    record(folder, TableName::Memberships, rows)?;
    let rows = playlists.iter().enumerate().map(|(number, playlist)| self::playlist(playlist, number % 11));
    record(folder, TableName::Playlists, rows)?;
    Ok((count + members.len() + PLAYLISTS) as u64)
}

/// A track as it is stored, with one to three artists and all its audio features.
fn track(
    track: &str,
    artists: &[(String, String)],
    albums: &[(String, String)],
    dice: &mut SmallRng,
) -> Value {
    let credits: Vec<&(String, String)> =
        (0..dice.random_range(1..4)).map(|_| &artists[dice.random_range(0..artists.len())]).collect();
    let (album, album_name) = &albums[dice.random_range(0..albums.len())];
    let ids: Vec<Value> = credits.iter().map(|(id, _)| json!({"S": id})).collect();
    let names: Vec<Value> = credits.iter().map(|(_, name)| json!({"S": name})).collect();
    let mut share = || json!({"N": format!("0.{}", dice.random_range(1..1000))});
    let features = json!({
        "acousticness": share(), "danceability": share(), "energy": share(), "instrumentalness": share(),
        "liveness": share(), "speechiness": share(), "valence": share(), "tempo": {"N": "120.037"},
        "loudness": {"N": "-13.11"}, "duration_ms": {"N": "201000"}, "key": {"N": "7"}, "mode": {"N": "1"},
        "time_signature": {"N": "4"},
    });
    let row = json!({
        "id": {"S": format!("track#{track}")}, "track": {"S": track}, "name": {"S": name(dice)},
        "artist_ids": {"L": ids}, "artist_names": {"L": names}, "album": {"S": album},
        "album_name": {"S": album_name}, "album_kind": {"S": "album"}, "released": {"S": "1999-07-02"},
        "popularity": {"N": dice.random_range(0..101).to_string()}, "sound": {"S": "features"},
        "features": {"M": features},
    });
    seen(row)
}

fn member(track: &str, playlist: &str, genre: usize) -> Value {
    seen(json!({
        "id": {"S": format!("member#{track}#{genre}#{playlist}")}, "track": {"S": track},
        "genre": {"N": genre.to_string()}, "playlist": {"S": playlist},
    }))
}

fn playlist(playlist: &str, genre: usize) -> Value {
    seen(json!({
        "id": {"S": format!("playlist#{genre}#{playlist}")}, "playlist": {"S": playlist},
        "genre": {"N": genre.to_string()}, "name": {"S": "A list"}, "owner": {"S": "somebody"},
        "read_at": {"S": "2026-11-23T03:00:00.000Z"},
    }))
}

/// The row with its sightings.
fn seen(mut row: Value) -> Value {
    for (name, value) in [
        ("found_in", json!({"S": "2026-11-23"})),
        ("last_run", json!({"S": "2026-11-23"})),
        ("first_seen", json!({"S": "2026-11-23T04:00:00.000Z"})),
        ("last_seen", json!({"S": "2026-11-23T04:00:00.000Z"})),
        ("expires_at", json!({"N": "1800000000"})),
    ] {
        row[name] = value;
    }
    row
}
