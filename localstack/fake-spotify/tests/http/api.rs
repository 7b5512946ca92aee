//! The contract of the API: shapes, classes of apps, tokens and refusals, asked over HTTP.

use crate::common::{Caller, config, config_of, ids};
use fake_spotify::{AppClass, Config, Faults};
use serde_json::{Value, json};

const STRANGER: &str = "0000000000000000000000";

/// Faults by which nothing at all is left to chance.
fn steady() -> Faults {
    let mut faults = Faults::default();
    faults.tie_shift_rate = 0.0;
    faults
}

#[tokio::test]
async fn a_search_walks_through_all_matches_by_its_next_links() {
    let caller = Caller::start(Config { faults: steady(), ..config() }).await;
    let (mut path, mut seen) = ("/search?q=ma&type=artist&limit=7&market=SE".to_owned(), Vec::new());
    loop {
        let (status, page) = caller.get(&path).await;
        assert_eq!(status, 200, "{page}");
        assert_eq!(page["artists"]["offset"], seen.len());
        assert_eq!(page["artists"]["limit"], 7);
        assert!(page["artists"]["previous"].is_null() == seen.is_empty());
        seen.extend(ids(&page));
        let Some(next) = page["artists"]["next"].as_str() else {
            assert_eq!(page["artists"]["total"], seen.len());
            break;
        };
        assert!(next.contains("market=SE"), "{next}");
        path = next.strip_prefix(&caller.spotify.api_url()).expect("a link to this server").to_owned();
    }
    let matches = |name: &str| fake_spotify::fold::words(name).iter().any(|word| word.starts_with("ma"));
    let artists = caller.spotify.catalogue().iter();
    let expected: Vec<_> =
        artists.filter(|artist| matches(artist.name())).map(|artist| artist.id().to_owned()).collect();
    assert!(expected.len() > 50);
    assert_eq!(seen, expected);
    assert_eq!(caller.spotify.stats().distinct_artists, expected.len() as u64);
}

#[tokio::test]
async fn an_artist_of_an_extended_app_is_complete() {
    let caller = Caller::start(config_of(AppClass::ExtendedNew)).await;
    let artist = caller.spotify.catalogue().artist(0);
    let (status, body) = caller.get(&format!("/artists/{}", artist.id())).await;
    assert_eq!(status, 200);
    assert_eq!(body["name"], artist.name());
    assert_eq!(body["popularity"].as_u64(), artist.popularity().map(u64::from));
    assert_eq!(body["followers"], json!({"href": null, "total": artist.followers()}));
    assert_eq!(body["external_urls"]["spotify"], format!("https://open.spotify.com/artist/{}", artist.id()));
    assert_eq!(body["genres"].as_array().map(Vec::len), Some(artist.genres().len()));
    assert_eq!(body["href"], format!("{}/artists/{}", caller.spotify.api_url(), artist.id()));
}

#[tokio::test]
async fn a_batch_keeps_the_order_and_has_null_for_strangers() {
    let caller = Caller::start(config()).await;
    let [first, second] = [7, 3].map(|rank| caller.spotify.catalogue().artist(rank).id().to_owned());
    let (status, body) = caller.get(&format!("/artists?ids={first},{STRANGER},{second}")).await;
    assert_eq!(status, 200);
    let (status, again) = caller.get(&format!("/artists/?ids={first},{STRANGER},{second}")).await;
    assert_eq!((status, &again), (200, &body), "a slash at the end of the path changes nothing");
    let found: Vec<Option<&str>> =
        body["artists"].as_array().expect("artists").iter().map(|a| a["id"].as_str()).collect();
    assert_eq!(found, [Some(first.as_str()), None, Some(second.as_str())]);
}

#[tokio::test]
async fn bad_questions_are_refused_as_spotify_refuses_them() {
    let caller = Caller::start(config()).await;
    caller.refused("/search?q=&type=artist", 400, "No search query").await;
    caller.refused("/search?q=*&type=artist", 400, "No search query").await;
    caller.refused("/search?q=a", 400, "Missing parameter type").await;
    caller.refused("/search?q=a&type=film", 400, "Bad search type field film").await;
    caller.refused("/search?q=a&type=artist&limit=51", 400, "Invalid limit").await;
    caller.refused("/search?q=a&type=artist&limit=0", 400, "Invalid limit").await;
    caller.refused("/search?q=a&type=artist&offset=-1", 400, "Invalid offset").await;
    let beyond = "Limit + Offset exceeds maximum of 1000";
    caller.refused("/search?q=a&type=artist&limit=50&offset=951", 400, beyond).await;
    caller.refused(&format!("/artists?ids={STRANGER},abc"), 400, "Invalid base62 id").await;
    caller
        .refused(&format!("/artists?ids={}", [STRANGER; 51].join(",")), 400, "Too many ids requested")
        .await;
    caller.refused("/artists/abc", 400, "Invalid base62 id").await;
    caller.refused(&format!("/artists/{STRANGER}"), 404, "Resource not found").await;
    caller.refused("/nothing", 404, "Service not found").await;
    caller.refused("/search?q=a&type=artist&market=XX", 400, "Invalid market code").await;
    caller.refused("/search?q=a&type=artist&market=CN", 400, "Unlaunched market").await;
    caller.refused("/search?q=a&type=artist&market=from_token", 403, "Insufficient client scope").await;
}

#[tokio::test]
async fn the_last_page_of_the_window_is_answered_and_names_no_next() {
    let caller = Caller::start(Config { search_window: 100, ..config() }).await;
    let (status, page) = caller.get("/search?q=s&type=artist&limit=50&offset=50").await;
    assert_eq!((status, ids(&page).len()), (200, 50));
    assert!(page["artists"]["next"].is_null() && page["artists"]["total"].as_u64() > Some(100), "{page}");
}

#[tokio::test]
async fn pages_beyond_the_window_are_missing_where_the_fault_says_so() {
    let mut faults = steady();
    faults.deep_search_missing = true;
    let caller = Caller::start(Config { search_window: 100, faults, ..config() }).await;
    caller.refused("/search?q=s&type=artist&limit=50&offset=51", 404, "Not found.").await;
    assert_eq!(caller.get("/search?q=s&type=artist&limit=50&offset=50").await.0, 200);
}

#[tokio::test]
async fn a_development_app_gets_seven_keys_and_small_pages() {
    let caller = Caller::start(config_of(AppClass::Development)).await;
    caller.refused("/search?q=a&type=artist&limit=11", 400, "Invalid limit").await;
    let (_, page) = caller.get("/search?q=a&type=artist").await;
    assert_eq!(ids(&page).len(), 5);
    let (_, single) = caller.get(&format!("/artists/{}", ids(&page)[0])).await;
    for artist in [&page["artists"]["items"][0], &single] {
        let keys: Vec<&String> = artist.as_object().expect("an artist").keys().collect();
        assert_eq!(keys, ["external_urls", "href", "id", "images", "name", "type", "uri"]);
    }
}

#[tokio::test]
async fn closed_endpoints_answer_as_they_do_for_each_class() {
    let development = Caller::start(config_of(AppClass::Development)).await;
    let later = Caller::start(config_of(AppClass::ExtendedNew)).await;
    let related = format!("/artists/{STRANGER}/related-artists");
    let batch = format!("/artists?ids={STRANGER}");
    for path in [
        batch.as_str(),
        "/albums?ids=x",
        "/tracks?ids=x",
        "/episodes?ids=x",
        "/shows?ids=x",
        "/browse/categories",
        "/browse/categories/x",
        "/browse/new-releases",
        "/artists/x/top-tracks",
        "/markets",
        "/users/spotify",
        "/users/spotify/playlists",
    ] {
        development.refused(path, 403, "Forbidden").await;
    }
    for path in [
        related.as_str(),
        "/browse/featured-playlists",
        "/browse/categories/pop/playlists",
        "/audio-features/x",
        "/audio-features?ids=x",
        "/audio-analysis/x",
    ] {
        development.refused(path, 403, "Forbidden").await;
        later.refused(path, 403, "Forbidden").await;
    }
    for caller in [development, later] {
        for path in ["/recommendations/available-genre-seeds", "/recommendations?seed_genres=jazz"] {
            let answer = caller.send(path).await;
            assert_eq!(answer.status(), 404);
            assert_eq!(answer.text().await.expect("a body"), "");
        }
    }
}

#[tokio::test]
async fn a_token_is_asked_for_and_refused_as_the_accounts_service_does() {
    let caller = Caller::start(config()).await;
    let ask = |secret: &'static str, form: Value| {
        let request =
            caller.client.post(caller.spotify.token_url()).basic_auth("local-app", Some(secret)).form(&form);
        async move {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
        }
    };
    let (status, token) = ask("local-secret", json!({"grant_type": "client_credentials"})).await;
    assert_eq!((status, &token["token_type"], &token["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    let (status, error) = ask("wrong", json!({"grant_type": "client_credentials"})).await;
    assert_eq!((status, &error["error"]), (400, &json!("invalid_client")));
    let (status, error) = ask("local-secret", json!({"grant_type": "password"})).await;
    assert_eq!((status, &error["error"]), (400, &json!("unsupported_grant_type")));
    assert_eq!(caller.spotify.stats().token_requests, 4);
    assert_eq!(caller.spotify.stats().requests, 0);
}

#[tokio::test]
async fn a_missing_a_wrong_and_an_expired_token_are_told_apart() {
    let mut caller = Caller::start(config()).await;
    let bare = caller.client.get(format!("{}/artists/{STRANGER}", caller.spotify.api_url())).send().await;
    let bare = bare.expect("an answer");
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.headers()["www-authenticate"], "Bearer realm=\"spotify\"");
    let good = std::mem::replace(&mut caller.token, "nonsense".into());
    caller.refused("/search?q=a&type=artist", 401, "Invalid access token").await;
    caller.token = good;
    caller.spotify.expire_tokens();
    let expired = caller.send("/search?q=a&type=artist").await;
    assert!(
        expired.headers()["www-authenticate"].to_str().expect("text").contains("The access token expired")
    );
    caller.refused("/search?q=a&type=artist", 401, "The access token expired").await;
    caller.renew().await;
    assert_eq!(caller.get("/search?q=a&type=artist").await.0, 200);
}
