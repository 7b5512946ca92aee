//! What there is to browse, asked over HTTP.

use crate::common::{Caller, config, config_of, ids_of, keys};
use fake_spotify::AppClass;
use fake_spotify::world::Playlist;
use serde_json::json;

const STRANGER: &str = "0000000000000000000000";

#[tokio::test]
async fn categories_are_walked_by_their_next_links() {
    let caller = Caller::start(config()).await;
    let categories = caller.walk("/browse/categories", Some("categories"), 7).await;
    assert_eq!(categories.len(), 50);
    assert!(categories.iter().all(|category| keys(category) == ["href", "icons", "id", "name"]));
    assert_eq!(categories[1]["name"], "Pop");
    caller.refused("/browse/categories?limit=51", 400, "Invalid limit").await;
    caller.refused("/browse/categories?offset=x", 400, "Invalid offset").await;
}

#[tokio::test]
async fn playlists_of_a_category_and_featured_ones_are_those_of_the_world() {
    let caller = Caller::start(config()).await;
    let world = caller.spotify.world();
    let path = format!("/browse/categories/{}/playlists", world.category_id(1));
    let playlists = json!(caller.walk(&path, Some("playlists"), 5).await);
    let expected: Vec<_> = world.category_playlists(1).map(Playlist::id).collect();
    assert!(expected.len() > 4);
    assert_eq!(ids_of(&playlists), expected);
    let (_, page) = caller.get(&path).await;
    assert_eq!((keys(&page), &page["message"]), (vec!["message", "playlists"], &json!("Pop")));
    let featured = json!(caller.walk("/browse/featured-playlists", Some("playlists"), 20).await);
    let expected: Vec<_> = world.featured_playlists().into_iter().map(Playlist::id).collect();
    assert_eq!(ids_of(&featured), expected);
    caller.refused(&format!("/browse/categories/{STRANGER}/playlists"), 404, "Resource not found").await;
    caller.refused("/browse/categories/pop/playlists", 404, "Resource not found").await;
}

#[tokio::test]
async fn a_category_may_have_no_playlists() {
    let caller = Caller::start(config()).await;
    let id = caller.spotify.world().category_id(49);
    let (status, page) = caller.get(&format!("/browse/categories/{id}/playlists")).await;
    assert_eq!((status, &page["playlists"]["items"]), (200, &json!([])));
}

#[tokio::test]
async fn new_releases_are_albums_of_the_last_two_weeks() {
    let caller = Caller::start(config_of(AppClass::ExtendedNew)).await;
    let albums = caller.walk("/browse/new-releases", Some("albums"), 10).await;
    assert!((20..=100).contains(&albums.len()), "{}", albums.len());
    for album in &albums {
        let date = album["release_date"].as_str().expect("a date");
        assert!(("2026-11-07".."2026-11-21").contains(&date), "{date}");
    }
}

#[tokio::test]
async fn genre_seeds_are_126() {
    let caller = Caller::start(config()).await;
    let (status, body) = caller.get("/recommendations/available-genre-seeds").await;
    let mut genres: Vec<&str> =
        body["genres"].as_array().expect("genres").iter().filter_map(|genre| genre.as_str()).collect();
    genres.sort_unstable();
    genres.dedup();
    assert_eq!((status, keys(&body), genres.len()), (200, vec!["genres"], 126));
}
