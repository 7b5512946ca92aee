//! Albums, asked over HTTP.

use crate::common::{Caller, config, config_of, ids_of, keys};
use fake_spotify::AppClass;
use fake_spotify::world::Album;
use serde_json::{Value, json};

const STRANGER: &str = "0000000000000000000000";

const SIMPLE: [&str; 14] = [
    "album_group",
    "album_type",
    "artists",
    "available_markets",
    "external_urls",
    "href",
    "id",
    "images",
    "name",
    "release_date",
    "release_date_precision",
    "total_tracks",
    "type",
    "uri",
];

/// An album with a guest.
fn with_guest(caller: &Caller) -> Album {
    let world = caller.spotify.world();
    let albums = (0..3_000).flat_map(|rank| world.albums(rank));
    albums.into_iter().find(|album| !world.guests(*album).is_empty()).expect("an album with a guest")
}

#[tokio::test]
async fn an_artist_has_its_own_albums_and_those_it_appears_on() {
    let caller = Caller::start(config()).await;
    let (world, catalogue) = (caller.spotify.world(), caller.spotify.catalogue());
    let guest = world.guests(with_guest(&caller))[0];
    let path = format!("/artists/{}/albums", catalogue.artist(guest).id());
    let albums = caller.walk(&path, None, 3).await;
    assert!(albums.iter().all(|album| keys(album) == SIMPLE));
    let expected: Vec<String> = world.albums(guest).chain(world.appears_on(guest)).map(Album::id).collect();
    assert_eq!(ids_of(&json!(albums)), expected);
    let appearances = world.appears_on(guest).len();
    assert!(appearances > 0);
    let (_, page) = caller.get(&format!("{path}?include_groups=appears_on&limit=50")).await;
    assert_eq!(page["total"], appearances);
    assert!(
        page["items"].as_array().expect("items").iter().all(|album| album["album_group"] == "appears_on")
    );
    caller.refused(&format!("{path}?limit=51"), 400, "Invalid limit").await;
    caller.refused(&format!("/artists/{STRANGER}/albums"), 404, "Resource not found").await;
}

#[tokio::test]
async fn a_development_app_gets_ten_albums_a_page_and_fewer_keys() {
    let caller = Caller::start(config_of(AppClass::Development)).await;
    let path = format!("/artists/{}/albums", caller.spotify.catalogue().artist(0).id());
    caller.refused(&format!("{path}?limit=11"), 400, "Invalid limit").await;
    let (status, page) = caller.get(&format!("{path}?limit=10")).await;
    assert_eq!(status, 200);
    let fewer: Vec<&str> =
        SIMPLE.into_iter().filter(|key| !["album_group", "available_markets"].contains(key)).collect();
    assert_eq!(keys(&page["items"][0]), fewer);
}

#[tokio::test]
async fn albums_come_with_their_tracks_and_all_their_artists() {
    let caller = Caller::start(config()).await;
    let (world, catalogue) = (caller.spotify.world(), caller.spotify.catalogue());
    let album = with_guest(&caller);
    let (status, body) = caller.get(&format!("/albums?ids={},{STRANGER}", album.id())).await;
    assert_eq!((status, &body["albums"][1]), (200, &Value::Null));
    let found = &body["albums"][0];
    let mut expected = SIMPLE.to_vec();
    expected.retain(|key| *key != "album_group");
    expected.extend(["copyrights", "external_ids", "genres", "label", "popularity", "tracks"]);
    expected.sort_unstable();
    assert_eq!(keys(found), expected);
    let tracks = found["tracks"]["items"].as_array().expect("tracks");
    assert_eq!(found["total_tracks"], tracks.len());
    let mut named: Vec<String> = tracks.iter().flat_map(|track| ids_of(&track["artists"])).collect();
    named.sort_unstable();
    named.dedup();
    let mut artists: Vec<String> = std::iter::once(album.artist)
        .chain(world.guests(album))
        .map(|rank| catalogue.artist(rank).id().to_owned())
        .collect();
    artists.sort_unstable();
    assert_eq!(named, artists);
    caller.refused(&format!("/albums?ids={}", [STRANGER; 21].join(",")), 400, "Too many ids requested").await;
}
