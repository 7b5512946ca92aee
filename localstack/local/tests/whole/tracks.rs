//! The tracks of genres on a whole stack, from a file whose every digit is known.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use collect::run::RunState;
use collect::snapshot::table::TableName;
use collect::term::RunId;
use local::{
    collect::job_to_the_end,
    observe::to_json,
    query::Engine,
    snapshots::{Exporter, fetch::Bucket},
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    workspace::Workspace,
};
use serde_json::{Value, json};

use crate::common::start_with;
use crate::dbt::Dbt;
use crate::forget::forget;
use crate::typed::typed;

const HEAD: &str = "track_id,name,artists,artist_ids,duration_ms,key,mode,time_signature,acousticness,danceability,\
                    energy,instrumentalness,liveness,loudness,speechiness,valence,tempo,genres114\n";

const FEATURES: [&str; 13] = [
    "duration_ms",
    "key",
    "mode",
    "time_signature",
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "loudness",
    "speechiness",
    "valence",
    "tempo",
];

/// Writes a file of `count` tracks. Returns their features by id, in the order of [`FEATURES`].
fn write_tracks(path: &Path, count: u32) -> Result<BTreeMap<String, Vec<Value>>> {
    let (mut csv, mut known) = (HEAD.to_owned(), BTreeMap::new());
    for number in 0..count {
        let id = format!("{number:022}");
        let share = |digits: u32| f64::from((number * 7919 + digits) % 99_991) / 100_000.0;
        let features = vec![
            json!(100_000 + number),
            json!(i64::from(number % 13) - 1),
            json!(number % 2),
            json!(3 + number % 3),
            json!(share(1)),
            json!(share(2)),
            json!(share(3)),
            json!(8.94e-5),
            json!(share(4)),
            json!(-13.11),
            json!(share(5)),
            json!(share(6)),
            json!(120.037),
        ];
        let genre = ["hip-hop", "pop", "country", "rock", "metal", "jazz"][(number % 6) as usize];
        let values: Vec<String> = features.iter().map(ToString::to_string).collect();
        writeln!(csv, "{id},Song {number},Band {},,{},{genre}", number % 40, values.join(","))?;
        known.insert(id, features);
    }
    fs::write(path, csv)?;
    Ok(known)
}

/// The rows of the tracks table, by the kind that their ids begin with.
pub(crate) async fn rows(stack: &Stack) -> Result<BTreeMap<String, Vec<Value>>> {
    let table = stack.deployment().tracks.as_ref().context("no table of tracks")?;
    let mut pages = stack.clients().dynamodb.scan().table_name(table).into_paginator().items().send();
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    while let Some(item) = pages.next().await {
        let row = to_json(item?);
        let kind = row["id"].as_str().and_then(|id| id.split('#').next()).unwrap_or_default().to_owned();
        rows.entry(kind).or_default().push(row);
    }
    Ok(rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn tracks_of_a_file_arrive_with_every_digit_and_a_rerun_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tracks.csv");
    let known = write_tracks(&file, 150).unwrap();
    let settings = Settings { artists: 20, tracks: Some(file), rate: 6000, ..Settings::default() };
    let options = Options { spotify: Choice::Fake(settings), rate: Some(6000), ..Options::default() };
    let mut stack = start_with(options).await.unwrap();
    let closed = job_to_the_end(&mut stack, "features").await.unwrap();
    assert_eq!(closed.run.state, RunState::Complete, "{:?}", closed.run.report);
    let first = rows(&stack).await.unwrap();
    let tracks = &first["track"];
    assert_eq!(tracks.len(), known.len(), "every track is on a playlist of its genre");
    for row in tracks {
        let id = row["track"].as_str().unwrap();
        let stored: Vec<Value> = FEATURES.iter().map(|name| row["features"][*name].clone()).collect();
        assert_eq!(stored, known[id], "{row}");
        assert!(row["expires_at"].is_i64() && row.get("pending").is_none(), "{row}");
    }
    assert!(first["member"].len() >= tracks.len() && !first["playlist"].is_empty());
    let report = closed.run.report.unwrap();
    assert_eq!((report.tracks_new, report.tracks_described), (tracks.len() as u64, tracks.len() as u64));
    assert_exported(&stack, &closed.run.id, &first, &known).await.unwrap();
    // The same event on the same day.
    let again = stack.schedule("features").await.unwrap();
    assert_eq!(again["opening"], "already-closed", "{again}");
    let second = rows(&stack).await.unwrap();
    let sorted = |rows: &BTreeMap<String, Vec<Value>>| {
        let mut all: Vec<String> = rows.values().flatten().map(Value::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&first), sorted(&second));
    let exporter = Exporter::of(stack.clients(), stack.deployment()).unwrap();
    assert_eq!(exporter.tick().await.unwrap()["state"], "nothing", "the run has its snapshot");
    let erased = tracks[1]["artist_ids"][0].as_str().unwrap();
    let credited = tracks.iter().filter(|row| row["artist_ids"].to_string().contains(erased)).count();
    assert_eq!(forget(&stack, erased).await.unwrap()["tracks"], credited);
    assert_a_broken_row_is_seen(&stack, tracks[0]["track"].as_str().unwrap()).await.unwrap();
    // That has read every playlist again.
    let third = rows(&stack).await.unwrap();
    assert!(
        third["track"].iter().all(|row| !row["artist_ids"].to_string().contains(erased)),
        "{erased} is back"
    );
    stack.stop().await.unwrap();
}

/// Lets Spotify say something absurd of a track, collects it anew, and checks that the test of that value
/// fails.
async fn assert_a_broken_row_is_seen(stack: &Stack, track: &str) -> Result<()> {
    stack.spotify().set_faults(&json!({"broken": {track: "absurd"}})).await?;
    let table = stack.deployment().tracks.as_ref().context("no table of tracks")?;
    let playlists = rows(stack).await?.remove("playlist").unwrap_or_default();
    let keys = playlists.iter().filter_map(|row| row["id"].as_str().map(str::to_owned));
    // As if they had expired: the playlists are read again, and the track is a new one.
    for key in keys.chain([format!("track#{track}")]) {
        let delete = stack.clients().dynamodb.delete_item().table_name(table);
        delete.key("id", AttributeValue::S(key)).send().await?;
    }
    let event = json!({"job": "features", "run": "planted"});
    stack.invoke(&stack.deployment().seeder, &event).await?;
    let run = stack.wait_until_closed(Duration::from_mins(3)).await?;
    let exporter = Exporter::of(stack.clients(), stack.deployment())?;
    exporter.tick().await?;
    exporter.wait(|last| last.run == run.id, Duration::from_mins(2)).await?;
    let folder = tempfile::tempdir()?;
    let bucket = Bucket::of(stack.clients(), stack.deployment())?;
    let fetched = bucket.fetch(folder.path(), None, |_, _| ()).await?;
    let (green, said) = Dbt::ensure(&Workspace::find().await?).await?.over(folder.path(), &["build"]).await?;
    let failed: Vec<&str> = said.lines().filter(|line| line.contains(" FAIL ")).collect();
    let right = failed.iter().all(|line| line.contains("accepted_range_stg_fermata__tracks_danceability"));
    ensure!(!green && failed.len() == 1 && right, "{said}");
    // The fact does not have it; the quarantine says why.
    let engine = Engine::prepare(&Workspace::find().await?, folder.path().to_owned()).await?;
    let facts = format!(
        "SELECT count(*) AS rows FROM fact_track_features JOIN dim_track USING (track_key) \
                         WHERE track_id = '{track}'"
    );
    ensure!(engine.rows(&facts, &[]).await?[0]["rows"] == 0, "the absurd row is in the fact");
    let fact = &fetched.manifest.tables[&TableName::FactTrackFeatures];
    let quarantine = fs::read_to_string(folder.path().join(&fact.quarantine[0].path))?;
    ensure!(fact.bad == quarantine.lines().count() as u64, "{fact:?}");
    ensure!(quarantine.contains("danceability is not from 0 to 1"), "{quarantine}");
    Ok(())
}

/// Exports the run, and compares the files with the rows of the table and with what the tracks are known for.
async fn assert_exported(
    stack: &Stack,
    run: &RunId,
    rows: &BTreeMap<String, Vec<Value>>,
    known: &BTreeMap<String, Vec<Value>>,
) -> Result<()> {
    let exporter = Exporter::of(stack.clients(), stack.deployment())?;
    exporter.tick().await?;
    exporter.wait(|last| last.run == *run, Duration::from_mins(2)).await?;
    let folder = tempfile::tempdir()?;
    Bucket::of(stack.clients(), stack.deployment())?.fetch(folder.path(), None, |_, _| ()).await?;
    let engine = Engine::prepare(&Workspace::find().await?, folder.path().to_owned()).await?;
    let statement = format!("SELECT track, {} FROM tracks", FEATURES.join(", "));
    let tracks = engine.rows(&statement, &[]).await?;
    ensure!(tracks.len() == rows["track"].len(), "{} tracks in the snapshot", tracks.len());
    for track in &tracks {
        let features: Vec<Value> = FEATURES.iter().map(|name| track[*name].clone()).collect();
        let id = track["track"].as_str().context("no id")?;
        ensure!(features == known[id], "{track} is not as the file has it");
    }
    for (table, kind) in [("memberships", "member"), ("playlists", "playlist")] {
        let count = engine.rows(&format!("SELECT count(*) AS rows FROM {table}"), &[]).await?;
        ensure!(count[0]["rows"] == rows[kind].len(), "{table}: {count:?}");
    }
    assert_star(&engine, rows, known).await?;
    let profile = engine.rows(include_str!("../../../../infra/queries/audio_profile.sql"), &[]).await?;
    let names: Vec<&str> = profile.iter().filter_map(|row| row["genre_name"].as_str()).collect();
    let expected = ["Hip-Hop", "Pop", "Country", "Rock", "Jazz", "Metal"];
    ensure!(expected.iter().all(|name| names.contains(name)), "{profile:?}");
    let dbt = Dbt::ensure(&Workspace::find().await?).await?;
    let (green, said) = dbt.over(folder.path(), &["build"]).await?;
    ensure!(green, "{said}");
    let (fresh, said) = dbt.over(folder.path(), &["source", "freshness"]).await?;
    ensure!(fresh, "{said}");
    Ok(())
}

/// Compares the star schema with the rows of the table: each track once in each of its genres, with features
/// to the last digit, and every dimension found.
async fn assert_star(
    engine: &Engine,
    rows: &BTreeMap<String, Vec<Value>>,
    known: &BTreeMap<String, Vec<Value>>,
) -> Result<()> {
    let features = FEATURES.map(|name| if name == "key" { "pitch_class AS key" } else { name }).join(", ");
    let statement = format!(
        "SELECT track_id, dim_genre.genre, {features}, count(album_name) AS albums, count(year) AS days \
         FROM fact_track_features AS facts JOIN dim_track USING (track_key) JOIN dim_genre USING (genre_key) \
         JOIN dim_date USING (date_key) LEFT JOIN dim_album USING (album_key) GROUP BY ALL"
    );
    let facts = engine.rows(&statement, &[]).await?;
    let mut found = BTreeSet::new();
    for fact in &facts {
        let (id, genre) = (fact["track_id"].as_str().context("no id")?, fact["genre"].as_u64());
        let features: Vec<Value> = FEATURES.iter().map(|name| fact[*name].clone()).collect();
        ensure!(features == known[id], "{fact} is not as the file has it");
        found.insert((id.to_owned(), genre));
    }
    let member = |row: &Value| Some((row["track"].as_str()?.to_owned(), row["genre"].as_u64()));
    let expected: BTreeSet<_> = rows["member"].iter().filter_map(member).collect();
    ensure!(found == expected && facts.len() == found.len(), "{} facts of {}", facts.len(), expected.len());
    let pairs = "SELECT playlist_id, track_id FROM bridge_playlist_track JOIN dim_playlist USING (playlist_key) \
                 JOIN dim_track USING (track_key)";
    ensure!(engine.rows(pairs, &[]).await?.len() == rows["member"].len(), "playlists have other tracks");
    let credits = "SELECT track_id, artist_name FROM bridge_track_artist JOIN dim_artist USING (artist_key) \
                   JOIN dim_track USING (track_key)";
    let artists = |row: &Value| row["artist_ids"].as_array().map_or(0, Vec::len);
    let credited: usize = rows["track"].iter().map(artists).sum();
    ensure!(engine.rows(credits, &[]).await?.len() == credited, "tracks have other artists");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_collects_tracks_and_says_how_many() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tracks.csv");
    write_tracks(&file, 60).unwrap();
    // With every tenth request refused, none is skipped.
    let line = format!(
        "cargo local run --job features --tracks {} --artists 20 --quiet --faults '{{\"refused_rate\": 0.1}}'",
        file.display()
    );
    let (out, error) = typed("test-tracks", &line).await.unwrap();
    assert!(out.contains("Tracks: 60 new, 60 asked for their audio features."), "{out}{error}");
}
