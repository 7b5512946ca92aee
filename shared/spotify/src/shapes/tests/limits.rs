//! Answers larger than any honest one: refused as a whole, or read without the oversized part.

use super::super::*;

const ID: &str = "0synthetic000000000001";

/// `row`, repeated.
fn list(row: &str, times: usize) -> String {
    format!("[{}]", vec![row; times].join(","))
}

#[test]
fn a_list_with_more_rows_than_any_endpoint_sends_is_refused() {
    let all = [collect::web_api::Kind::Artist];
    for (page, most) in [
        (search_page(format!(r#"{{"artists":{{"items":{}}}}}"#, list("0", 101)).as_bytes(), &all), 100),
        (related_artists(format!(r#"{{"artists":{}}}"#, list("0", 101)).as_bytes()), 100),
        (artists(format!(r#"{{"artists":{}}}"#, list("0", 101)).as_bytes(), 101), 100),
        (albums(format!(r#"{{"albums":{}}}"#, list("0", 21)).as_bytes(), 21), 20),
        (album_list(format!(r#"{{"items":{}}}"#, list("0", 101)).as_bytes()), 100),
        (playlist_items(format!(r#"{{"items":{}}}"#, list("0", 101)).as_bytes()), 100),
        (playlists(format!(r#"{{"playlists":{{"items":{}}}}}"#, list("0", 101)).as_bytes()), 100),
        (categories(format!(r#"{{"categories":{{"items":{}}}}}"#, list("0", 101)).as_bytes()), 100),
        (genre_seeds(format!(r#"{{"genres":{}}}"#, list("0", 10_001)).as_bytes()), 10_000),
    ] {
        let error = page.expect_err("too many rows").to_string();
        assert!(error.contains(&format!("more than {most} rows")), "{error}");
    }
}

#[test]
fn an_answer_that_names_too_many_artists_is_refused() {
    let named = format!(r#"{{"id":"{ID}","name":"A"}}"#);
    let track = format!(r#"{{"artists":{}}}"#, list(&named, 501));
    let batch =
        |tracks| format!(r#"{{"albums":[{{"tracks":{{"items":{}}}}}]}}"#, list(&track, tracks)).into_bytes();
    assert_eq!(albums(&batch(19), 1).expect("a batch").mentions.len(), 19 * 501);
    assert!(matches!(albums(&batch(20), 1), Err(Unexpected::Mentions)));
}

#[test]
fn a_track_with_over_a_thousand_artists_mentions_none() {
    let named = format!(r#"{{"id":"{ID}","name":"A"}}"#);
    let page = |artists| {
        let body = format!(r#"{{"items":[{{"track":{{"artists":{}}}}}]}}"#, list(&named, artists));
        playlist_items(body.as_bytes()).expect("a page")
    };
    assert_eq!(page(1000).mentions.len(), 1000);
    assert_eq!((page(1001).mentions.len(), page(1001).rows), (0, 1));
}

#[test]
fn names_and_versions_too_long_for_a_table_row_are_dropped() {
    let long = "x".repeat(4001);
    let named = format!(r#"{{"artists":[{{"id":"{ID}","name":"{long}"}}]}}"#);
    assert!(album_list(format!(r#"{{"items":[{named}]}}"#).as_bytes()).expect("a page").mentions.is_empty());
    let body = format!(r#"{{"id":"{ID}","snapshot_id":"{long}"}}"#);
    assert_eq!(playlist(body.as_bytes()).expect("a playlist").snapshot, None);
    let body = format!(r#"{{"categories":{{"items":[{{"id":"pop","name":"{long}"}}]}}}}"#);
    assert!(categories(body.as_bytes()).expect("a page").leads.is_empty());
    assert!(genre_seeds(format!(r#"{{"genres":["{long}"]}}"#).as_bytes()).expect("genres").leads.is_empty());
    let body = format!(r#"{{"items":[],"next":"{long}"}}"#);
    assert!(album_list(body.as_bytes()).expect("a page").has_next, "a link may have any length");
}

#[test]
fn a_genre_longer_than_any_is_left_out() {
    let (long, longer) = ("x".repeat(1000), "y".repeat(1001));
    let artist = format!(r#"{{"id":"{ID}","name":"A","genres":["{long}","{longer}","pop"]}}"#);
    let page = related_artists(format!(r#"{{"artists":[{artist}]}}"#).as_bytes()).expect("a page");
    assert_eq!(page.artists[0].genres, Some(vec![long, "pop".to_owned()]));
}

#[test]
fn no_more_than_a_hundred_genres_of_an_artist_are_kept() {
    let artist = format!(r#"{{"id":"{ID}","name":"A","genres":{}}}"#, list("\"pop\"", 101));
    let page = related_artists(format!(r#"{{"artists":[{artist}]}}"#).as_bytes()).expect("a page");
    assert_eq!(page.artists[0].genres.as_ref().map(Vec::len), Some(100));
}
