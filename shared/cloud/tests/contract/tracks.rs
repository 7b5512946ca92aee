//! Rows of tracks: what is new or changed is written, features once, and nothing is lost to a repeat.

use collect::catalogue::{
    Album, AlbumId, ArtistId, AudioFeatures, Credit, Genre, PlaylistId, Track, TrackId,
};
use collect::plan::{Reading, Recorded, Sighted, Sighting};
use collect::ports::{TrackErasure, TrackRows, Tracks};
use collect::settings::Settings;
use collect::term::{PlaylistHeader, RunId, TermKey};
use jiff::Timestamp;

use crate::place::Place;

on_both![
    a_page_is_recorded_once_however_often_it_comes,
    tracks_that_two_terms_find_at_the_same_moment_are_new_to_one_of_them,
    features_are_asked_for_until_they_are_answered_and_kept_as_they_came,
    more_tracks_than_one_call_takes_are_all_recorded,
    a_version_counts_for_its_genre_and_for_half_the_retention,
    tracks_are_found_by_their_ids,
    an_erased_artist_is_credited_by_no_track,
];

fn id(number: u32) -> TrackId {
    TrackId::new(format!("{number:022}")).unwrap()
}

fn track(number: u32, popularity: Option<u8>) -> Track {
    Track {
        id: id(number),
        name: format!("Sång {number}"),
        artists: vec![Credit { id: ArtistId::new("1".repeat(22)).unwrap(), name: "Lund".to_owned() }],
        album: Some(Album {
            id: AlbumId::new("2".repeat(22)).unwrap(),
            name: "Sea".to_owned(),
            kind: Some("album".to_owned()),
            released: None,
        }),
        popularity,
        isrc: None,
    }
}

fn playlist(digit: &str) -> PlaylistId {
    PlaylistId::new(digit.repeat(22)).unwrap()
}

fn page(genre: Genre, of: &str, tracks: impl IntoIterator<Item = u32>) -> Sighted {
    let tracks = tracks.into_iter().map(|number| track(number, Some(7))).collect();
    Sighted { genre, playlist: playlist(of), began: at(0), tracks }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn sighting(run: &str, second: i64) -> Sighting {
    let term = TermKey::parse("genre-search:1").unwrap();
    Sighting { run: RunId::new(run).unwrap(), term, at: at(second) }
}

async fn recorded<P: Place>(place: &P, page: &Sighted, run: &str, second: i64) -> Recorded {
    place.tracks().sight(page, &sighting(run, second)).await.unwrap()
}

async fn a_page_is_recorded_once_however_often_it_comes<P: Place>(place: &P) {
    let pop = page(Genre::Pop, "3", [1, 2, 1]);
    assert_eq!(recorded(place, &pop, "1", 0).await, Recorded { tracks: 2, memberships: 2 });
    assert_eq!(recorded(place, &pop, "1", 1).await, Recorded::default());
    let jazz = page(Genre::Jazz, "3", [2, 4]);
    assert_eq!(recorded(place, &jazz, "1", 2).await, Recorded { tracks: 1, memberships: 2 });
    let changed = Sighted { tracks: vec![track(1, Some(8))], ..pop };
    assert_eq!(recorded(place, &changed, "2", 3).await, Recorded::default());
    let mut pending = place.tracks().featureless(10).await.unwrap();
    pending.sort();
    assert_eq!(pending, [id(1), id(2), id(4)]);
}

async fn tracks_that_two_terms_find_at_the_same_moment_are_new_to_one_of_them<P: Place>(place: &P) {
    let (pop, jazz) = (page(Genre::Pop, "3", 0..40), page(Genre::Jazz, "4", 0..40));
    let term = |key: &str| Sighting { term: TermKey::parse(key).unwrap(), ..sighting("1", 0) };
    let (of_pop, of_jazz) = (term("genre-search:1"), term("genre-search:8"));
    let tracks = place.tracks();
    let (one, other) = tokio::join!(tracks.sight(&pop, &of_pop), tracks.sight(&jazz, &of_jazz));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.tracks + other.tracks, one.memberships, other.memberships), (40, 40, 40));
}

async fn features_are_asked_for_until_they_are_answered_and_kept_as_they_came<P: Place>(place: &P) {
    recorded(place, &page(Genre::Pop, "3", 1..=3), "1", 0).await;
    let tracks = place.tracks();
    assert_eq!(tracks.featureless(2).await.unwrap().len(), 2, "a limit holds");
    let features = AudioFeatures { acousticness: Some(8.94e-5), key: Some(-1), ..AudioFeatures::default() };
    tracks.describe(&[(id(1), Some(features)), (id(2), None), (id(9), None)]).await.unwrap();
    assert_eq!(tracks.featureless(10).await.unwrap(), [id(3)], "none is an answer too");
    recorded(place, &page(Genre::Pop, "3", 1..=3), "2", 5).await;
    tracks.describe(&[(id(1), None)]).await.unwrap();
    assert_eq!(tracks.featureless(10).await.unwrap(), [id(3)], "a later sighting keeps what was answered");
}

async fn more_tracks_than_one_call_takes_are_all_recorded<P: Place>(place: &P) {
    let all = recorded(place, &page(Genre::Metal, "3", 0..130), "1", 0).await;
    assert_eq!(all, Recorded { tracks: 130, memberships: 130 });
    let tracks = place.tracks();
    let described: Vec<_> = (0..120).map(|number| (id(number), None)).collect();
    tracks.describe(&described).await.unwrap();
    assert_eq!(tracks.featureless(100).await.unwrap().len(), 10);
}

async fn a_version_counts_for_its_genre_and_for_half_the_retention<P: Place>(place: &P) {
    let header = PlaylistHeader {
        name: Some("Mix".to_owned()),
        owner: None,
        version: Some("v1".to_owned()),
        tracks: Some(3),
        began: at(0),
    };
    let reading = Reading { genre: Genre::Soul, playlist: playlist("3"), header };
    let tracks = place.tracks();
    tracks.keep(&reading, &sighting("1", 5)).await.unwrap();
    tracks.keep(&reading, &sighting("1", 6)).await.unwrap();
    let listed = [playlist("3"), playlist("4"), playlist("3")];
    let known = async |genre, now| tracks.versions(genre, &listed, now).await.unwrap();
    assert_eq!(known(Genre::Soul, at(9)).await, [(playlist("3"), "v1".to_owned())].into());
    assert!(known(Genre::Pop, at(9)).await.is_empty(), "another genre has not read it");
    let half = i64::try_from(Settings::default().retention.as_secs() / 2).unwrap();
    assert!(known(Genre::Soul, at(half + 10)).await.is_empty());
}

async fn tracks_are_found_by_their_ids<P: Place>(place: &P) {
    recorded(place, &page(Genre::Pop, "3", 1..=3), "1", 0).await;
    let rows = TrackRows::tracks(place.tracks(), &[id(3), id(9), id(1), id(3)]).await.unwrap();
    let mut found: Vec<_> = rows.into_iter().map(|row| row.track).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(found, [track(1, Some(7)), track(3, Some(7))]);
    assert!(TrackRows::tracks(place.tracks(), &[]).await.unwrap().is_empty());
}

async fn an_erased_artist_is_credited_by_no_track<P: Place>(place: &P) {
    let erased = ArtistId::new("5".repeat(22)).unwrap();
    let mut page = page(Genre::Pop, "3", 1..=3);
    for track in &mut page.tracks[..2] {
        track.artists.push(Credit { id: erased.clone(), name: "Erased".to_owned() });
    }
    recorded(place, &page, "1", 0).await;
    let tracks = place.tracks();
    assert_eq!(tracks.uncredit(&erased).await.unwrap(), 2);
    assert_eq!(tracks.uncredit(&erased).await.unwrap(), 0, "none is left");
    assert_eq!(tracks.featureless(10).await.unwrap().len(), 3, "the tracks stay");
    let other = page.tracks[0].artists[0].id.clone();
    assert_eq!(tracks.uncredit(&other).await.unwrap(), 3, "and their other artists with them");
}
