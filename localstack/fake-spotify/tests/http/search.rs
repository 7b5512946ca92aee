//! Searches for other things than artists, asked over HTTP.

use std::collections::HashSet;

use crate::common::{Caller, config, config_of, ids, ids_of};
use fake_spotify::fold::words;
use fake_spotify::{AppClass, Faults};
use serde_json::{Value, json};

fn items<'a>(page: &'a Value, kind: &str) -> &'a [Value] {
    page[kind]["items"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether some word of `name` begins so.
fn matches(name: &Value, prefix: &str) -> bool {
    words(name.as_str().unwrap_or_default()).iter().any(|word| word.starts_with(prefix))
}

#[tokio::test]
async fn every_type_has_a_page_of_its_own_up_to_the_limit() {
    let caller = Caller::start(config()).await;
    let path = "/search?q=ma&type=artist,album,track,playlist,show,episode,audiobook&limit=20";
    let (status, page) = caller.get(path).await;
    assert_eq!(status, 200);
    for kind in ["artists", "albums", "tracks"] {
        assert_eq!((items(&page, kind).len(), &page[kind]["limit"]), (20, &json!(20)), "{kind}");
        assert!(page[kind]["total"].as_u64() > Some(20), "{kind}");
    }
    assert!(!items(&page, "playlists").is_empty());
    for kind in ["shows", "episodes"] {
        let found = items(&page, kind);
        assert!(!found.is_empty() && found.iter().all(|thing| thing["type"] == kind.trim_end_matches('s')));
    }
    assert_eq!((items(&page, "audiobooks").len(), &page["audiobooks"]["total"]), (0, &json!(0)));
    let (_, alone) = caller.get("/search?q=ma&type=artist&limit=20").await;
    assert_eq!(ids(&page), ids(&alone));
    let named: HashSet<String> = items(&page, "tracks")
        .iter()
        .chain(items(&page, "albums"))
        .flat_map(|thing| ids_of(&thing["artists"]))
        .chain(ids(&page))
        .collect();
    assert!(named.len() > 35, "{} artists in one request", named.len());
}

#[tokio::test]
async fn albums_and_tracks_match_by_title_or_by_artist_and_playlists_by_name() {
    let caller = Caller::start(config()).await;
    let mut seen = HashSet::new();
    for offset in (0..200).step_by(50) {
        let path = format!("/search?q=ma&type=album,track,playlist&limit=50&offset={offset}");
        let (_, page) = caller.get(&path).await;
        for kind in ["albums", "tracks", "playlists"] {
            for thing in items(&page, kind) {
                let artists = thing["artists"].as_array();
                let by_artist = artists
                    .is_some_and(|artists| artists.iter().any(|artist| matches(&artist["name"], "ma")));
                assert!(by_artist || matches(&thing["name"], "ma"), "{thing}");
                assert!(seen.insert(thing["id"].to_string()), "{} comes twice", thing["id"]);
            }
        }
    }
    assert!(seen.len() > 250, "{}", seen.len());
}

#[tokio::test]
async fn years_and_novelty_are_those_of_the_albums() {
    let caller = Caller::start(config_of(AppClass::Development)).await;
    let (_, page) = caller.get("/search?q=year:1990-1995&type=album&limit=10").await;
    let years: Vec<&str> =
        items(&page, "albums").iter().filter_map(|album| album["release_date"].as_str()?.get(..4)).collect();
    assert_eq!(years.len(), 10);
    assert!(years.iter().all(|year| ("1990"..="1995").contains(year)), "{years:?}");
    let mut new = Vec::new();
    for offset in (0..).step_by(10) {
        let (status, page) =
            caller.get(&format!("/search?q=tag:new&type=album&limit=10&offset={offset}")).await;
        assert_eq!(status, 200);
        new.extend(ids_of(&page["albums"]["items"]));
        if page["albums"]["next"].is_null() {
            assert_eq!(page["albums"]["total"], new.len());
            break;
        }
    }
    let expected: Vec<String> = caller.spotify.world().new_albums().iter().map(|album| album.id()).collect();
    assert!(expected.len() > 20);
    assert_eq!(new, expected);
    let (_, page) = caller.get("/search?q=tag:hipster&type=album,playlist").await;
    assert_eq!(items(&page, "albums").len() + items(&page, "playlists").len(), 0);
}

#[tokio::test]
async fn spotifys_own_playlists_are_null_for_newer_apps() {
    let (old, new) = (Caller::start(config()).await, Caller::start(config_of(AppClass::ExtendedNew)).await);
    let path = "/search?q=jazz+hits&type=playlist";
    let (_, found) = old.get(path).await;
    let (_, hidden) = new.get(path).await;
    assert_eq!(items(&found, "playlists")[0]["name"], "Jazz Hits");
    assert!(items(&hidden, "playlists")[0].is_null());
    assert_eq!(found["playlists"]["total"], hidden["playlists"]["total"]);
}

#[tokio::test]
async fn faults_hit_pages_of_every_type() {
    let caller = Caller::start(config()).await;
    let mut faults = Faults::default();
    faults.null_rate = 1.0;
    caller.spotify.set_faults(faults).expect("good faults");
    let (_, page) = caller.get("/search?q=ma&type=artist,album,track,playlist&limit=5").await;
    for kind in ["artists", "albums", "tracks", "playlists"] {
        assert!(!items(&page, kind).is_empty() && items(&page, kind).iter().all(Value::is_null), "{kind}");
    }
    caller.refused("/search?q=*&type=album", 400, "No search query").await;
}
