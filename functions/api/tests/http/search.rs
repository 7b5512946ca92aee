//! Finding artists by name and genre.

use std::time::Duration;

use axum::Router;
use collect::catalogue::{Artist, ArtistId};
use collect::memory::MemoryArtists;
use collect::plan::Sighting;
use collect::ports::{Artists, Clock};
use collect::term::TermKey;
use serde_json::{Value, json};

use crate::world::{World, get, id, serve, world};

/// Puts artists with names, popularities and genres; their followers are their popularities.
async fn put(world: &World, artists: &[(&str, Option<u8>, &[&str])]) {
    let artist = |(at, (name, popularity, genres)): (usize, &(&str, Option<u8>, &[&str]))| Artist {
        id: ArtistId::new(format!("{at:022}")).unwrap(),
        name: (*name).to_owned(),
        popularity: *popularity,
        followers: popularity.map(u64::from),
        genres: Some(genres.iter().map(|genre| (*genre).to_owned()).collect()),
    };
    let artists: Vec<Artist> = artists.iter().enumerate().map(artist).collect();
    let (term, at) = (TermKey::parse("search:a").unwrap(), world.clock.now());
    world.artists.upsert(&artists, &[], &Sighting { run: id("1"), term, at }).await.unwrap();
}

async fn bands() -> World {
    let world = world();
    put(
        &world,
        &[
            ("Ba", Some(3), &["pop"]),
            ("BB", Some(80), &["pop", "art pop"]),
            ("Bé", None, &["pop"]),
            ("Cab", Some(50), &["Art Pop"]),
            ("b a", Some(50), &["pop"]),
        ],
    )
    .await;
    world
}

/// The names of a list, page by page.
async fn pages(router: &Router, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = get(router, &format!("{path}{next}")).await;
        assert_eq!(status, 200, "{path}: {page}");
        let rows = page["artists"].as_array().or(page["genres"].as_array()).unwrap();
        pages.push(rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect());
        let Some(cursor) = page["next"].as_str() else { return pages };
        next = format!("&cursor={cursor}");
    }
}

#[tokio::test]
async fn artists_are_found_by_the_beginning_of_their_names() {
    let router = serve(bands().await);
    for (query, expected) in [
        ("name=b&limit=2", json!([["b a", "Ba"], ["BB", "Bé"]])),
        ("name=BE", json!([["Bé"]])),
        ("name=b%C3%A9&order=name", json!([["Bé"]])),
        ("name=b&min_popularity=10", json!([["b a", "BB"]])),
        ("name=b&min_popularity=10&limit=1", json!([["b a"], ["BB"], []])),
        ("name=d", json!([[]])),
    ] {
        assert_eq!(json!(pages(&router, &format!("/v1/artists?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn artists_of_a_genre_come_in_each_order_and_the_unknown_last() {
    let router = serve(bands().await);
    for (query, expected) in [
        ("genre=pop&limit=3", json!([["BB", "b a", "Ba"], ["Bé"]])),
        ("genre=pop&order=followers", json!([["BB", "b a", "Ba", "Bé"]])),
        ("genre=pop&order=name&limit=1", json!([["b a"], ["Ba"], ["BB"], ["Bé"]])),
        ("genre=pop&min_popularity=3", json!([["BB", "b a", "Ba"]])),
        ("genre=pop&order=name&min_popularity=50", json!([["b a", "BB"]])),
        ("genre=ART%20pop", json!([["BB", "Cab"]])),
        ("genre=po", json!([[]])),
    ] {
        assert_eq!(json!(pages(&router, &format!("/v1/artists?{query}")).await), expected, "{query}");
    }
}

#[tokio::test]
async fn genres_come_by_name_each_with_its_most_popular_artist() {
    let router = serve(bands().await);
    assert_eq!(pages(&router, "/v1/genres?limit=1").await, [["art pop"], ["pop"]]);
    let (_, all) = get(&router, "/v1/genres").await;
    assert_eq!(
        (&all["genres"][1]["top_artist"]["name"], &all["next"]),
        (&json!("BB"), &Value::Null),
        "{all}"
    );
}

#[tokio::test]
async fn a_cursor_continues_only_the_search_that_it_comes_from() {
    let router = serve(bands().await);
    let (_, page) = get(&router, "/v1/artists?genre=pop&limit=1").await;
    let cursor = page["next"].as_str().unwrap();
    for other in ["genre=art%20pop", "genre=pop&order=name", "genre=pop&min_popularity=1", "name=b"] {
        let (status, problem) = get(&router, &format!("/v1/artists?{other}&cursor={cursor}")).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("#/query/cursor")), "{other}");
    }
    assert_eq!(get(&router, &format!("/v1/artists?genre=POP&cursor={cursor}")).await.0, 200);
}

#[tokio::test]
async fn a_row_that_has_expired_is_not_found_and_a_genre_without_rows_neither() {
    let world = bands().await;
    let clock = world.clock.clone();
    let router = serve(world);
    clock.0.advance(Duration::from_hours(24));
    assert_eq!(json!(pages(&router, "/v1/artists?name=b").await), json!([[]]));
    assert_eq!(json!(pages(&router, "/v1/genres?").await), json!([[]]));
}

#[tokio::test]
async fn without_an_index_the_answer_names_the_parameter_that_makes_one() {
    let mut world = world();
    world.artists = MemoryArtists::default().without_index();
    let router = serve(world);
    for path in ["/v1/artists?name=a", "/v1/artists?genre=a", "/v1/genres"] {
        let (status, problem) = get(&router, path).await;
        assert_eq!(status, 404, "{path}");
        assert!(problem["detail"].as_str().unwrap().contains("SearchIndexes"), "{problem}");
    }
    assert_eq!(get(&router, "/v1/artists?name=").await.0, 400, "what is wrong is said first");
}
