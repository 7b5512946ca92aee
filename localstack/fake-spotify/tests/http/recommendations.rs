//! Recommendations, asked over HTTP.

use fake_spotify::world::World;
use serde_json::{Value, json};

use crate::common::{Caller, config, ids_of, keys};

const STRANGER: &str = "0000000000000000000000";

fn tracks(body: &Value) -> &[Value] {
    body["tracks"].as_array().expect("tracks")
}

/// The audio features of the tracks of an answer.
async fn features(caller: &Caller, body: &Value) -> Vec<Value> {
    let path = format!("/audio-features?ids={}", ids_of(&body["tracks"]).join(","));
    caller.get(&path).await.1["audio_features"].as_array().expect("features").clone()
}

/// An artist with a genre, and a track of it.
fn seeds(world: &World) -> (String, String) {
    let known = |rank: &u32| world.style_of_artist(*rank).is_some() && world.album_count(*rank) > 0;
    let rank = (0..1_000).find(known).expect("an artist with a genre");
    let album = world.albums(rank).next().expect("an album");
    (
        world.catalogue().artist(rank).id().to_owned(),
        world.track_id(world.tracks(album).next().expect("a track")),
    )
}

#[tokio::test]
async fn every_kind_of_seed_is_described_and_leads_to_other_tracks() {
    let caller = Caller::start(config()).await;
    let (artist, track) = seeds(caller.spotify.world());
    let path =
        format!("/recommendations?seed_artists={artist}&seed_genres=jazz,sleep&seed_tracks={track}&limit=50");
    let (status, body) = caller.get(&path).await;
    assert_eq!((status, keys(&body)), (200, vec!["seeds", "tracks"]));
    let described: Vec<(&str, &str)> = body["seeds"]
        .as_array()
        .expect("seeds")
        .iter()
        .filter_map(|seed| Some((seed["type"].as_str()?, seed["id"].as_str()?)))
        .collect();
    let expected =
        [("ARTIST", artist.as_str()), ("GENRE", "jazz"), ("GENRE", "sleep"), ("TRACK", track.as_str())];
    assert_eq!(described, expected);
    for seed in body["seeds"].as_array().expect("seeds") {
        assert!(seed["initialPoolSize"].as_u64() > Some(0), "{seed}");
        assert_eq!(seed["afterFilteringSize"], seed["initialPoolSize"]);
    }
    let mut distinct = ids_of(&body["tracks"]);
    assert_eq!((distinct.len(), distinct.contains(&track)), (50, false));
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 50);
}

#[tokio::test]
async fn bounds_filter_and_targets_sort() {
    let caller = Caller::start(config()).await;
    let (_, bounded) =
        caller.get("/recommendations?seed_genres=pop,rock,metal&limit=100&min_energy=0.5&max_tempo=130&min_popularity=20").await;
    let seed = &bounded["seeds"][0];
    assert!(seed["afterFilteringSize"].as_u64() < seed["initialPoolSize"].as_u64(), "{seed}");
    assert!(
        tracks(&bounded).len() > 20
            && tracks(&bounded).iter().all(|track| track["popularity"].as_u64() >= Some(20))
    );
    for of in features(&caller, &bounded).await {
        assert!(of["energy"].as_f64() >= Some(0.5) && of["tempo"].as_f64() <= Some(130.0), "{of}");
    }
    let mean =
        |features: Vec<Value>| features.iter().filter_map(|of| of["valence"].as_f64()).sum::<f64>() / 20.0;
    let (_, sad) = caller.get("/recommendations?seed_genres=pop&limit=20&target_valence=0").await;
    let (_, happy) = caller.get("/recommendations?seed_genres=pop&limit=20&target_valence=1").await;
    let (sad, happy) = (mean(features(&caller, &sad).await), mean(features(&caller, &happy).await));
    assert!(sad + 0.4 < happy, "{sad} {happy}");
}

#[tokio::test]
async fn a_seed_that_nobody_knows_leads_nowhere() {
    let caller = Caller::start(config()).await;
    let (status, body) = caller.get(&format!("/recommendations?seed_artists={STRANGER}")).await;
    assert_eq!((status, &body["tracks"], &body["seeds"][0]["initialPoolSize"]), (200, &json!([]), &json!(0)));
}

#[tokio::test]
async fn questions_without_seeds_or_with_too_many_are_refused() {
    let caller = Caller::start(config()).await;
    caller.refused("/recommendations", 400, "invalid request").await;
    caller
        .refused("/recommendations?seed_genres=jazz,pop,rock,soul,metal,folk", 400, "invalid request")
        .await;
    caller.refused("/recommendations?seed_genres=polka-core", 400, "Invalid genre seed").await;
    caller.refused("/recommendations?seed_genres=jazz&limit=101", 400, "Invalid limit").await;
    caller.refused("/recommendations?seed_genres=jazz&min_energy=much", 400, "invalid min_energy").await;
}
