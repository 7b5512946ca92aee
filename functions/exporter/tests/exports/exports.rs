//! What becomes of a closed run, however often and however badly its export is interrupted.

use std::time::Duration;

use bytes::Bytes;
use collect::snapshot::export::File;
use collect::snapshot::manifest::{Latest, Manifest};
use collect::snapshot::table::TableName;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::place::Place;

pub(crate) fn id(number: usize) -> String {
    format!("{}{number:021}", number * 7919 % 8)
}

/// An artist as it is stored. Every third has no popularity, and every second no genre.
fn artist(number: usize, run: &str, followers: usize) -> Value {
    let now = jiff::Timestamp::now();
    let mut row = json!({
        "id": id(number), "name": format!("Näme \"{number}\""), "followers": followers,
        "found_by": "search:na", "found_in": run, "last_run": run, "sighted_by": "search:na",
        "first_seen": now.to_string(), "last_seen": now.to_string(),
        "expires_at": now.as_second() + 90 * 86_400, "not_provided": [],
    });
    if !number.is_multiple_of(3) {
        row["popularity"] = json!(number % 101);
    }
    row["genres"] = if number.is_multiple_of(2) { json!(["deep house", "pop"]) } else { json!([]) };
    row
}

pub(crate) fn artists(run: &str, numbers: impl IntoIterator<Item = usize>) -> Vec<Value> {
    numbers.into_iter().map(|number| artist(number, run, number * 10)).collect()
}

/// Tracks as they are stored, each on one playlist of genre 4, which was read to its end.
fn tracks(numbers: std::ops::Range<usize>) -> Vec<Value> {
    let now = jiff::Timestamp::now();
    let times = json!({
        "found_in": "2026-11-23", "last_run": "2026-11-23", "first_seen": now.to_string(),
        "last_seen": now.to_string(), "expires_at": now.as_second() + 90 * 86_400,
    });
    let with_times = |mut row: Value| {
        let (row_fields, times) = (row.as_object_mut().unwrap(), times.as_object().unwrap().clone());
        row_fields.extend(times);
        row
    };
    let playlist = id(1);
    let rows = numbers.flat_map(|number| {
        let track = id(number);
        let of_track = json!({
            "id": format!("track#{track}"), "track": track, "name": format!("Song {number}"),
            "artist_ids": [id(number % 5)], "artist_names": ["Somebody"], "album": id(number % 7),
            "album_name": "Sea", "sound": "features", "features": {"energy": 0.25, "tempo": 120.037},
        });
        let membership =
            json!({"id": format!("member#{track}#4#{playlist}"), "track": track, "genre": 4, "playlist": playlist});
        [of_track, membership]
    });
    let list = json!({
        "id": format!("playlist#4#{playlist}"), "playlist": playlist, "genre": 4, "name": "List",
        "read_at": now.to_string(),
    });
    rows.chain([list]).map(with_times).collect()
}

/// The star schema has so many tracks, each once, and everything they refer to.
async fn has_star(place: &Place, manifest: &Manifest, count: u64) {
    let expected = [
        (TableName::FactTrackFeatures, count),
        (TableName::DimTrack, count),
        (TableName::DimArtist, 5),
        (TableName::DimAlbum, 7),
        (TableName::DimGenre, 11),
        (TableName::DimPlaylist, 1),
        (TableName::DimDate, 1),
        (TableName::BridgeTrackArtist, count),
        (TableName::BridgePlaylistTrack, count),
    ];
    for (table, rows) in expected {
        assert_eq!((manifest.tables[&table].rows, manifest.tables[&table].bad), (rows, 0), "{table}");
    }
    let facts = rows(place, &manifest.tables[&TableName::FactTrackFeatures].files).await;
    assert!(facts.iter().all(|fact| fact["energy"] == 0.25 && fact["tempo"] == 120.037), "{facts:?}");
    let folder = place.location("fact_track_features").await;
    assert!(folder.ends_with("/snapshot=2026-11-23/"), "{folder}");
    assert_eq!(place.partitions("fact_track_features_all").await, [folder]);
}

/// The latest snapshot; every file of it has the size and the sum that the manifest says.
pub(crate) async fn latest(place: &Place) -> Manifest {
    let latest: Latest = serde_json::from_slice(&place.object("latest.json").await).unwrap();
    let manifest: Manifest = serde_json::from_slice(&place.object(&latest.manifest).await).unwrap();
    for file in manifest.files() {
        let bytes = place.object(&file.path).await;
        let digits: Vec<String> = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((bytes.len() as u64, &digits.concat()), (file.bytes, &file.sha256), "{}", file.path);
    }
    manifest
}

/// The rows of Parquet files.
async fn rows(place: &Place, files: &[File]) -> Vec<Value> {
    let mut rows = Vec::new();
    for file in files {
        let bytes = Bytes::from(place.object(&file.path).await);
        for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            rows.extend((0..batch.num_rows()).map(|row| snapshot::output::object(&batch, row)));
        }
    }
    rows
}

/// The latest snapshot has exactly these artists, with all that was stored of them.
pub(crate) async fn holds(place: &Place, expected: &[Value]) -> Manifest {
    let manifest = latest(place).await;
    let mut expected: Vec<&Value> = expected.iter().collect();
    expected.sort_by_key(|row| row["id"].as_str());
    let found = rows(place, &manifest.tables[&TableName::Artists].files).await;
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        for column in ["id", "name", "followers", "genres", "found_by", "last_run"] {
            assert_eq!(found[column], expected[column], "{column} of {expected}");
        }
        let popularity = expected.get("popularity").unwrap_or(&Value::Null);
        assert_eq!(&found["popularity"], popularity, "what was not provided is null");
    }
    manifest
}

#[tokio::test]
async fn a_closed_run_becomes_one_snapshot_and_the_same_day_adds_none() {
    // Long enough that the message that is no work item is seen once in each execution.
    let place = Place::hiding("420").await;
    let rows = artists("2026-11-23", 0..1500);
    assert_eq!(place.exporter().handle(json!({"job": "tick"})).await["state"], json!("nothing"));
    place.run("2026-11-23", &rows).await;
    place.send("no work item").await;
    let began = place.exporter().handle(json!({"job": "tick"})).await;
    assert_eq!(began, json!({"state": "began", "snapshot": "2026-11-23"}));
    place.work(1).await;
    let manifest = holds(&place, &rows).await;
    assert_eq!((manifest.sequence, manifest.tables[&TableName::Terms].rows), (1, 1));
    let folder = place.location("artists").await;
    assert!(folder.ends_with("/snapshot=2026-11-23/"), "{folder}");
    assert_eq!(place.partitions("artists_all").await, [folder]);

    let before = place.objects().await;
    place.put("artists", &artists("2026-11-23", 2000..2010)).await;
    for (event, state) in [("tick", "nothing"), ("export", "exported"), ("export", "exported")] {
        assert_eq!(place.exporter().handle(json!({"job": event})).await["state"], json!(state));
    }
    assert_eq!(place.objects().await, before);
}

#[tokio::test]
async fn exporters_that_work_at_once_make_one_snapshot() {
    let place = Place::start().await;
    let rows = artists("2026-11-23", 0..600);
    place.put("tracks", &tracks(0..30)).await;
    place.run("2026-11-23", &rows).await;
    let (one, other) = (place.exporter(), place.exporter());
    let ticks = tokio::join!(one.handle(json!({"job": "tick"})), other.handle(json!({"job": "export"})));
    let began = [&ticks.0, &ticks.1].iter().filter(|answer| answer["state"] == "began").count();
    assert_eq!(began, 1, "{ticks:?}");
    // A message is hidden for a second only, so many are handled twice.
    place.work(4).await;
    let manifest = holds(&place, &rows).await;
    assert_eq!(manifest.sequence, 1);
    has_star(&place, &manifest, 30).await;
    let manifests = place.objects().await.into_keys().filter(|key| key.ends_with("_manifest.json"));
    assert_eq!(manifests.count(), 1);
}

#[tokio::test]
async fn an_exporter_that_is_killed_again_and_again_still_makes_the_snapshot() {
    let place = Place::start().await;
    let rows = artists("2026-11-23", 0..400);
    place.put("tracks", &tracks(0..30)).await;
    place.run("2026-11-23", &rows).await;
    let mut killed = 0;
    for lived in (1..).map(|step| Duration::from_millis(3 * step)) {
        if place.ledger().await.last.is_some() {
            break;
        }
        // What was lost between the ledger and the queue is due again once its lease has ended.
        place.end_leases().await;
        let exporter = place.exporter();
        if tokio::time::timeout(lived, exporter.handle(json!({"job": "tick"}))).await.is_err() {
            killed += 1;
        }
        // Whatever it left undone: what can be seen is complete.
        if place.objects().await.contains_key("latest.json") {
            holds(&place, &rows).await;
        }
    }
    assert!(killed > 5, "killed {killed} times");
    has_star(&place, &holds(&place, &rows).await, 30).await;
}

#[tokio::test]
async fn the_next_run_tells_what_is_new_changed_and_gone() {
    let place = Place::start().await;
    place.run("2026-11-16", &artists("2026-11-16", 0..100)).await;
    place.exporter().handle(json!({"job": "tick"})).await;
    place.work(1).await;
    place.remove(&[id(7)]).await;
    let mut week = artists("2026-11-23", 100..103);
    week.push(artist(5, "2026-11-23", 999_999));
    place.run("2026-11-23", &week).await;
    place.exporter().handle(json!({"job": "tick"})).await;
    place.work(1).await;

    let manifest = latest(&place).await;
    let artists = &manifest.tables[&TableName::Artists];
    let parent = manifest.parent.as_ref().unwrap();
    assert_eq!((manifest.sequence, parent.sequence, artists.rows), (2, 1, 102));
    let mut changes: Vec<(Value, Value)> = rows(&place, &artists.changes.as_ref().unwrap().files)
        .await
        .into_iter()
        .map(|row| (row["change"].clone(), row["id"].clone()))
        .collect();
    changes.sort_by_key(|(change, id)| (change.to_string(), id.to_string()));
    let mut expected = vec![("changed", id(5)), ("gone", id(7))];
    let mut new: Vec<String> = (100..103).map(id).collect();
    new.sort();
    expected.extend(new.into_iter().map(|id| ("new", id)));
    let expected: Vec<_> = expected.into_iter().map(|(change, id)| (json!(change), json!(id))).collect();
    assert_eq!(changes, expected);
    assert_eq!(place.partitions("artists_all").await.len(), 2);
    assert!(place.location("artists").await.ends_with("/snapshot=2026-11-23/"));
}

#[tokio::test]
async fn a_snapshot_that_lost_most_artists_is_refused_and_the_one_before_stays() {
    let place = Place::start().await;
    place.run("2026-11-16", &artists("2026-11-16", 0..100)).await;
    place.exporter().handle(json!({"job": "tick"})).await;
    place.work(1).await;
    let before = place.object("latest.json").await;
    place.remove(&(0..80).map(id).collect::<Vec<_>>()).await;
    place.run("2026-11-23", &artists("2026-11-23", 90..100)).await;
    place.exporter().handle(json!({"job": "tick"})).await;
    place.work(1).await;
    assert_eq!(place.object("latest.json").await, before);
    let objects = place.objects().await;
    let report = objects.keys().find(|key| key.contains("snapshot=2026-11-23/_report.md")).unwrap();
    let report = String::from_utf8(place.object(report).await).unwrap();
    assert!(report.contains("artists") && report.contains("20"), "{report}");
    assert!(!objects.keys().any(|key| key.contains("snapshot=2026-11-23/_manifest.json")));
    assert!(place.location("artists").await.ends_with("/snapshot=2026-11-16/"));
    let later = place.exporter().handle(json!({"job": "tick"})).await;
    assert_eq!(
        (&later["state"], &later["ended"]["ending"]),
        (&json!("nothing"), &json!("refused")),
        "{later}"
    );
    // Somebody has looked, and wants it that way.
    let again = place.exporter().handle(json!({"job": "export", "accept_fewer": true})).await;
    assert_eq!(again["snapshot"], json!("2026-11-23.2"), "{again}");
    place.work(1).await;
    assert_eq!(latest(&place).await.tables[&TableName::Artists].rows, 20);
}
