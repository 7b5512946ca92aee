//! Edges: each once, with its first sighting, until its artist is erased.

use std::time::Duration;

use collect::catalogue::{ArtistId, Edge, PlaylistId};
use collect::plan::{EdgeRow, Sighting};
use collect::ports::{EdgeErasure, Edges};
use collect::settings::Settings;
use collect::term::{RunId, TermKey};
use jiff::Timestamp;

use crate::place::Place;

on_both![
    more_edges_than_one_call_takes_are_kept_once_with_their_first_sighting,
    the_edges_of_an_erased_artist_go_at_both_ends,
];

fn artist(number: u32) -> ArtistId {
    ArtistId::new(format!("{number:022}")).unwrap()
}

fn on(number: u32, playlist: u32) -> Edge {
    Edge::Playlist { artist: artist(number), playlist: PlaylistId::new(format!("{playlist:022}")).unwrap() }
}

fn related(number: u32, other: u32) -> Edge {
    Edge::Related { artist: artist(number), other: artist(other) }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn sighting(run: &str, second: i64) -> Sighting {
    Sighting { run: RunId::new(run).unwrap(), term: TermKey::parse("search:a").unwrap(), at: at(second) }
}

async fn more_edges_than_one_call_takes_are_kept_once_with_their_first_sighting<P: Place>(place: &P) {
    let edges: Vec<Edge> = (0..130).map(|number| on(number, 7)).collect();
    place.artists().keep(&edges, &sighting("one", 1)).await.unwrap();
    place.artists().keep(&edges, &sighting("one", 2)).await.unwrap();
    let rows = place.edges().await;
    assert_eq!(rows.len(), 130);
    let retention = Settings::default().retention;
    let first = EdgeRow {
        edge: on(3, 7),
        first_seen: at(1),
        last_seen: at(1),
        last_run: RunId::new("one").unwrap(),
        expires_at: at(1) + retention / 8 * 7,
    };
    assert_eq!(rows[3], first, "a repeat writes nothing");

    place.artists().keep(&[on(3, 7)], &sighting("two", 100)).await.unwrap();
    let again = EdgeRow {
        last_seen: at(100),
        last_run: RunId::new("two").unwrap(),
        expires_at: first.expires_at + Duration::from_secs(99),
        ..first
    };
    assert_eq!(place.edges().await[3], again);
    place.artists().keep(&[], &sighting("two", 101)).await.unwrap();
    assert_eq!(place.edges().await.len(), 130);
}

async fn the_edges_of_an_erased_artist_go_at_both_ends<P: Place>(place: &P) {
    let edges = [on(1, 7), on(2, 7), related(1, 2), related(2, 1), related(2, 3)];
    place.artists().keep(&edges, &sighting("one", 1)).await.unwrap();
    assert_eq!(place.artists().erase_edges(&artist(1)).await.unwrap(), 3);
    let left: Vec<Edge> = place.edges().await.into_iter().map(|row| row.edge).collect();
    assert_eq!(left, [on(2, 7), related(2, 3)]);
    assert_eq!(place.artists().erase_edges(&artist(1)).await.unwrap(), 0);
}
