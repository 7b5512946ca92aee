//! Tracks and how they sound, asked over HTTP: generated ones, and those of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fake_spotify::world::{STYLES, Style, Track, World};
use fake_spotify::{AppClass, Artists, Breakage, Config, Faults};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::common::{Caller, config, config_of, ids_of};

const STRANGER: &str = "0000000000000000000000";

/// Tracks of the best known artists.
fn some_tracks(world: &World, count: usize) -> Vec<Track> {
    let albums = (0..500).flat_map(|rank| world.albums(rank));
    albums.flat_map(|album| world.tracks(album).take(1)).take(count).collect()
}

fn ids(world: &World, tracks: &[Track]) -> Vec<String> {
    tracks.iter().map(|track| world.track_id(*track)).collect()
}

#[tokio::test]
async fn tracks_and_their_features_come_in_batches_with_null_for_strangers() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let tracks = some_tracks(world, 99);
    let ids = ids(world, &tracks);
    let (_, body) = caller.get(&format!("/tracks?ids={},{STRANGER}", ids[..49].join(","))).await;
    assert_eq!((ids_of(&body["tracks"]), &body["tracks"][49]), (ids[..49].to_vec(), &Value::Null));
    let (_, body) = caller.get(&format!("/audio-features?ids={},{STRANGER}", ids.join(","))).await;
    assert_eq!((ids_of(&body["audio_features"]), &body["audio_features"][99]), (ids.clone(), &Value::Null));
    let (_, alone) = caller.get(&format!("/audio-features/{}", ids[5])).await;
    assert_eq!(alone, body["audio_features"][5]);
    assert_eq!(alone["danceability"], world.features(tracks[5]).danceability);
    let (_, track) = caller.get(&format!("/tracks/{}", ids[5])).await;
    assert_eq!(
        (&track["duration_ms"], &track["name"]),
        (&alone["duration_ms"], &json!(world.track_title(tracks[5])))
    );
    let many = vec![STRANGER; 101].join(",");
    caller.refused(&format!("/tracks?ids={many}"), 400, "Too many ids requested").await;
    caller.refused(&format!("/audio-features?ids={many}"), 400, "Too many ids requested").await;
    caller.refused(&format!("/audio-analysis/{STRANGER}"), 404, "Resource not found").await;
}

#[tokio::test]
async fn an_analysis_agrees_with_the_features_and_covers_the_track() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let track = some_tracks(world, 1)[0];
    let (_, analysis) = caller.get(&format!("/audio-analysis/{}", world.track_id(track))).await;
    let features = world.features(track);
    assert_eq!(
        (&analysis["track"]["tempo"], &analysis["track"]["key"]),
        (&json!(features.tempo), &json!(features.key))
    );
    let beats = analysis["beats"].as_array().expect("beats");
    assert_eq!(analysis["tatums"].as_array().map(Vec::len), Some(2 * beats.len()));
    let end = |beat: &Value| {
        beat["start"].as_f64().expect("a start") + beat["duration"].as_f64().expect("a length")
    };
    let seconds = f64::from(features.duration_ms) / 1_000.0;
    assert!((end(beats.last().expect("a beat")) - seconds).abs() < 60.0 / features.tempo + 0.01);
}

#[tokio::test]
async fn top_tracks_are_ten_of_the_artist_best_known_first() {
    let caller = Caller::start(config()).await;
    let path = format!("/artists/{}/top-tracks?country=SE", caller.spotify.catalogue().artist(0).id());
    let (status, body) = caller.get(&path).await;
    let tracks = body["tracks"].as_array().expect("tracks");
    let popularity: Vec<_> = tracks.iter().map(|track| track["popularity"].as_u64()).collect();
    assert_eq!((status, tracks.len(), popularity.is_sorted_by(|one, next| one >= next)), (200, 10, true));
    let artist = caller.spotify.catalogue().artist(0).id();
    assert!(tracks.iter().all(|track| ids_of(&track["artists"]).iter().any(|id| id == artist)));
}

#[tokio::test]
async fn a_market_says_what_is_playable_there_in_place_of_where_it_is() {
    let caller = Caller::start(config()).await;
    let path = format!("/tracks/{}", ids(caller.spotify.world(), &some_tracks(caller.spotify.world(), 1))[0]);
    let (_, anywhere) = caller.get(&path).await;
    assert!(anywhere["available_markets"].as_array().is_some_and(|markets| markets.contains(&json!("SE"))));
    assert!(anywhere.get("is_playable").is_none());
    let (_, sweden) = caller.get(&format!("{path}?market=SE")).await;
    assert_eq!((sweden.get("available_markets"), &sweden["is_playable"]), (None, &json!(true)));
    let (_, elsewhere) = caller.get(&format!("{path}?market=ZW")).await;
    assert_eq!(
        (&elsewhere["is_playable"], &elsewhere["restrictions"]["reason"]),
        (&json!(false), &json!("market"))
    );
}

#[tokio::test]
async fn playlists_lead_to_tracks_of_every_style_that_sound_like_it() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let mut energy = BTreeMap::new();
    for style in STYLES {
        let query: String = form_urlencoded::byte_serialize(style.name().as_bytes()).collect();
        let (_, found) = caller.get(&format!("/search?q={query}&type=playlist&limit=5")).await;
        let mut tracks = BTreeSet::new();
        for id in ids_of(&found["playlists"]["items"]) {
            let (_, body) = caller.get(&format!("/playlists/{id}/tracks?fields=items.track(id,type)")).await;
            let rows = body["items"].as_array().expect("rows").iter().map(|row| &row["track"]);
            tracks.extend(
                rows.filter(|track| track["type"] == "track")
                    .filter_map(|track| track["id"].as_str().map(str::to_owned)),
            );
        }
        let tracks: Vec<String> = tracks.into_iter().take(100).collect();
        assert_eq!(tracks.len(), 100, "{}", style.name());
        let (_, body) = caller.get(&format!("/audio-features?ids={}", tracks.join(","))).await;
        let features = body["audio_features"].as_array().expect("features");
        let sum: f64 = features.iter().filter_map(|of| of["energy"].as_f64()).sum();
        energy.insert(style.name(), sum / 100.0);
        let category =
            (0..world.category_count()).find(|number| world.category_name(*number) == style.name());
        assert!(category.is_some(), "{} is a category", style.name());
    }
    assert!(energy["Metal"] > 0.75 && energy["Sleep"] < 0.35, "{energy:?}");
    assert!(energy["Metal"] > energy["Rock"] && energy["Rock"] > energy["Jazz"], "{energy:?}");
}

/// A file of `count` tracks: styles in turn, three artists for each, every other one without an id.
fn file(count: usize) -> String {
    let mut csv = "track_id,name,artists,artist_ids,popularity,decade,duration_ms,key,mode,time_signature,acousticness,\
        danceability,energy,instrumentalness,liveness,loudness,speechiness,valence,tempo,source,genres114\n"
        .to_owned();
    let genres = [
        "hip-hop",
        "pop",
        "country",
        "rock",
        "r-n-b",
        "electronic",
        "indie",
        "sleep",
        "jazz",
        "soul",
        "metal",
    ];
    for number in 0..count {
        let (genre, artist) = (genres[number % 11], number % 33);
        let id = if artist % 2 == 0 { format!("{artist:022}") } else { String::new() };
        let decade = 1960 + number % 6 * 10;
        writeln!(
            csv,
            "1{number:021},Song {number} of {genre},Band {artist},{id},{},{decade},{},5,0,4,8.94E-05,0.7{number:05},\
             0.123456789,0.0,0.1,-6.248,0.0{number:04}1,0.5,120.037,test,{genre}",
            number % 100,
            180_000 + number,
        )
        .expect("written");
    }
    csv
}

/// A stand-in with few artists and the tracks of a file.
async fn with_file(class: AppClass, csv: &str) -> Caller {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tracks.csv");
    std::fs::write(&path, csv).expect("written");
    let artists = Artists::Generated { count: 500, seed: 1 };
    Caller::start(Config { artists, tracks: Some(path), ..config_of(class) }).await
}

#[tokio::test]
async fn tracks_of_a_file_have_its_ids_names_artists_and_features_to_the_last_digit() {
    let csv = file(330);
    let caller = with_file(AppClass::Extended, &csv).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for (place, row) in reader.records().enumerate().step_by(7) {
        let row = row.expect("a row");
        let (_, track) = caller.get(&format!("/tracks/{}", &row[0])).await;
        assert_eq!((track["id"].as_str(), track["name"].as_str()), (row.get(0), row.get(1)));
        assert_eq!(track["artists"][0]["name"].as_str(), row.get(2));
        assert!(row[3].is_empty() || track["artists"][0]["id"].as_str() == row.get(3), "{track}");
        assert_eq!(track["popularity"].to_string(), row[4]);
        let answer = caller.send(&format!("/audio-features/{}", &row[0])).await.bytes().await.expect("bytes");
        let answer: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&answer).expect("JSON");
        for (name, digits) in [
            ("danceability", &row[11]),
            ("energy", &row[12]),
            ("speechiness", &row[16]),
            ("loudness", &row[15]),
            ("instrumentalness", &row[13]),
            ("acousticness", &row[10]),
            ("tempo", &row[18]),
            ("duration_ms", &row[6]),
        ] {
            // Both are text: whoever reads the answer gets the very number that is in the file.
            let number = |text: &str| text.parse::<f64>().expect("a number");
            assert_eq!(number(answer[name].get()).to_bits(), number(digits).to_bits(), "{place}: {name}");
        }
        let artist = track["artists"][0]["id"].as_str().expect("an id");
        let (status, body) = caller.get(&format!("/artists/{artist}")).await;
        assert_eq!((status, body["name"].as_str()), (200, row.get(2)));
        assert!(body["popularity"].is_u64() && body["followers"]["total"].is_u64());
    }
    let (_, albums) = caller.get(&format!("/artists/{:022}/albums?limit=50", 4)).await;
    let mut tracks = 0;
    for album in ids_of(&albums["items"]) {
        let (_, body) = caller.get(&format!("/albums/{album}/tracks?limit=50")).await;
        tracks += body["total"].as_u64().expect("a total");
    }
    assert_eq!(tracks, 10, "all ten tracks of an artist are on its albums");
}

#[tokio::test]
async fn playlists_of_a_style_have_every_track_of_the_file_that_is_of_it() {
    let caller = with_file(AppClass::Extended, &file(1_100)).await;
    let world = caller.spotify.world();
    for style in STYLES {
        let number = (0..world.category_count()).find(|number| world.category_name(*number) == style.name());
        let playlists = world.category_playlists(number.expect("a category"));
        let mut names = BTreeSet::new();
        for playlist in playlists {
            let path = format!("/playlists/{}/tracks?fields=next,items.track.name", playlist.id());
            let mut next = Some(path);
            while let Some(path) = next {
                let (_, body) = caller.get(&path).await;
                let rows = body["items"].as_array().expect("rows").iter();
                names.extend(rows.filter_map(|row| row["track"]["name"].as_str().map(str::to_owned)));
                next = body["next"]
                    .as_str()
                    .and_then(|next| next.strip_prefix(&caller.spotify.api_url()))
                    .map(str::to_owned);
            }
        }
        let genre = match style {
            Style::RnB => "r-n-b".to_owned(),
            Style::Dance => "electronic".to_owned(),
            other => other.name().to_lowercase(),
        };
        let found = names.iter().filter(|name| name.ends_with(&format!(" of {genre}"))).count();
        assert_eq!(found, 100, "{genre}");
    }
}

#[tokio::test]
async fn the_features_of_one_track_can_be_made_absurd() {
    let caller = Caller::start(config()).await;
    let ids = ids(caller.spotify.world(), &some_tracks(caller.spotify.world(), 3));
    let mut faults = Faults::default();
    faults.broken = [(ids[1].clone(), Breakage::Absurd)].into();
    caller.spotify.set_faults(faults).expect("good faults");
    let (_, body) = caller.get(&format!("/audio-features?ids={}", ids.join(","))).await;
    let shares: Vec<f64> =
        (0..3).filter_map(|row| body["audio_features"][row]["danceability"].as_f64()).collect();
    assert!(shares[0] <= 1.0 && shares[2] <= 1.0 && (shares[1] - 1.7).abs() < 1e-9, "{shares:?}");
    let (_, alone) = caller.get(&format!("/audio-features/{}", ids[1])).await;
    assert_eq!(alone, body["audio_features"][1]);
    let (status, _) = caller.get(&format!("/tracks/{}", ids[1])).await;
    assert_eq!(status, 200, "the track itself is as it was");
}

#[tokio::test]
async fn a_track_of_a_file_is_found_by_its_name() {
    let caller = with_file(AppClass::Development, &file(330)).await;
    let (_, page) = caller.get("/search?q=song+17+jazz&type=track&limit=10").await;
    let names: Vec<&str> = page["tracks"]["items"]
        .as_array()
        .expect("tracks")
        .iter()
        .filter_map(|track| track["name"].as_str())
        .collect();
    assert!(
        !names.is_empty() && names.iter().all(|name| name.starts_with("Song 17") && name.ends_with("jazz")),
        "{names:?}"
    );
}
