//! Artist rows: what is new or changed is written, and nothing older or emptier replaces what is there.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::{Artist, ArtistId, Mention};
use collect::plan::{Entry, Field, Sighting, Tombstone, Upserted};
use collect::ports::{ArtistRows, Artists, Erasure};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;

use crate::emulator::Emulator;
use crate::place::Place;

on_both![
    a_row_is_written_when_it_is_new_or_changed_and_keeps_what_is_known,
    more_rows_than_one_call_takes_are_all_written_and_repeats_count_once,
    a_mentioned_artist_is_a_stub_until_its_object_comes_or_it_is_given_up,
    a_changing_artist_is_sighted_first_only_once_in_a_run,
    a_mentioned_artist_is_counted_once_in_a_run_and_completed_once,
    the_longest_unseen_come_first_without_stubs_and_this_run,
    an_erased_artist_never_comes_back,
];

/// Time enough to look at every row.
const LONG: Duration = Duration::from_mins(1);

fn artist(number: u32, name: &str) -> Artist {
    let id = ArtistId::new(format!("{number:022}")).unwrap();
    Artist { id, name: name.to_owned(), popularity: None, followers: None, genres: None }
}

fn ids(numbers: &[u32]) -> Vec<ArtistId> {
    numbers.iter().map(|number| artist(*number, "").id).collect()
}

fn sighting(second: i64) -> Sighting {
    Sighting {
        run: RunId::new("2026-11-23").unwrap(),
        term: TermKey::parse(&format!("search:t{second}")).unwrap(),
        at: at(second),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// New, returned, changed and unchanged rows.
fn counted(upserted: &Upserted) -> [u32; 4] {
    [upserted.new, upserted.returned, upserted.changed, upserted.unchanged]
}

async fn a_row_is_written_when_it_is_new_or_changed_and_keeps_what_is_known<P: Place>(place: &P) {
    let full = Artist {
        popularity: Some(0),
        followers: Some(7),
        genres: Some(vec!["pop".to_owned()]),
        ..artist(1, "Ånn")
    };
    let put = async |artist: &Artist, second| {
        let artists = std::slice::from_ref(artist);
        counted(&place.artists().upsert(artists, &[], &sighting(second)).await.unwrap())
    };
    let row = async || place.row(&full.id).await.unwrap();
    assert_eq!(put(&full, 10).await, [1, 0, 0, 0]);
    let first = row().await;
    assert_eq!((&first.artist, first.found_by.as_str()), (&full, "search:t10"));
    assert_eq!((first.first_seen, first.last_seen), (at(10), at(10)));

    assert_eq!(put(&full, 11).await, [0, 0, 0, 1]);
    assert_eq!(row().await, first, "nothing new was said");
    assert_eq!(put(&artist(1, "Ånn"), 12).await, [0, 0, 0, 1]);
    assert_eq!(row().await, first, "a field that is missing erases nothing");

    let grown = Artist { followers: Some(8), ..full.clone() };
    assert_eq!(put(&grown, 20).await, [0, 0, 1, 0]);
    let second = row().await;
    assert_eq!((&second.artist, second.last_seen), (&grown, at(20)));
    assert_eq!((&second.found_by, second.first_seen), (&first.found_by, first.first_seen));

    let late = Artist { name: "An old name".to_owned(), followers: Some(1), ..full.clone() };
    assert_eq!(put(&late, 15).await, [0, 0, 0, 1]);
    assert_eq!(row().await, second, "what was observed earlier overwrites nothing");
}

async fn more_rows_than_one_call_takes_are_all_written_and_repeats_count_once<P: Place>(place: &P) {
    let mut many: Vec<Artist> = (0..130).map(|number| artist(number, &format!("Name {number}"))).collect();
    many.push(many[3].clone());
    let put = async |artists: &[Artist], second| {
        place.artists().upsert(artists, &[], &sighting(second)).await.unwrap()
    };
    assert_eq!(counted(&put(&many, 1).await), [130, 0, 0, 0]);
    assert_eq!(counted(&put(&many, 2).await), [0, 0, 0, 130]);
    assert_eq!(place.row(&many[129].id).await.unwrap().artist.name, "Name 129");
    assert_eq!(put(&[], 3).await, Upserted::default());
}

async fn an_erased_artist_never_comes_back<P: Place>(place: &P) {
    let artists = place.artists();
    let (erased, other) = (artist(1, "Erased"), artist(2, "Other"));
    let both = [erased.clone(), other.clone()];
    artists.upsert(&both, &[], &sighting(1)).await.unwrap();
    let tombstone = |second| Tombstone { id: erased.id.clone(), forgotten_at: at(second) };
    assert!(artists.forget(&tombstone(2)).await.unwrap(), "there was a row");
    assert!(!artists.forget(&tombstone(3)).await.unwrap(), "there was none any more");
    let forgotten = Some(Entry::Forgotten(tombstone(2)));
    assert_eq!(artists.entry(&erased.id).await.unwrap(), forgotten);
    assert_eq!(artists.artist(&erased.id).await.unwrap(), None);

    let named = [mention(1, "Erased", Some(90)), mention(2, "Other", None)];
    let seen = artists.upsert(&both, &[], &sighting(10)).await.unwrap();
    assert_eq!((counted(&seen), seen.sighted.contains(&erased.id)), ([0, 0, 0, 1], false));
    let seen = artists.upsert(&[], &named, &sighting(11)).await.unwrap();
    assert_eq!((seen.new_mentions, seen.unchanged), (0, 1));
    artists.withdraw(std::slice::from_ref(&erased.id), &sighting(12)).await.unwrap();
    assert_eq!(artists.entry(&erased.id).await.unwrap(), forgotten);
    assert!(artists.stubs(10, 0).await.unwrap().is_empty());
    let later = RunId::new("later").unwrap();
    assert_eq!(
        artists.stale(at(1_000), &later, 10, LONG).await.unwrap(),
        [other.id],
        "it is not refreshed either"
    );

    let unknown = Tombstone { id: artist(3, "").id, forgotten_at: at(2) };
    assert!(!artists.forget(&unknown).await.unwrap(), "an artist can be erased before it is found");
    let seen = artists.upsert(&[artist(3, "New")], &[], &sighting(20)).await.unwrap();
    assert_eq!(counted(&seen), [0, 0, 0, 0]);
}

fn mention(number: u32, name: &str, prominence: Option<u8>) -> Mention {
    let Artist { id, name, .. } = artist(number, name);
    Mention { id, name, prominence }
}

async fn a_mentioned_artist_is_a_stub_until_its_object_comes_or_it_is_given_up<P: Place>(place: &P) {
    let artists = place.artists();
    let known = Artist { popularity: Some(50), ..artist(1, "Named") };
    artists.upsert(std::slice::from_ref(&known), &[], &sighting(1)).await.unwrap();
    let named = |number, prominence| mention(number, "Named", prominence);
    let mentions = [named(1, None), named(2, Some(10)), named(3, Some(80)), named(4, None), named(3, None)];
    let upserted = artists.upsert(&[], &mentions, &sighting(2)).await.unwrap();
    assert_eq!((upserted.new, upserted.new_mentions, upserted.stubs, upserted.unchanged), (0, 3, 3, 1));
    assert_eq!(upserted.sighted.len(), 3, "the known one was sighted before: {:?}", upserted.sighted);
    let stub = place.row(&artist(3, "").id).await.unwrap();
    assert_eq!((stub.stub, stub.not_provided()), (Some(80), Field::ALL.to_vec()));

    let stubs_of = async |limit| artists.stubs(limit, 0).await.unwrap();
    assert_eq!(stubs_of(10).await, ids(&[3, 2, 4]));
    // Whoever is in a share comes alone where the share has enough.
    for share in 0..ArtistId::SHARES {
        let of_share: Vec<_> = ids(&[3, 2, 4]).into_iter().filter(|id| id.share() == share).collect();
        let best = if of_share.is_empty() { ids(&[3]) } else { of_share[..1].to_vec() };
        assert_eq!(artists.stubs(1, share).await.unwrap(), best, "{share}");
    }
    let again = artists.upsert(&[], &mentions, &sighting(2)).await.unwrap();
    assert_eq!((again.new_mentions, again.stubs, again.sighted.len()), (0, 3, 3), "the same term once more");

    let object =
        Artist { popularity: Some(77), followers: Some(0), genres: Some(Vec::new()), ..artist(3, "Named") };
    // An answer that a clock calls older completes too, or the artist would be asked for again and again.
    let upserted = artists.upsert(std::slice::from_ref(&object), &[], &sighting(1)).await.unwrap();
    assert_eq!((upserted.new, upserted.changed, upserted.completed, upserted.stubs), (0, 0, 1, 0));
    let complete = place.row(&object.id).await.unwrap();
    assert_eq!((&complete.artist, complete.stub), (&object, None));
    artists.withdraw(&ids(&[2, 99]), &sighting(3)).await.unwrap();
    assert_eq!(stubs_of(10).await, ids(&[4]));
    assert_eq!(place.row(&artist(2, "").id).await.unwrap().artist.name, "Named", "what is known stays");
    assert_eq!(place.row(&artist(99, "").id).await, None, "who is given up is not made");
}

async fn a_changing_artist_is_sighted_first_only_once_in_a_run<P: Place>(place: &P) {
    let of = |number, followers| Artist { followers: Some(followers), ..artist(number, "Ånn") };
    let put = async |artist: Artist, run: &str, second| {
        let sighting = Sighting { run: RunId::new(run).unwrap(), ..sighting(second) };
        counted(&place.artists().upsert(&[artist], &[], &sighting).await.unwrap())
    };
    assert_eq!(put(of(1, 7), "first", 10).await, [1, 0, 0, 0]);
    assert_eq!(put(of(1, 8), "first", 11).await, [0, 0, 1, 0], "followers move between two answers");
    assert_eq!(put(of(1, 8), "first", 12).await, [0, 0, 0, 1]);
    assert_eq!(put(of(2, 3), "first", 12).await, [1, 0, 0, 0]);

    assert_eq!(put(of(1, 9), "next", 20).await, [0, 1, 0, 0], "changed too, and counted once");
    assert_eq!(put(of(1, 9), "next", 20).await, [0, 0, 0, 1], "the same sighting after a crash");
    assert_eq!(put(of(1, 10), "next", 21).await, [0, 0, 1, 0]);
    assert_eq!(put(of(2, 3), "next", 22).await, [0, 1, 0, 0], "unchanged, but seen again");
    assert_eq!(put(of(3, 1), "next", 23).await, [1, 0, 0, 0]);
    assert_eq!(put(of(1, 11), "first", 15).await, [0, 0, 0, 1], "an answer of the run before comes late");
    assert_eq!(put(of(1, 12), "next", 24).await, [0, 0, 1, 0]);
}

async fn a_mentioned_artist_is_counted_once_in_a_run_and_completed_once<P: Place>(place: &P) {
    let object = |number, popularity| Artist { popularity: Some(popularity), ..artist(number, "Named") };
    let named = |number| mention(number, "Named", None);
    let put = async |objects: &[Artist], mentions: &[Mention], run: &str, second| {
        let sighting = Sighting { run: RunId::new(run).unwrap(), ..sighting(second) };
        place.artists().upsert(objects, mentions, &sighting).await.unwrap()
    };
    put(&[object(1, 5)], &[named(2), named(3)], "first", 1).await;
    let renamed = put(&[], &[mention(2, "Renamed", None)], "first", 2).await;
    assert_eq!(
        (renamed.changed, renamed.completed, renamed.stubs),
        (1, 0, 1),
        "no more is known than before"
    );

    let returned = put(&[object(3, 1)], &[named(1), named(2)], "next", 10).await;
    assert_eq!((returned.new, returned.new_mentions), (0, 0));
    assert_eq!(
        (returned.returned, returned.returned_mentions),
        (1, 2),
        "the stub of the run before came whole"
    );
    assert_eq!((returned.completed, returned.changed, returned.unchanged, returned.stubs), (0, 0, 0, 1));
    let completed = put(&[object(1, 6), object(2, 1), object(3, 1)], &[], "next", 11).await;
    assert_eq!((completed.returned, completed.returned_mentions), (0, 0));
    assert_eq!((completed.completed, completed.changed, completed.unchanged, completed.stubs), (1, 1, 1, 0));
}

async fn the_longest_unseen_come_first_without_stubs_and_this_run<P: Place>(place: &P) {
    let artists = place.artists();
    let seen_in = |run: &str, second| Sighting { run: RunId::new(run).unwrap(), ..sighting(second) };
    for number in 0..60 {
        // The higher the number, the longer ago.
        let last = seen_in("before", 100 - i64::from(number));
        artists.upsert(&[artist(number, "Ånn")], &[], &last).await.unwrap();
    }
    artists.upsert(&[artist(59, "Ånn")], &[], &seen_in("now", 101)).await.unwrap();
    artists.upsert(&[], &[mention(90, "Stub", None)], &seen_in("before", 1)).await.unwrap();

    let now = RunId::new("now").unwrap();
    assert_eq!(artists.stale(at(95), &now, 3, LONG).await.unwrap(), ids(&[58, 57, 56]));
    let all = artists.stale(at(95), &now, 1_000, LONG).await.unwrap();
    assert_eq!(all, ids(&(6..59).rev().collect::<Vec<_>>()));
}

#[tokio::test]
async fn stubs_from_before_they_were_spread_over_keys_are_still_found() {
    let place = Emulator::start().await;
    let artists = place.artists();
    let mentions = [mention(1, "New", Some(40)), mention(2, "Old", Some(90)), mention(3, "New", Some(95))];
    artists.upsert(&[], &mentions, &sighting(1)).await.unwrap();
    let old = artist(2, "").id;
    let stub = AttributeValue::S("artist".to_owned());
    let change = place.dynamodb().update_item().table_name("artists");
    let change = change.key("id", AttributeValue::S(old.as_str().to_owned()));
    let change = change.update_expression("SET stub = :stub").expression_attribute_values(":stub", stub);
    change.send().await.unwrap();
    assert_eq!(artists.stubs(10, 0).await.unwrap(), ids(&[3, 2, 1]));
    assert_eq!(artists.stubs(2, 0).await.unwrap(), ids(&[3, 2]));
    let object = Artist { popularity: Some(77), ..artist(2, "Old") };
    let completed = artists.upsert(&[object], &[], &sighting(2)).await.unwrap();
    assert_eq!((completed.completed, artists.stubs(10, 0).await.unwrap()), (1, ids(&[3, 1])));
}
