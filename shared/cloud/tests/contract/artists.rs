//! Artist rows: what is new or changed is written, and nothing older or emptier replaces what is there.

use collect::catalogue::{Artist, ArtistId, Mention};
use collect::ports::{Artists, Sighting, Upserted};
use collect::term::{RunId, TermKey};
use serde_json::{Value, json};

use crate::place::Place;

fn artist(number: u32, name: &str) -> Artist {
    let id = ArtistId::new(format!("{number:022}")).unwrap();
    Artist { id, name: name.to_owned(), popularity: None, followers: None, genres: None }
}

fn sighting(second: i64) -> Sighting {
    Sighting {
        run: RunId::new("2026-11-23").unwrap(),
        term: TermKey::parse(&format!("search:t{second}")).unwrap(),
        at: jiff::Timestamp::from_second(1_800_000_000 + second).unwrap(),
    }
}

/// New, returned, changed and unchanged rows.
fn counted(upserted: &Upserted) -> [u32; 4] {
    [upserted.new, upserted.returned, upserted.changed, upserted.unchanged]
}

async fn row(place: &Place, artist: &Artist) -> Value {
    let id = aws_sdk_dynamodb::types::AttributeValue::S(artist.id.as_str().to_owned());
    let answer =
        place.clients().dynamodb.get_item().table_name("artists").key("id", id).send().await.unwrap();
    serde_dynamo::from_item(answer.item.unwrap()).unwrap()
}

#[tokio::test]
async fn a_row_is_written_when_it_is_new_or_changed_and_keeps_what_is_known() {
    let place = Place::start().await;
    let artists = place.artists().await;
    let full = Artist {
        popularity: Some(0),
        followers: Some(7),
        genres: Some(vec!["pop".to_owned()]),
        ..artist(1, "Ånn")
    };
    let put = async |artist: &Artist, second| {
        counted(&artists.upsert(std::slice::from_ref(artist), &[], &sighting(second)).await.unwrap())
    };
    assert_eq!(put(&full, 10).await, [1, 0, 0, 0]);
    let first = row(&place, &full).await;
    assert_eq!((&first["popularity"], &first["genres"]), (&json!(0), &json!(["pop"])));
    assert_eq!((&first["found_by"], &first["first_seen"]), (&json!("search:t10"), &first["last_seen"]));

    assert_eq!(put(&full, 11).await, [0, 0, 0, 1]);
    assert_eq!(row(&place, &full).await, first, "nothing new was said");

    let poorer = artist(1, "Ånn");
    assert_eq!(put(&poorer, 12).await, [0, 0, 0, 1]);
    assert_eq!(row(&place, &full).await, first, "a field that is missing erases nothing");

    let grown = Artist { followers: Some(8), ..full.clone() };
    assert_eq!(put(&grown, 20).await, [0, 0, 1, 0]);
    let second = row(&place, &full).await;
    assert_eq!((&second["followers"], &second["genres"]), (&json!(8), &json!(["pop"])));
    assert_eq!((&second["found_by"], &second["first_seen"]), (&first["found_by"], &first["first_seen"]));
    assert!(second["last_seen"].as_str() > first["last_seen"].as_str());

    let late = Artist { name: "An old name".to_owned(), followers: Some(1), ..full.clone() };
    assert_eq!(put(&late, 15).await, [0, 0, 0, 1]);
    assert_eq!(row(&place, &full).await, second, "what was observed earlier overwrites nothing");
}

#[tokio::test]
async fn more_rows_than_one_call_takes_are_all_written_and_repeats_count_once() {
    let place = Place::start().await;
    let artists = place.artists().await;
    let mut many: Vec<Artist> = (0..130).map(|number| artist(number, &format!("Name {number}"))).collect();
    many.push(many[3].clone());
    assert_eq!(counted(&artists.upsert(&many, &[], &sighting(1)).await.unwrap()), [130, 0, 0, 0]);
    assert_eq!(counted(&artists.upsert(&many, &[], &sighting(2)).await.unwrap()), [0, 0, 0, 130]);
    assert_eq!(row(&place, &many[129]).await["name"], "Name 129");
    assert_eq!(artists.upsert(&[], &[], &sighting(3)).await.unwrap(), Upserted::default());
}

#[tokio::test]
async fn a_mentioned_artist_is_bare_and_wanted_until_it_is_told_or_given_up() {
    let place = Place::start().await;
    let artists = place.artists().await;
    let mention = |number, prominence| {
        let Artist { id, name, .. } = artist(number, "Named");
        Mention { id, name, prominence }
    };
    let known = Artist { popularity: Some(50), ..artist(1, "Named") };
    artists.upsert(std::slice::from_ref(&known), &[], &sighting(1)).await.unwrap();
    let mentions =
        [mention(1, None), mention(2, Some(10)), mention(3, Some(80)), mention(4, None), mention(3, None)];
    let upserted = artists.upsert(&[], &mentions, &sighting(2)).await.unwrap();
    assert_eq!((upserted.new, upserted.new_mentions, upserted.bare, upserted.unchanged), (0, 3, 3, 1));
    assert_eq!(upserted.sighted.len(), 3, "the known one was sighted before: {:?}", upserted.sighted);
    let bare = row(&place, &artist(3, "")).await;
    assert_eq!(bare["not_provided"], json!(["popularity", "followers", "genres"]));

    let wanted = |limit| artists.wanted(limit);
    let ids = |numbers: &[u32]| numbers.iter().map(|number| artist(*number, "").id).collect::<Vec<_>>();
    assert_eq!(wanted(10).await.unwrap(), ids(&[3, 2, 4]));
    assert_eq!(wanted(2).await.unwrap(), ids(&[3, 2]));

    let again = artists.upsert(&[], &mentions, &sighting(2)).await.unwrap();
    assert_eq!(
        (again.new_mentions, again.bare, again.sighted.len()),
        (0, 3, 3),
        "the same term is told again"
    );

    let told =
        Artist { popularity: Some(77), followers: Some(0), genres: Some(Vec::new()), ..artist(3, "Named") };
    // An answer that a clock calls older completes too, or the artist would be asked for again and again.
    let upserted = artists.upsert(std::slice::from_ref(&told), &[], &sighting(1)).await.unwrap();
    assert_eq!((upserted.new, upserted.changed, upserted.completed, upserted.bare), (0, 0, 1, 0));
    let complete = row(&place, &told).await;
    assert_eq!(
        (&complete["popularity"], complete.get("not_provided"), complete.get("wanted")),
        (&json!(77), None, None)
    );
    artists.forgo(&ids(&[2]), &sighting(3)).await.unwrap();
    assert_eq!(wanted(10).await.unwrap(), ids(&[4]));
    assert_eq!(row(&place, &artist(2, "")).await["name"], "Named", "what is known stays");
}

#[tokio::test]
async fn an_artist_counts_as_seen_once_in_a_run_despite_changes() {
    let place = Place::start().await;
    let artists = place.artists().await;
    let of = |number, followers| Artist { followers: Some(followers), ..artist(number, "Ånn") };
    let put = async |artist: Artist, run: &str, second| {
        let sighting = Sighting { run: RunId::new(run).unwrap(), ..sighting(second) };
        counted(&artists.upsert(&[artist], &[], &sighting).await.unwrap())
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
    assert_eq!(
        put(of(1, 11), "first", 15).await,
        [0, 0, 0, 1],
        "an answer of the run before that comes late"
    );
    assert_eq!(put(of(1, 12), "next", 24).await, [0, 0, 1, 0]);
}

#[tokio::test]
async fn a_mentioned_artist_counts_as_seen_and_completed_once() {
    let place = Place::start().await;
    let artists = place.artists().await;
    let mention = |number, name: &str| {
        let Artist { id, name, .. } = artist(number, name);
        Mention { id, name, prominence: None }
    };
    let told = |number, popularity| Artist { popularity: Some(popularity), ..artist(number, "Named") };
    let put = async |told: &[Artist], mentions: &[Mention], run: &str, second| {
        let sighting = Sighting { run: RunId::new(run).unwrap(), ..sighting(second) };
        artists.upsert(told, mentions, &sighting).await.unwrap()
    };
    put(&[told(1, 5)], &[mention(2, "Named"), mention(3, "Named")], "first", 1).await;
    let renamed = put(&[], &[mention(2, "Renamed")], "first", 2).await;
    assert_eq!((renamed.changed, renamed.completed, renamed.bare), (1, 0, 1), "no more is known than before");

    let returned = put(&[told(3, 1)], &[mention(1, "Named"), mention(2, "Named")], "next", 10).await;
    assert_eq!((returned.new, returned.new_mentions), (0, 0));
    assert_eq!(
        (returned.returned, returned.returned_mentions),
        (1, 2),
        "the bare row of the run before is told"
    );
    assert_eq!((returned.completed, returned.changed, returned.unchanged, returned.bare), (0, 0, 0, 1));
    let completed = put(&[told(1, 6), told(2, 1), told(3, 1)], &[], "next", 11).await;
    assert_eq!((completed.returned, completed.returned_mentions), (0, 0));
    assert_eq!((completed.completed, completed.changed, completed.unchanged, completed.bare), (1, 1, 1, 0));
}

#[tokio::test]
async fn the_longest_unseen_complete_artists_come_first() {
    let place = Place::start().await;
    let artists = place.artists().await;
    let seen_in = |run: &str, second| Sighting { run: RunId::new(run).unwrap(), ..sighting(second) };
    for number in 0..60 {
        // The higher the number, the longer ago.
        let last = seen_in("before", 100 - i64::from(number));
        artists.upsert(&[artist(number, "Ånn")], &[], &last).await.unwrap();
    }
    artists.upsert(&[artist(59, "Ånn")], &[], &seen_in("now", 101)).await.unwrap();
    let bare = Mention { id: artist(90, "").id, name: "Bare".to_owned(), prominence: None };
    artists.upsert(&[], &[bare], &seen_in("before", 1)).await.unwrap();

    let now = RunId::new("now").unwrap();
    let oldest = artists.stale(sighting(95).at, &now, 3).await.unwrap();
    assert_eq!(oldest, [58, 57, 56].map(|number| artist(number, "").id));
    let all = artists.stale(sighting(95).at, &now, 1_000).await.unwrap();
    assert_eq!(all, (6..59).rev().map(|number| artist(number, "").id).collect::<Vec<_>>());
}
