//! Playlists and their items, asked over HTTP.

use std::collections::BTreeSet;

use crate::common::{Caller, PAGING, config, config_of, keys};
use fake_spotify::world::Playlist;
use fake_spotify::{AppClass, FakeSpotify};
use serde_json::{Value, json};

const STRANGER: &str = "0000000000000000000000";

const SIMPLE: [&str; 13] = [
    "collaborative",
    "description",
    "external_urls",
    "href",
    "id",
    "images",
    "name",
    "owner",
    "primary_color",
    "public",
    "snapshot_id",
    "type",
    "uri",
];

/// A playlist of Spotify's own with more than a hundred items.
fn long(spotify: &FakeSpotify) -> Playlist {
    let world = spotify.world();
    let found = world.category_playlists(2).find(|playlist| world.item_count(*playlist) > 100);
    found.expect("a long playlist")
}

/// A playlist of a user.
fn personal(spotify: &FakeSpotify) -> Playlist {
    let artist = (0..3_000).find(|rank| spotify.world().has_playlist(*rank)).expect("a playlist");
    Playlist::Personal { artist }
}

/// The ids of the artists of the tracks among some items.
fn artists(items: &[Value], key: &str) -> BTreeSet<String> {
    let tracks = items.iter().map(|item| &item[key]);
    let artists = tracks.flat_map(|track| track["artists"].as_array().cloned().unwrap_or_default());
    artists.filter_map(|artist| artist["id"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_playlist_holds_its_first_hundred_items_and_the_rest_follow_by_pages() {
    let caller = Caller::start(config()).await;
    let playlist = long(&caller.spotify);
    let path = format!("/playlists/{}", playlist.id());
    let (status, body) = caller.get(&path).await;
    assert_eq!(status, 200);
    let mut expected = [&SIMPLE[..], &["followers", "tracks"]].concat();
    expected.sort_unstable();
    assert_eq!((keys(&body), keys(&body["tracks"])), (expected, PAGING.to_vec()));
    let first = body["tracks"]["items"].as_array().expect("items");
    let items = caller.walk(&format!("{path}/tracks"), None, 50).await;
    assert_eq!((first.len(), &first[..]), (100, &items[..100]));
    assert_eq!(body["tracks"]["total"], items.len());
    let next = body["tracks"]["next"].as_str().expect("a next page");
    let (status, page) = caller.get(next.strip_prefix(&caller.spotify.api_url()).expect("a link")).await;
    assert_eq!((status, &page["items"][0]), (200, &items[100]));
    caller.refused(&format!("{path}/tracks?limit=51"), 400, "Invalid limit").await;
}

#[tokio::test]
async fn items_name_the_artists_that_the_world_says_in_both_shapes() {
    let caller = Caller::start(config()).await;
    let (world, catalogue) = (caller.spotify.world(), caller.spotify.catalogue());
    for playlist in [long(&caller.spotify), personal(&caller.spotify)] {
        let path = format!("/playlists/{}", playlist.id());
        let expected: BTreeSet<String> = world
            .artists_on(playlist, 0)
            .iter()
            .map(|rank| catalogue.artist(*rank).id().to_owned())
            .collect();
        for (endpoint, key) in [("tracks", "track"), ("items", "item")] {
            let items = caller.walk(&format!("{path}/{endpoint}"), None, 50).await;
            assert_eq!(artists(&items, key), expected, "{endpoint}");
        }
    }
}

#[tokio::test]
async fn among_the_items_are_nulls_episodes_local_files_and_tracks_of_several_artists() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let mut items = Vec::new();
    for playlist in world.category_playlists(1) {
        items.extend(caller.walk(&format!("/playlists/{}/tracks", playlist.id()), None, 50).await);
    }
    let count = |is: fn(&Value) -> bool| items.iter().filter(|item| is(item)).count();
    let (nulls, episodes) =
        (count(|item| item["track"].is_null()), count(|item| item["track"]["type"] == "episode"));
    let local = count(|item| item["is_local"] == true);
    let several = count(|item| item["track"]["artists"].as_array().is_some_and(|artists| artists.len() > 1));
    for found in [nulls, episodes, local, several] {
        assert!(found * 200 > items.len() && found * 4 < items.len(), "{found} of {}", items.len());
    }
    let file = items.iter().find(|item| item["is_local"] == true).expect("a local file");
    assert_eq!((&file["track"]["id"], &file["track"]["artists"][0]["id"]), (&Value::Null, &Value::Null));
    assert!(file["track"]["artists"][0]["name"].is_string());
}

#[tokio::test]
async fn a_snapshot_changes_when_the_playlist_does() {
    let caller = Caller::start(config()).await;
    let (playlist, other) = (long(&caller.spotify), personal(&caller.spotify));
    let ask = async |playlist: Playlist| caller.get(&format!("/playlists/{}", playlist.id())).await.1;
    let (before, unrelated) = (ask(playlist).await, ask(other).await);
    assert_eq!(ask(playlist).await, before);
    let wish = json!({"change": [playlist.id()]});
    assert_eq!(caller.control("playlists", wish).await, (200, json!({"changed": 1})));
    let after = ask(playlist).await;
    assert_ne!(after["snapshot_id"], before["snapshot_id"]);
    let [before, after] = [&before, &after].map(|body| body["tracks"]["items"].as_array().expect("items"));
    let differing = before.iter().zip(after).filter(|(before, after)| before != after).count();
    assert!((5..50).contains(&differing), "{differing} of 100");
    assert_eq!(ask(other).await, unrelated);
    let (status, error) = caller.control("playlists", json!({"change": [STRANGER]})).await;
    assert_eq!(status, 400);
    assert!(error["error"]["message"].as_str().is_some_and(|text| text.contains(STRANGER)), "{error}");
}

#[tokio::test]
async fn development_apps_get_what_describes_the_playlists_of_others_and_no_items() {
    let caller = Caller::start(config_of(AppClass::Development)).await;
    let (own, others) = (long(&caller.spotify).id(), personal(&caller.spotify).id());
    let (status, body) = caller.get(&format!("/playlists/{others}")).await;
    let mut expected = [&SIMPLE[..], &["followers"]].concat();
    expected.sort_unstable();
    assert_eq!((status, keys(&body)), (200, expected));
    caller.refused(&format!("/playlists/{others}/items"), 403, "Forbidden").await;
    caller.refused(&format!("/playlists/{others}/tracks"), 403, "Forbidden").await;
    caller.refused(&format!("/playlists/{own}"), 404, "Resource not found").await;
    caller.refused(&format!("/playlists/{own}/items"), 404, "Resource not found").await;
}

#[tokio::test]
async fn strangers_are_no_playlists() {
    let caller = Caller::start(config()).await;
    for path in [format!("/playlists/{STRANGER}"), format!("/playlists/{STRANGER}/tracks")] {
        caller.refused(&path, 404, "Resource not found").await;
    }
    caller.refused("/playlists/abc", 400, "Invalid base62 id").await;
    let album = caller.spotify.world().new_albums()[0].id();
    caller.refused(&format!("/playlists/{album}"), 404, "Resource not found").await;
}

#[tokio::test]
async fn the_reach_is_told_over_http_as_in_process() {
    let caller = Caller::start(config()).await;
    let url = format!("{}/_fake/reach", caller.spotify.base_url());
    let reach: fake_spotify::world::Reach =
        caller.client.get(url).send().await.expect("an answer").json().await.expect("a reach");
    assert_eq!(reach, caller.spotify.reach());
    assert!(reach.playlists.len() > 200, "{}", reach.playlists.len());
    assert!((600..2_500).contains(&reach.playlist_artists.len()), "{}", reach.playlist_artists.len());
    assert!(reach.related_to_playlists.len() > reach.playlist_artists.len());
    let later = Caller::start(config_of(AppClass::ExtendedNew)).await;
    assert_eq!(later.spotify.reach().playlists, Vec::<String>::new());
}
