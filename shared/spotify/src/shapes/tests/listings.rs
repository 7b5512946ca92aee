//! Albums, categories, genre seeds, and searches of several kinds.

use collect::catalogue::Mention;
use collect::web_api::{Kind, Lead, Page};

use super::super::*;

const EVERY_KIND: &[u8] = include_bytes!("../../../fixtures/search-every-kind.json");
const ARTIST_ALBUMS: &[u8] = include_bytes!("../../../fixtures/artist-albums.json");
const ALBUMS: &[u8] = include_bytes!("../../../fixtures/albums-batch.json");
const NEW_RELEASES: &[u8] = include_bytes!("../../../fixtures/new-releases.json");
const CATEGORIES: &[u8] = include_bytes!("../../../fixtures/categories.json");
const SEEDS: &[u8] = include_bytes!("../../../fixtures/genre-seeds.json");

/// The fixture numbers of the artists that a page mentions, each with its prominence.
pub(super) fn mentioned(page: &Page) -> Vec<(u32, Option<u8>)> {
    let number =
        |named: &Mention| named.id.as_str().trim_start_matches("0synthetic").parse().expect("a number");
    page.mentions.iter().map(|named| (number(named), named.prominence)).collect()
}

/// The last two digits of the albums that a page leads to.
fn albums_led_to(page: &Page) -> Vec<&str> {
    let albums =
        page.leads.iter().filter_map(|lead| if let Lead::Album(id) = lead { Some(id) } else { None });
    albums.map(|id| &id.as_str()[20..]).collect()
}

#[test]
fn a_list_of_albums_leads_to_them_and_mentions_their_artists() {
    let page = album_list(ARTIST_ALBUMS).expect("a page");
    assert_eq!(albums_led_to(&page), ["21", "22", "23"]);
    assert_eq!(mentioned(&page), [(1, None), (1, None), (2, None), (4, None)]);
    assert_eq!(page.mentions[3].name, "Synthetic 4");
    assert_eq!((page.rows, page.total, page.has_next), (4, Some(120), true));
}

#[test]
fn new_releases_lead_to_albums_and_mention_their_artists() {
    let page = new_releases(NEW_RELEASES).expect("a page");
    assert_eq!(albums_led_to(&page), ["24", "25"]);
    assert_eq!(mentioned(&page), [(5, None), (6, None), (7, None)]);
    assert_eq!((page.rows, page.total, page.has_next), (2, Some(100), true));
}

#[test]
fn albums_mention_the_artists_of_their_tracks_too() {
    let page = albums(ALBUMS, 3).expect("a batch");
    let numbers: Vec<u32> = mentioned(&page).into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 1, 1, 8, 1, 2, 9]);
    assert!(page.mentions.iter().all(|named| named.prominence == Some(42)));
    assert_eq!((page.rows, page.leads.len()), (3, 0));
    assert!(matches!(albums(ALBUMS, 2), Err(Unexpected::Rows { asked: 2, got: 3 })));
}

#[test]
fn categories_become_leads_with_id_and_name() {
    let page = categories(CATEGORIES).expect("a page");
    let [Lead::Category { id, name }, Lead::Category { .. }] = &page.leads[..] else {
        panic!("{:?}", page.leads)
    };
    assert_eq!((id.as_str(), name.as_str()), ("toplists", "Top Lists"));
    assert_eq!((page.rows, page.total, page.has_next), (2, Some(51), true));
}

#[test]
fn a_category_unfit_for_a_path_costs_only_itself() {
    let body = br#"{"categories":{"items":[null,{"id":"a/../b","name":"A"},{"id":"pop"},{"id":"jazz","name":"Jazz"}]}}"#;
    let page = categories(body).expect("a page");
    assert_eq!((page.leads.len(), page.rows), (1, 4));
}

#[test]
fn genre_seeds_are_the_texts_of_the_list() {
    let page = genre_seeds(SEEDS).expect("seeds");
    assert_eq!(page.leads[1], Lead::Genre("test-tone".to_owned()));
    assert_eq!((page.leads.len(), page.rows), (3, 3));
    let page = genre_seeds(br#"{"genres":["a",null,7,"","b"]}"#).expect("seeds");
    assert_eq!((page.leads.len(), page.rows), (2, 5));
}

#[test]
fn a_search_for_every_kind_reads_each_list() {
    let page = search_page(EVERY_KIND, &Kind::ALL).expect("a page");
    assert_eq!(page.artists.len(), 1);
    let expected =
        [(1, None), (1, None), (2, None), (3, Some(31)), (2, Some(32)), (4, Some(32)), (3, Some(33))];
    assert_eq!(mentioned(&page), expected);
    let playlists = page.leads.iter().filter(|lead| matches!(lead, Lead::Playlist { .. })).count();
    assert_eq!((page.leads.len(), playlists), (3, 1));
    assert_eq!((page.rows, page.total, page.has_next), (1, Some(1), false), "taken from the list of artists");
}

#[test]
fn only_the_requested_kinds_are_read() {
    let page = search_page(EVERY_KIND, &[Kind::Track]).expect("a page");
    assert_eq!((page.artists.len(), page.leads.len(), page.mentions.len()), (0, 0, 4));
    assert_eq!((page.total, page.has_next), (Some(3), false));
}

#[test]
fn a_search_requires_its_artists_but_not_its_other_lists() {
    let body = br#"{"artists":null,"tracks":{"items":[]}}"#;
    assert!(matches!(search_page(body, &Kind::ALL), Err(Unexpected::Shape(_))));
    let body = br#"{"artists":{"items":[null]},"tracks":null,"albums":{"items":7}}"#;
    assert_eq!(search_page(body, &Kind::ALL).expect("a page").rows, 1);
    assert!(matches!(search_page(b"{}", &[Kind::Album, Kind::Track]), Err(Unexpected::Lists)));
}

#[test]
fn hostile_rows_cost_only_themselves_in_every_list() {
    let good = r#"{"id":"0synthetic000000000021","artists":[{"id":"0synthetic000000000001","name":"A"}]}"#;
    let rows = format!(
        r#"null,7,"text",[{good}],{{"id":{{}},"artists":{{"id":1}}}},{{"artists":[null,[],{{"id":"short","name":"B"}},{{"id":"0synthetic000000000002","name":" "}}]}},{good}"#
    );
    let page =
        album_list(format!(r#"{{"items":[{rows}],"total":1e999,"next":0}}"#).as_bytes()).expect("a page");
    assert_eq!((page.leads.len(), page.rows, page.total, page.has_next), (1, 7, None, false));
    assert_eq!(mentioned(&page), [(1, None)]);
    let page = albums(format!(r#"{{"albums":[{rows}]}}"#).as_bytes(), 7).expect("a batch");
    assert_eq!(mentioned(&page), [(1, None)]);
    let tracks = format!(r#"{{"albums":[{{"tracks":7}},{{"tracks":{{"items":[{rows}]}}}}]}}"#);
    assert_eq!(mentioned(&albums(tracks.as_bytes(), 2).expect("a batch")), [(1, None)]);
}

#[test]
fn bodies_of_another_shape_are_unexpected() {
    for body in [&b""[..], b"null", b"[]", b"{}", b"<html>", br#"{"albums":null}"#, br#"{"genres":{}}"#] {
        assert!(album_list(body).is_err() && albums(body, 1).is_err() && new_releases(body).is_err());
        assert!(categories(body).is_err() && genre_seeds(body).is_err() && playlists(body).is_err());
        assert!(playlist_items(body).is_err() && related_artists(body).is_err());
    }
}
