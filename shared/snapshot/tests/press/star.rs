//! The star schema: from the tables of tracks, in one range and in several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use collect::ports::export::{DeriveTask, MergeTask, Workshop};
use collect::snapshot::expectations::Verdict;
use collect::snapshot::export::{Export, Formats, Merged, Stage};
use collect::snapshot::layout::Role;
use collect::snapshot::table::TableName;
use jiff::Timestamp;
use serde_json::{Value, json};
use snapshot::Press;
use snapshot::folder::Folder;

use crate::common::{Items, NOW, bytes, export, press, rows, sorted};

const RECEIVED: [TableName; 3] = [TableName::Tracks, TableName::Memberships, TableName::Playlists];

const TRACK: char = '1';
const ALBUM: char = '2';
const PLAYLIST: char = '3';
const ARTIST: char = '4';
const SOLO: char = '5';

/// An id of 22 characters; its first tells what it is of.
fn id(kind: char, number: u64) -> String {
    format!("{kind}{number:021}")
}

fn times(seen: &str) -> Value {
    json!({
        "found_in": {"S": "2026-11-23"}, "last_run": {"S": "2026-11-23"},
        "first_seen": {"S": "2026-11-23T03:00:00.000Z"}, "last_seen": {"S": seen},
        "expires_at": {"N": "1800000000"},
    })
}

fn with(mut row: Value, more: &Value) -> Value {
    row.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    row
}

/// A track on an album of ten, by an artist of its own and one of forty; each was seen a second later than
/// the one before.
fn track(number: u64) -> Value {
    let seen = Timestamp::from_second(1_795_800_000 + i64::try_from(number).unwrap()).unwrap();
    let credits = json!([{"S": id(SOLO, number)}, {"S": id(ARTIST, number % 40)}]);
    let features = json!({
        "energy": {"N": "0.5"}, "key": {"N": "-1"}, "tempo": {"N": "120.037"}, "duration_ms": {"N": "1000"},
    });
    let row = json!({
        "id": {"S": format!("track#{}", id(TRACK, number))}, "track": {"S": id(TRACK, number)},
        "name": {"S": format!("Song {number}")}, "artist_ids": {"L": credits},
        "artist_names": {"L": [{"S": "Solo"}, {"S": format!("Name at {number}")}]},
        "album": {"S": id(ALBUM, number / 10)}, "album_name": {"S": format!("Album at {number}")},
        "released": {"S": "1999-07"}, "sound": {"S": "features"}, "features": {"M": features},
    });
    with(row, &times(&seen.to_string()))
}

fn membership(track: u64, genre: u8, playlist: u64, seen: &str) -> Value {
    let (track, playlist) = (id(TRACK, track), id(PLAYLIST, playlist));
    let row = json!({
        "id": {"S": format!("member#{track}#{genre}#{playlist}")}, "track": {"S": track},
        "genre": {"N": genre.to_string()}, "playlist": {"S": playlist},
    });
    with(row, &times(seen))
}

fn playlist(number: u64, genre: u8, read_at: &str) -> Value {
    let row = json!({
        "id": {"S": format!("playlist#{genre}#{}", id(PLAYLIST, number))}, "playlist": {"S": id(PLAYLIST, number)},
        "genre": {"N": genre.to_string()}, "name": {"S": format!("List {number}")}, "owner": {"S": "somebody"},
        "read_at": {"S": read_at},
    });
    with(row, &times("2026-11-23T05:00:00.000Z"))
}

/// Plans and merges the tables of the current layer, each in about so many ranges.
async fn merge_layer(press: &Press<Items, Folder>, export: &mut Export, parts: u64) {
    let mut bounds = BTreeMap::new();
    for table in export.current() {
        let runs: Vec<_> = export.runs(table).collect();
        bounds.insert(table, press.bounds(&runs, parts).await.unwrap());
    }
    let now = NOW.parse().unwrap();
    assert!(export.take_in_plan(&bounds, now));
    for table in bounds.into_keys() {
        for range in 0..export.tables[&table].ranges.len() {
            let range = u32::try_from(range).unwrap();
            let (of, to) = export.range(table, range).unwrap();
            let (from, to) = (of.from.as_deref(), to.map(String::as_str));
            let task = MergeTask { export, table, range, from, to, before: None };
            let merged: Merged = press.merge(&task).await.unwrap();
            assert!(export.take_in_merged(table, range, merged, now));
        }
    }
}

/// Exports these tables of tracks with all that is derived from them.
async fn exported(folder: &Path, of: [Vec<Value>; 3], parts: u64) -> Export {
    let press = press(folder, &RECEIVED.into_iter().zip(of).collect::<Vec<_>>());
    let mut export = sorted(&press, export(&RECEIVED, Formats::default())).await;
    merge_layer(&press, &mut export, parts).await;
    for table in export.current().collect::<Vec<_>>() {
        for segment in 0..export.tables[&table].segments.len() {
            let segment = u32::try_from(segment).unwrap();
            let task = DeriveTask { export: &export, table, segment, folder: format!("work/test/{table}/") };
            let run = press.derive(&task).await.unwrap();
            assert_eq!(press.derive(&task).await.unwrap(), run, "nobody sees who was first");
            assert!(export.take_in_derived((table, segment), run, NOW.parse().unwrap()));
        }
    }
    merge_layer(&press, &mut export, parts).await;
    assert!(matches!(export.stage, Stage::Publishing { .. }));
    export
}

/// The rows of a table by their keys.
async fn table(folder: &Path, export: &Export, name: TableName) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for part in export.parts_of(name) {
        for row in rows(folder, &part.path).await {
            let key = row[name.table().key().name].as_str().unwrap().to_owned();
            assert!(all.insert(key, row).is_none(), "a key of {name} is there twice");
        }
    }
    assert_eq!(all.len() as u64, export.counts(name).rows);
    all
}

async fn only(folder: &Path, export: &Export, name: TableName) -> Value {
    let rows: Vec<Value> = table(folder, export, name).await.into_values().collect();
    assert_eq!(rows.len(), 1, "{name}: {rows:?}");
    rows[0].clone()
}

const READ: &str = "2026-11-23T04:00:00.000Z";
const LATER: &str = "2026-11-23T04:30:00.000Z";

#[tokio::test]
async fn a_track_on_a_playlist_becomes_a_fact_with_all_its_dimensions() {
    let folder = tempfile::tempdir().unwrap();
    let of = [vec![track(7)], vec![membership(7, 3, 1, LATER)], vec![playlist(1, 3, READ)]];
    let export = exported(folder.path(), of, 1).await;
    let one = async |name| only(folder.path(), &export, name).await;
    let (fact, dim) = (one(TableName::FactTrackFeatures).await, one(TableName::DimTrack).await);
    let (album, list) = (one(TableName::DimAlbum).await, one(TableName::DimPlaylist).await);
    let genres = table(folder.path(), &export, TableName::DimGenre).await;
    let rock = genres.values().find(|row| row["genre_name"] == "Rock").unwrap();
    assert_eq!((genres.len(), &rock["genre"]), (11, &json!(3)));
    assert_eq!((&fact["track_key"], &fact["genre_key"]), (&dim["track_key"], &rock["genre_key"]));
    assert_eq!(
        (&fact["tempo"], &fact["pitch_class"], &fact["duration_ms"]),
        (&json!(120.037), &json!(-1), &json!(1000))
    );
    assert_eq!(fact["valence"], Value::Null, "missing is not zero");
    assert_eq!((&dim["track_name"], &dim["album_key"]), (&json!("Song 7"), &album["album_key"]));
    assert_eq!((&album["release_year"], &album["released"]), (&json!(1999), &json!("1999-07")));
    let day = one(TableName::DimDate).await;
    let expected = json!({
        "date_key": "2026-11-28", "year": 2026, "month": 11, "day": 28, "week": "2026-11-23", "sequence": 1,
    });
    assert_eq!((&day, &day["date_key"]), (&expected, &fact["date_key"]));
    let bridge = one(TableName::BridgePlaylistTrack).await;
    assert_eq!((&bridge["playlist_key"], &bridge["track_key"]), (&list["playlist_key"], &dim["track_key"]));
    let artists = table(folder.path(), &export, TableName::DimArtist).await;
    let credits = table(folder.path(), &export, TableName::BridgeTrackArtist).await;
    let second = credits.values().find(|row| row["position"] == 2).unwrap();
    let artist = &artists[second["artist_key"].as_str().unwrap()];
    assert_eq!((artists.len(), &artist["artist_name"]), (2, &json!("Name at 7")));
}

#[tokio::test]
async fn a_track_that_left_a_playlist_is_on_it_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let before = "2026-11-23T03:59:59.999Z";
    let memberships =
        vec![membership(1, 3, 1, READ), membership(2, 3, 1, before), membership(2, 5, 2, before)];
    let of = [vec![track(1), track(2)], memberships, vec![playlist(1, 3, READ)]];
    let export = exported(folder.path(), of, 1).await;
    let bridge = only(folder.path(), &export, TableName::BridgePlaylistTrack).await;
    let facts = table(folder.path(), &export, TableName::FactTrackFeatures).await;
    let pairs: BTreeSet<_> =
        facts.values().map(|row| (row["track_key"].as_str(), row["genre_key"].as_str())).collect();
    assert_eq!(facts.len(), 2, "of a playlist that was not read to its end, all count: {facts:?}");
    assert!(pairs.contains(&(bridge["track_key"].as_str(), bridge["genre_key"].as_str())));
}

#[tokio::test]
async fn tracks_written_between_the_scans_do_not_refuse_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let mut memberships: Vec<Value> = (0..100).map(|number| membership(number, 3, 1, LATER)).collect();
    // The scan of the tracks was over when these and their tracks came.
    for row in &mut memberships[95..] {
        row["first_seen"]["S"] = "2026-11-28T10:00:07.000Z".into();
    }
    let of = [(0..95).map(track).collect(), memberships, vec![playlist(1, 3, READ)]];
    let export = exported(folder.path(), of, 1).await;
    let counts = export.counts(TableName::Memberships);
    assert_eq!((counts.rows, counts.bad, counts.later), (95, 0, 5), "{counts:?}");
    assert_eq!(export.counts(TableName::FactTrackFeatures).rows, 95);
    let verdict = Verdict::on(&export);
    assert!(verdict.accepted, "{}", verdict.refusal());
}

#[tokio::test]
async fn absurd_features_are_quarantined_in_the_fact_and_kept_as_received() {
    let folder = tempfile::tempdir().unwrap();
    let mut absurd = track(2);
    absurd["features"]["M"]["energy"]["N"] = "7.5".into();
    let memberships = vec![membership(1, 3, 1, LATER), membership(2, 3, 1, LATER)];
    let export =
        exported(folder.path(), [vec![track(1), absurd], memberships, vec![playlist(1, 3, READ)]], 1).await;
    assert_eq!((export.counts(TableName::Tracks).rows, export.counts(TableName::Tracks).bad), (2, 0));
    let facts = export.counts(TableName::FactTrackFeatures);
    assert_eq!((facts.rows, facts.bad, facts.broken.get("energy is not from 0 to 1")), (1, 1, Some(&1)));
    let path = export.part(Role::Quarantine, TableName::FactTrackFeatures, 0);
    let line: Value = serde_json::from_slice(&bytes(folder.path(), &path).await).unwrap();
    assert_eq!(line["row"]["energy"], json!(7.5));
}

#[tokio::test]
async fn many_parts_make_the_same_star_as_one() {
    let count = 9000_u64;
    let playlists: Vec<Value> = (0..11).map(|genre| playlist(u64::from(genre), genre, READ)).collect();
    // Every third track has a second genre, and every fifth is on a second playlist of its genre.
    let memberships = (0..count).flat_map(|number| {
        let genre = u8::try_from(number % 11).unwrap();
        let second = number.is_multiple_of(3).then(|| membership(number, (genre + 1) % 11, 50, LATER));
        let again = number.is_multiple_of(5).then(|| membership(number, genre, 60, LATER));
        [membership(number, genre, u64::from(genre), LATER)].into_iter().chain(second).chain(again)
    });
    let of = [(0..count).map(track).collect(), memberships.collect::<Vec<_>>(), playlists];
    let (one, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = exported(one.path(), of.clone(), 1).await;
    let divided = exported(many.path(), of, 3).await;
    assert!(
        divided.parts_of(TableName::DimTrack).count() > 1 && whole.parts_of(TableName::DimTrack).count() == 1
    );
    for name in divided.current() {
        let (whole, divided) =
            (table(one.path(), &whole, name).await, table(many.path(), &divided, name).await);
        assert_eq!(whole, divided, "{name}");
    }
    for table in divided.tables.keys() {
        assert_eq!(divided.counts(*table).broken, BTreeMap::new(), "{table}");
    }
    let facts = whole.counts(TableName::FactTrackFeatures).rows;
    assert_eq!(facts, count + count / 3, "each track once in each of its genres");
    let albums = table(one.path(), &whole, TableName::DimAlbum).await;
    assert_eq!(albums.len() as u64, count / 10);
    let newest = |row: &Value| row["album_name"].as_str().unwrap().ends_with('9');
    assert!(albums.values().all(newest), "the track that was seen last names the album");
    let artists = table(one.path(), &whole, TableName::DimArtist).await;
    assert!(artists.values().any(|row| row["artist_name"] == format!("Name at {}", count - 1)));
}

#[tokio::test]
async fn keys_are_the_same_in_every_load_except_those_of_the_load() {
    let of = || [vec![track(1)], vec![membership(1, 3, 1, LATER)], vec![playlist(1, 3, READ)]];
    let (monday, friday) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = exported(monday.path(), of(), 1).await;
    let press = press(friday.path(), &RECEIVED.into_iter().zip(of()).collect::<Vec<_>>());
    let mut second = Export { day: "2026-12-04".to_owned(), ..export(&RECEIVED, Formats::default()) };
    second = sorted(&press, second).await;
    merge_layer(&press, &mut second, 1).await;
    for table in second.current().collect::<Vec<_>>() {
        let task = DeriveTask { export: &second, table, segment: 0, folder: String::new() };
        let run = press.derive(&task).await.unwrap();
        second.take_in_derived((table, 0), run, NOW.parse().unwrap());
    }
    merge_layer(&press, &mut second, 1).await;
    for name in first.current() {
        let (one, other) =
            (table(monday.path(), &first, name).await, table(friday.path(), &second, name).await);
        let of_load = [TableName::FactTrackFeatures, TableName::BridgePlaylistTrack, TableName::DimDate];
        assert_eq!(one.keys().eq(other.keys()), !of_load.contains(&name), "{name}");
    }
}
