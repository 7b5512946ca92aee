//! Playlists and their items, asked over HTTP.

use std::collections::BTreeSet;

use crate::common::{Caller, PAGING, config, config_of, keys};
use fake_spotify::world::{Item, Playlist};
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

/// A playlist with an episode among its first hundred items.
fn with_episode(spotify: &FakeSpotify) -> Playlist {
    let world = spotify.world();
    let has = |playlist: &Playlist| {
        let places = 0..world.item_count(*playlist).min(100);
        places.into_iter().any(|place| matches!(world.item(*playlist, 0, place), Item::Episode(_)))
    };
    world.category_playlists(2).find(has).expect("an episode")
}

/// The ids of the artists of the tracks among some items.
fn artists(items: &[Value], key: &str) -> BTreeSet<String> {
    let tracks = items.iter().map(|item| &item[key]).filter(|track| track["episode"] == false);
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
    let mut expected = [&SIMPLE[..], &["followers", "items", "tracks"]].concat();
    expected.sort_unstable();
    assert_eq!(keys(&body), expected);
    for list in ["tracks", "items"] {
        assert_eq!(keys(&body[list]), PAGING, "{list}");
        let first = body[list]["items"].as_array().expect("items");
        let items = caller.walk(&format!("{path}/{list}"), None, 50).await;
        assert_eq!((first.len(), &first[..]), (100, &items[..100]), "{list}");
        assert_eq!(body[list]["total"], items.len(), "{list}");
        let next = body[list]["next"].as_str().expect("a next page");
        let (status, page) = caller.get(next.strip_prefix(&caller.spotify.api_url()).expect("a link")).await;
        assert_eq!((status, &page["items"][0]), (200, &items[100]), "{list}");
        let (status, page) = caller.get(&format!("{path}/{list}?limit=100")).await;
        assert_eq!((status, page["items"].as_array().map(Vec::len)), (200, Some(100)), "{list}");
        caller.refused(&format!("{path}/{list}?limit=101"), 400, "Invalid limit").await;
    }
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
        for endpoint in ["tracks", "items"] {
            let items = caller.walk(&format!("{path}/{endpoint}"), None, 50).await;
            assert!(items.iter().all(|row| row["track"] == row["item"]), "{endpoint}");
            assert_eq!(artists(&items, "track"), expected, "{endpoint}");
        }
    }
}

#[tokio::test]
async fn among_the_items_are_nulls_episodes_and_tracks_of_several_artists() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let mut items = Vec::new();
    for playlist in world.category_playlists(1) {
        items.extend(caller.walk(&format!("/playlists/{}/tracks", playlist.id()), None, 100).await);
    }
    let count = |is: fn(&Value) -> bool| items.iter().filter(|item| is(item)).count();
    let (nulls, episodes) =
        (count(|item| item["track"].is_null()), count(|item| item["track"]["episode"] == true));
    let several = count(|item| item["track"]["artists"].as_array().is_some_and(|artists| artists.len() > 1));
    for found in [nulls, episodes, several] {
        assert!(found * 200 > items.len() && found * 4 < items.len(), "{found} of {}", items.len());
    }
    assert_eq!(count(|item| item["is_local"] == true), 0, "editors have no files of their own");
}

#[tokio::test]
async fn local_files_on_playlists_of_users_have_names_without_ids() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let mut playlists = (0..3_000).filter(|rank| world.has_playlist(*rank));
    let is_local = |playlist: &Playlist| {
        (0..world.item_count(*playlist))
            .any(|place| matches!(world.item(*playlist, 0, place), Item::Local(_)))
    };
    let playlist = playlists.find_map(|artist| Some(Playlist::Personal { artist }).filter(is_local));
    let path = format!("/playlists/{}/tracks", playlist.expect("a local file").id());
    let items = caller.walk(&path, None, 100).await;
    let file = items.iter().find(|item| item["is_local"] == true).expect("a local file");
    assert_eq!((&file["track"]["id"], &file["track"]["artists"][0]["id"]), (&Value::Null, &Value::Null));
    assert!(file["track"]["artists"][0]["name"].is_string());
}

#[tokio::test]
async fn an_episode_comes_as_a_track_unless_the_caller_knows_episodes() {
    let caller = Caller::start(config()).await;
    let playlist = with_episode(&caller.spotify);
    let path = format!("/playlists/{}", playlist.id());
    let episode = |rows: &Value| {
        let rows = rows.as_array().expect("rows").iter();
        rows.map(|row| row["track"].clone()).find(|track| track["episode"] == true).expect("an episode")
    };
    for kinds in ["", "?additional_types=track"] {
        let (_, body) = caller.get(&format!("{path}/tracks{kinds}")).await;
        let shaped = episode(&body["items"]);
        assert_eq!((&shaped["type"], &shaped["track"]), (&json!("episode"), &json!(false)));
        assert_eq!(shaped["artists"][0]["id"], shaped["album"]["id"], "the show stands for both");
        assert!(shaped["disc_number"].is_number() && shaped.get("show").is_none(), "{shaped}");
    }
    for (path, list) in [(format!("{path}/tracks"), None), (path, Some("items"))] {
        let (_, body) = caller.get(&format!("{path}?additional_types=track,episode")).await;
        let whole = episode(list.map_or(&body["items"], |list| &body[list]["items"]));
        assert!(whole["show"]["id"].is_string() && whole.get("artists").is_none(), "{whole}");
        let id = whole["id"].as_str().expect("an id");
        let (status, alone) = caller.get(&format!("/episodes/{id}")).await;
        assert_eq!((status, &alone["name"]), (200, &whole["name"]));
    }
}

#[tokio::test]
async fn fields_choose_parts_of_a_playlist_and_its_items() {
    let caller = Caller::start(config()).await;
    let playlist = long(&caller.spotify);
    let path = format!("/playlists/{}", playlist.id());
    let (_, body) = caller.get(&format!("{path}?fields=name,tracks(total,items(track(id)))")).await;
    assert_eq!((keys(&body), keys(&body["tracks"])), (vec!["name", "tracks"], vec!["items", "total"]));
    assert_eq!(keys(&body["tracks"]["items"][0]), ["track"]);
    let (_, page) = caller.get(&format!("{path}/tracks?limit=2&fields=next,items.added_at")).await;
    assert_eq!(keys(&page), ["items", "next"]);
    let next = page["next"].as_str().expect("a next page").strip_prefix(&caller.spotify.api_url());
    let (_, page) = caller.get(next.expect("a link")).await;
    assert_eq!(keys(&page), ["items", "next"], "the next page has the same parts");
    caller.refused(&format!("{path}?fields=tracks("), 400, "Invalid fields").await;
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
    let reach: fake_spotify::world::Reach = caller.ask_control("reach").await.json().await.expect("a reach");
    assert_eq!(reach, caller.spotify.reach());
    assert!(reach.playlists.len() > 200, "{}", reach.playlists.len());
    assert!((600..2_500).contains(&reach.playlist_artists.len()), "{}", reach.playlist_artists.len());
    assert!(reach.related_to_playlists.len() > reach.playlist_artists.len());
    let later = Caller::start(config_of(AppClass::ExtendedNew)).await;
    assert_eq!(later.spotify.reach().playlists, Vec::<String>::new());
}
