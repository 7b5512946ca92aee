//! Playlists and their items in both shapes.

use collect::web_api::{Lead, Page};

use super::super::*;
use super::listings::mentioned;

const PLAYLISTS: &[u8] = include_bytes!("../../../fixtures/playlists.json");
const PLAYLIST: &[u8] = include_bytes!("../../../fixtures/playlist.json");
const NEW_SHAPE: &[u8] = include_bytes!("../../../fixtures/playlist-new-shape.json");
const METADATA: &[u8] = include_bytes!("../../../fixtures/playlist-metadata.json");
const ITEMS: &[u8] = include_bytes!("../../../fixtures/playlist-items.json");
const NEW_ITEMS: &[u8] = include_bytes!("../../../fixtures/playlist-items-new-shape.json");

/// The artists of the tracks among the fixtures' items; an episode, a local file and nulls lie between them.
const ARTISTS: [(u32, Option<u8>); 4] = [(1, Some(31)), (2, Some(32)), (3, Some(32)), (1, Some(33))];

#[test]
fn a_list_of_playlists_gives_leads_with_version_and_size() {
    let page = playlists(PLAYLISTS).expect("a page");
    let leads: Vec<_> = page
        .leads
        .iter()
        .map(|lead| match lead {
            Lead::Playlist { id, snapshot, tracks } => (&id.as_str()[20..], snapshot.as_deref(), *tracks),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("41", Some("c3ludGhldGlj41"), Some(120)),
        ("42", None, Some(7)),
        ("43", Some("c3ludGhldGlj43"), None),
    ];
    assert_eq!(leads, expected);
    assert_eq!((page.rows, page.total, page.has_next), (4, Some(12), false));
}

#[test]
fn a_playlist_gives_version_and_first_artists_in_both_shapes() {
    let page = playlist(PLAYLIST).expect("a playlist");
    assert_eq!(mentioned(&page), ARTISTS);
    assert_eq!(page.snapshot.as_deref(), Some("c3ludGhldGlj41"));
    assert_eq!((page.rows, page.total, page.has_next), (7, Some(120), true));
    let page = playlist(NEW_SHAPE).expect("a playlist");
    assert_eq!(mentioned(&page), ARTISTS);
    assert_eq!((page.rows, page.total, page.has_next), (7, Some(7), false));
}

#[test]
fn a_playlist_without_items_has_no_rows_and_no_total() {
    let page = playlist(METADATA).expect("a playlist");
    let text = |text: &str| Some(text.to_owned());
    let (snapshot, name, owner) = (text("c3ludGhldGlj43"), text("Synthetic Playlist 43"), text("synthetic"));
    assert_eq!(page, Page { snapshot, name, owner, ..Page::default() });
}

#[test]
fn a_playlist_without_an_id_is_refused() {
    for body in
        [&b"{}"[..], br#"{"id":"short"}"#, br#"{"snapshot_id":"x","tracks":{"items":[]}}"#, b"null", b"[]"]
    {
        assert!(playlist(body).is_err(), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn unreadable_items_are_not_mistaken_for_missing_ones() {
    for (list, readable) in [
        (r#""tracks":null"#, true),
        (r#""items":{"href":"https://x","total":7}"#, true),
        (r#""tracks":{"items":null}"#, true),
        (r#""tracks":{"items":7}"#, false),
        (r#""tracks":{"items":{}}"#, false),
        (r#""items":"none""#, false),
    ] {
        let body = format!(r#"{{"id":"0synthetic000000000041",{list}}}"#);
        let read = playlist(body.as_bytes());
        assert_eq!(read.is_ok(), readable, "{list}");
        assert!(read.is_err() || read.is_ok_and(|page| page == Page::default()), "{list}");
    }
}

#[test]
fn an_episode_in_the_form_of_a_track_has_no_artists() {
    // What names its artist there is its show, which no artist has the id of.
    let show = r#"[{"id":"0synthetic000000000071","name":"A Show","type":"artist"}]"#;
    let lund = r#"[{"id":"0synthetic000000000001","name":"Lund","type":"artist"}]"#;
    for marks in [r#""type":"episode""#, r#""type":"track","episode":true,"track":false"#] {
        let body = format!(
            r#"{{"items":[{{"track":{{{marks},"artists":{show}}}}},
                {{"track":{{"type":"track","episode":false,"artists":{lund}}}}}],"total":2}}"#
        );
        let page = playlist_items(body.as_bytes()).expect("items");
        assert_eq!((mentioned(&page), page.rows), (vec![(1, None)], 2), "{marks}");
    }
}

#[test]
fn items_are_read_in_both_shapes() {
    let page = playlist_items(ITEMS).expect("items");
    assert_eq!(mentioned(&page), ARTISTS);
    assert_eq!((page.rows, page.total, page.has_next), (7, Some(120), true));
    let page = playlist_items(NEW_ITEMS).expect("items");
    assert_eq!((mentioned(&page), page.rows), (ARTISTS.to_vec(), 7));
}

#[test]
fn an_item_with_both_keys_is_read_from_the_one_with_content() {
    let track = r#"{"artists":[{"id":"0synthetic000000000001","name":"A"}]}"#;
    for item in [
        format!(r#"{{"track":{track},"item":null}}"#),
        format!(r#"{{"track":true,"item":{track}}}"#),
        format!(r#"{{"track":{track},"item":{track}}}"#),
    ] {
        let page = playlist_items(format!(r#"{{"items":[{item}]}}"#).as_bytes()).expect("items");
        assert_eq!(mentioned(&page), [(1, None)], "{item}");
    }
}

#[test]
fn hostile_items_and_playlists_cost_only_themselves() {
    let body = br#"{"items":[7,{"track":[]},{"track":{"artists":"none"}},{"track":{"artists":[{"id":"0synthetic000000000001","name":"A"}],"popularity":101}}]}"#;
    let page = playlist_items(body).expect("items");
    assert_eq!((mentioned(&page), page.rows), (vec![(1, None)], 4));
    let body = br#"{"playlists":{"items":[{"id":"short"},{"id":null},{"id":"0synthetic000000000041","snapshot_id":7,"tracks":[],"items":{"total":1e12}}]}}"#;
    let page = playlists(body).expect("a page");
    let [Lead::Playlist { snapshot: None, tracks: None, .. }] = &page.leads[..] else {
        panic!("{:?}", page.leads)
    };
    let page =
        playlist(br#"{"id":"0synthetic000000000041","tracks":{"items":null},"items":{"items":[null]}}"#)
            .expect("a playlist");
    assert_eq!((page.rows, page.snapshot), (1, None));
}

#[test]
fn of_a_playlist_in_both_shapes_at_once_the_usual_one_counts() {
    let list = |number: u8, total: u8| {
        let artist = format!(r#"{{"id":"0synthetic00000000000{number}","name":"A"}}"#);
        format!(r#"{{"items":[{{"track":{{"artists":[{artist}]}}}}],"total":{total}}}"#)
    };
    let id = "0synthetic000000000041";
    let body = format!(r#"{{"id":"{id}","tracks":{},"items":{}}}"#, list(1, 7), list(2, 9));
    let page = playlist(body.as_bytes()).expect("a playlist");
    assert_eq!((page.total, page.mentions.len()), (Some(7), 1));
}
