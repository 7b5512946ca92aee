mod damaged;
mod limits;
mod listings;
mod playlists;

use collect::catalogue::Artist;
use collect::web_api::{Kind, Page};

use super::*;

const PAGE: &[u8] = include_bytes!("../../../fixtures/search-page.json");
const HOSTILE: &[u8] = include_bytes!("../../../fixtures/search-page-hostile.json");
const BATCH: &[u8] = include_bytes!("../../../fixtures/artists-batch.json");
const FULL: &[u8] = include_bytes!("../../../fixtures/artist-full.json");
const DEVELOPMENT: &[u8] = include_bytes!("../../../fixtures/artist-development.json");

const ID: &str = "0synthetic000000000001";

fn one(fields: &str) -> Artist {
    let body = format!(r#"{{"id":"{ID}","name":"Synthetic One"{fields}}}"#);
    artist(body.as_bytes()).expect(fields).artists.remove(0)
}

fn page(body: &str) -> Result<Page, Unexpected> {
    search_page(body.as_bytes(), &[Kind::Artist])
}

#[test]
fn a_page_gives_its_artists_in_order() {
    let page = search_page(PAGE, &[Kind::Artist]).expect("a page");
    let names: Vec<_> = page.artists.iter().map(|artist| artist.name.as_str()).collect();
    assert_eq!(names, ["Synthetic Aardvarks", "Синтетика 2", "合成三号"]);
    assert_eq!((page.rows, page.total, page.has_next), (3, Some(812), true));
    let first = &page.artists[0];
    assert_eq!((first.popularity, first.followers), (Some(71), Some(33_920)));
    assert_eq!(first.genres.as_deref(), Some(&["test tone".to_owned(), "unit pop".to_owned()][..]));
}

#[test]
fn bad_rows_are_counted_and_leave_their_neighbours_readable() {
    let page = search_page(HOSTILE, &[Kind::Artist]).expect("a page");
    let names: Vec<_> = page.artists.iter().map(|artist| artist.name.as_str()).collect();
    assert_eq!(names, ["Synthetic First", "Synthetic Bare", "Synthetic Odd Fields", "Synthetic Last"]);
    assert_eq!((page.rows, page.total, page.has_next), (12, None, false));
    let odd = &page.artists[2];
    assert_eq!(
        (odd.popularity, odd.followers, odd.genres.as_deref()),
        (None, None, Some(&["kept".to_owned()][..]))
    );
}

#[test]
fn an_empty_page_is_a_page() {
    let page = page(r#"{"artists":{"items":[]}}"#).expect("a page");
    assert_eq!(page, Page::default());
}

#[test]
fn a_body_without_the_list_of_artists_is_unexpected() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"artists":null}"#,
        r#"{"artists":{}}"#,
        r#"{"artists":{"items":null}}"#,
        r#"{"artists":{"items":{}}}"#,
        r#"{"artists":{"items":[{"id":"0synth"#,
        r#"{"artists":{"items":[]}} and more"#,
        "<html></html>",
    ] {
        assert!(matches!(page(body), Err(Unexpected::Shape(_))), "{body}");
    }
}

#[test]
fn a_batch_has_one_row_per_id_and_keeps_the_known_artists() {
    let page = artists(BATCH, 4).expect("a batch");
    let names: Vec<_> = page.artists.iter().map(|artist| artist.name.as_str()).collect();
    assert_eq!((names, page.rows), (vec!["Synthetic One", "Synthetic Three"], 4));
    assert!(matches!(artists(BATCH, 3), Err(Unexpected::Rows { asked: 3, got: 4 })));
}

#[test]
fn related_artists_are_all_that_come() {
    let page = related_artists(BATCH).expect("a list");
    assert_eq!((page.artists.len(), page.rows, page.total, page.has_next), (2, 4, None, false));
}

#[test]
fn an_artist_is_read_complete_or_in_development_modes_shape() {
    let full = artist(FULL).expect("an artist").artists.remove(0);
    assert_eq!((full.popularity, full.followers), (Some(0), Some(0)));
    assert_eq!(full.genres, Some(vec![]));
    let reduced = artist(DEVELOPMENT).expect("an artist").artists.remove(0);
    assert_eq!((reduced.popularity, reduced.followers, reduced.genres), (None, None, None));
    for body in ["null", "{}", r#"{"id":"short","name":"Synthetic"}"#, r#"{"id":"short","name":""}"#] {
        assert!(matches!(artist(body.as_bytes()), Err(Unexpected::Artist(_))), "{body}");
    }
}

#[test]
fn an_artist_without_a_usable_name_is_a_row_without_an_artist() {
    for name in [String::new(), " ".to_owned(), "x".repeat(10_000)] {
        let page = artist(format!(r#"{{"id":"{ID}","name":"{name}","popularity":9}}"#).as_bytes());
        assert_eq!(page.expect("a page"), Page { rows: 1, ..Page::default() }, "{name:.5}");
    }
}

#[test]
fn followers_are_read_from_their_object_and_missing_is_not_zero() {
    for (followers, expected) in [
        (r#"{"href":null,"total":7}"#, Some(7)),
        (r#"{"total":33920.0}"#, Some(33_920)),
        (r#"{"total":3.3920e4}"#, Some(33_920)),
        (r#"{"total":0}"#, Some(0)),
        (r#"{"total":9007199254740992}"#, Some(9_007_199_254_740_992)),
        (r#"{"total":null}"#, None),
        (r#"{"total":-1}"#, None),
        (r#"{"total":1e19}"#, None),
        (r#"{"total":1e999}"#, None),
        (r#"{"total":99999999999999999999999999999999999999}"#, None),
        (r#"{"total":"12"}"#, None),
        (r#"{"total":true}"#, None),
        ("{}", None),
        ("null", None),
        ("[]", None),
        ("12", None),
    ] {
        assert_eq!(one(&format!(r#","followers":{followers}"#)).followers, expected, "{followers}");
    }
    assert_eq!(one("").followers, None);
}

#[test]
fn popularity_is_a_number_from_0_to_100_or_absent() {
    for (popularity, expected) in [
        ("0", Some(0)),
        ("100", Some(100)),
        ("55.0", Some(55)),
        ("100.5", None),
        ("101", None),
        ("-1", None),
        ("1e400", None),
        ("\"50\"", None),
        ("null", None),
        ("{}", None),
    ] {
        assert_eq!(one(&format!(r#","popularity":{popularity}"#)).popularity, expected, "{popularity}");
    }
}

#[test]
fn genres_are_the_strings_of_a_list_or_absent() {
    for (genres, expected) in [
        ("[]", Some(vec![])),
        (r#"["a",null,3,"b",{}]"#, Some(vec!["a".to_owned(), "b".to_owned()])),
        ("null", None),
        (r#""pop""#, None),
        ("{}", None),
    ] {
        assert_eq!(one(&format!(r#","genres":{genres}"#)).genres, expected, "{genres}");
    }
}

#[test]
fn a_page_has_a_next_one_if_it_links_to_it() {
    for (next, expected) in [(r#""https://x""#, true), ("null", false), ("0", false), ("{}", false)] {
        let body = format!(r#"{{"artists":{{"items":[],"next":{next}}}}}"#);
        assert_eq!(page(&body).expect("a page").has_next, expected, "{next}");
    }
}

#[test]
fn deep_nesting_is_refused_without_exhausting_the_stack() {
    let body = format!(r#"{{"artists":{{"items":[{}"#, "[".repeat(200_000));
    assert!(page(&body).is_err());
    let row = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let body = format!(r#"{{"artists":{{"items":[{{"id":"{ID}","name":"A","images":{row}}}]}}}}"#);
    assert_eq!(page(&body).expect("a page").artists.len(), 1, "a skipped field may be deep");
    let body = format!(r#"{{"artists":{{"items":[{{"id":"{ID}","name":{row}}},null]}}}}"#);
    assert_eq!(page(&body).expect("a page").rows, 2, "a parsed one costs its row");
}

#[test]
fn row_shapes_of_every_year_are_read_with_their_fields() {
    // The old extended quota, whose numbers went through floats; development mode since 2026; and rows with
    // fields that neither has.
    let body = r#"{"artists":{"href":"https://x","limit":50,"offset":0,"previous":null,"next":null,"total":4.0,"items":[
        {"external_urls":{"spotify":"https://x"},"followers":{"href":null,"total":33920.0},"genres":[],"href":"https://x",
         "id":"0synthetic000000000001","images":null,"name":"Old","popularity":12.0,"type":"artist","uri":"spotify:artist:1"},
        {"external_urls":{"spotify":"https://x"},"href":"https://x","id":"0synthetic000000000002","images":[],"name":"New",
         "type":"artist","uri":"spotify:artist:2"},
        {"id":"0synthetic000000000003","name":"Null","followers":null,"genres":null,"popularity":null,"images":null},
        {"id":"0synthetic000000000004","name":"Later","followers":{},"genres":["a"],"monthly_listeners":{"total":7}}]}}"#;
    let page = page(body).expect("a page");
    let known: Vec<_> = page
        .artists
        .iter()
        .map(|artist| (artist.popularity, artist.followers, artist.genres.as_ref().map(Vec::len)))
        .collect();
    let nothing = (None, None, None);
    assert_eq!(known, [(Some(12), Some(33_920), Some(0)), nothing, nothing, (None, None, Some(1))]);
    assert_eq!((page.rows, page.total, page.has_next), (4, Some(4), false));
}

#[test]
fn a_search_without_artists_goes_on_while_one_of_its_lists_does() {
    let body = br#"{"albums":{"items":[],"next":"more"},"playlists":{"items":[]}}"#;
    for (kinds, expected) in [(&[Kind::Album, Kind::Playlist][..], true), (&[Kind::Playlist], false)] {
        assert_eq!(search_page(body, kinds).expect("a page").has_next, expected, "{kinds:?}");
    }
}
