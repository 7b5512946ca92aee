//! The tracks of genres on a whole stack, from a file whose every digit is known.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use collect::run::RunState;
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
    assert_a_broken_row_is_seen(&stack, tracks[0]["track"].as_str().unwrap()).await.unwrap();
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
    Bucket::of(stack.clients(), stack.deployment())?.fetch(folder.path(), None, |_, _| ()).await?;
    let (green, said) = Dbt::ensure(&Workspace::find().await?).await?.over(folder.path(), &["build"]).await?;
    let failed: Vec<&str> = said.lines().filter(|line| line.contains(" FAIL ")).collect();
    let right = failed.iter().all(|line| line.contains("accepted_range_fact_track_features_danceability"));
    ensure!(!green && failed.len() == 1 && right, "{said}");
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

#[tokio::test(flavor = "multi_thread")]
async fn the_command_collects_tracks_and_says_how_many() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tracks.csv");
    write_tracks(&file, 60).unwrap();
    let line = format!("cargo local run --job features --tracks {} --artists 20 --quiet", file.display());
    let (out, error) = typed("test-tracks", &line).await.unwrap();
    assert!(out.contains("Tracks: 60 new, 60 asked for their audio features."), "{out}{error}");
}
