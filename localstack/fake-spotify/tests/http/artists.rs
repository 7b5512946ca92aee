//! Artists around an artist, asked over HTTP.

use crate::common::{Caller, config, ids_of};
use serde_json::Value;

const STRANGER: &str = "0000000000000000000000";

#[tokio::test]
async fn related_artists_are_complete_and_those_of_the_world() {
    let caller = Caller::start(config()).await;
    let id = caller.spotify.catalogue().artist(3).id().to_owned();
    let (status, body) = caller.get(&format!("/artists/{id}/related-artists")).await;
    assert_eq!(status, 200);
    let catalogue = caller.spotify.catalogue();
    let expected: Vec<_> = caller
        .spotify
        .world()
        .related(3)
        .iter()
        .map(|rank| catalogue.artist(*rank).id().to_owned())
        .collect();
    assert!((3..=20).contains(&expected.len()));
    assert_eq!(ids_of(&body["artists"]), expected);
    let keys: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["artists"]);
    let complete = |artist: &Value| artist["popularity"].is_u64() && artist["genres"].is_array();
    assert!(body["artists"].as_array().expect("artists").iter().all(complete));
    assert_eq!(caller.spotify.stats().distinct_artists, expected.len() as u64);
}

#[tokio::test]
async fn nobody_is_related_to_strangers() {
    let caller = Caller::start(config()).await;
    caller.refused(&format!("/artists/{STRANGER}/related-artists"), 404, "Resource not found").await;
    caller.refused("/artists/abc/related-artists", 400, "Invalid base62 id").await;
}
