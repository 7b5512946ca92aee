//! The index of the artists: each row is where a search looks for it, and nowhere else.

use collect::catalogue::{Artist, ArtistId};
use collect::plan::index::{ArtistSearch, Order, Stretch, genre_of, id_of};
use collect::plan::{Sighting, Tombstone};
use collect::ports::{ArtistIndex, Artists, Erasure};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;

use crate::place::Place;

on_both![
    artists_are_found_by_name_and_genre_page_by_page,
    entries_follow_the_row_when_it_changes,
    an_erased_artist_is_on_no_shelf,
    places_may_have_any_characters,
];

fn id(number: u32) -> ArtistId {
    ArtistId::new(format!("{number:022}")).unwrap()
}

fn artist(number: u32, name: &str, popularity: u8, genres: &[&str]) -> Artist {
    let genres = Some(genres.iter().map(|genre| (*genre).to_owned()).collect());
    let followers = Some(u64::from(popularity) * 1_000);
    Artist { id: id(number), name: name.to_owned(), popularity: Some(popularity), followers, genres }
}

async fn put<P: Place>(place: &P, artists: &[Artist], second: i64) {
    let (run, term) = (RunId::new("2026-11-23").unwrap(), TermKey::parse("search:a").unwrap());
    let sighting = Sighting { run, term, at: Timestamp::from_second(1_800_000_000 + second).unwrap() };
    place.artists().upsert(artists, &[], &sighting).await.unwrap();
}

/// The artists on a part of a shelf, read by `limit` at a time.
async fn read<P: Place>(place: &P, stretch: &Stretch, limit: usize) -> Vec<ArtistId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let places = place.artists().places(stretch, after.as_deref(), limit).await.unwrap();
        assert!(places.len() <= limit);
        ids.extend(places.iter().map(|place| id_of(place).unwrap()));
        match places.into_iter().last() {
            Some(last) => after = Some(last),
            None => return ids,
        }
    }
}

async fn an_erased_artist_is_on_no_shelf<P: Place>(place: &P) {
    put(place, &[artist(1, "Ba", 60, &["pop", "rock"]), artist(2, "Be", 50, &["pop"])], 0).await;
    let forgotten_at = Timestamp::from_second(1_800_000_060).unwrap();
    assert!(place.artists().forget(&Tombstone { id: id(1), forgotten_at }).await.unwrap());
    let orders = [Order::Popularity, Order::Followers, Order::Name];
    let genres = orders.map(|order| ArtistSearch::by_genre("pop", order));
    for search in genres.iter().chain([&ArtistSearch::by_name("b")]) {
        assert_eq!(read(place, &search.stretch(None), 10).await, [id(2)], "{search:?}");
    }
    assert_eq!(read(place, &ArtistSearch::by_genre("rock", Order::Name).stretch(None), 10).await, []);
}

async fn artists_are_found_by_name_and_genre_page_by_page<P: Place>(place: &P) {
    let many: Vec<Artist> = (0..60)
        .map(|number| artist(number, &format!("Ba {number:02}"), u8::try_from(number).unwrap(), &["pop"]))
        .collect();
    put(place, &many, 0).await;
    put(place, &[artist(70, "Bo", 99, &["rock", "pop"]), artist(71, "Ca", 50, &["rock"])], 1).await;
    let all: Vec<ArtistId> = (0..60).map(id).collect();
    assert_eq!(read(place, &ArtistSearch::by_name("BÁ ").stretch(None), 7).await, all);
    let named = read(place, &ArtistSearch::by_name("b").stretch(None), 100).await;
    assert_eq!((named.len(), named.last()), (61, Some(&id(70))));
    let rock = ArtistSearch::by_genre("rock", Order::Popularity);
    assert_eq!(read(place, &rock.stretch(None), 1).await, [id(70), id(71)]);
    assert_eq!(read(place, &rock.stretch(Some(51)), 1).await, [id(70)]);
    let pop = ArtistSearch::by_genre("pop", Order::Followers);
    assert_eq!(read(place, &pop.stretch(None), 100).await[..3], [id(70), id(59), id(58)]);
    let after = Stretch::of_genres(Some("pop"));
    let places = place.artists().places(&after, None, 1).await.unwrap();
    assert_eq!(genre_of(&places[0]), Some("rock"));
    let rows = place.artists().rows(&[id(70), id(99), id(70)]).await.unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.artist.id == id(70)), "{rows:?}");
}

async fn entries_follow_the_row_when_it_changes<P: Place>(place: &P) {
    put(place, &[artist(1, "Old", 90, &["pop", "rock"])], 0).await;
    put(place, &[artist(1, "New", 10, &["rock"])], 10).await;
    let found = async |search: ArtistSearch| read(place, &search.stretch(None), 9).await;
    assert!(found(ArtistSearch::by_name("old")).await.is_empty());
    assert_eq!(found(ArtistSearch::by_name("new")).await, [id(1)]);
    for order in [Order::Popularity, Order::Followers, Order::Name] {
        assert!(found(ArtistSearch::by_genre("pop", order)).await.is_empty(), "{order:?}");
        assert_eq!(found(ArtistSearch::by_genre("rock", order)).await, [id(1)], "{order:?}");
    }
}

async fn places_may_have_any_characters<P: Place>(place: &P) {
    let long = "long ".repeat(200);
    let names = ["\u{10ffff}", "日本\t語", "🎵 \u{0}", "!!!", long.as_str()];
    let artists: Vec<Artist> =
        (0..).zip(names).map(|(number, name)| artist(number, name, 1, &[name])).collect();
    put(place, &artists, 0).await;
    for (number, name) in (0..).zip(names) {
        assert_eq!(read(place, &ArtistSearch::by_name(name).stretch(None), 9).await, [id(number)], "{name}");
        let genre = ArtistSearch::by_genre(name, Order::Name);
        assert_eq!(read(place, &genre.stretch(None), 9).await, [id(number)], "{name}");
    }
}
