//! The artists table: a sighting is applied to the current row, however often somebody else writes in
//! between.

use cloud::metrics;
use collect::catalogue::{Artist, ArtistId, Mention};
use collect::ports::{Artists, PortError, Sighting, Upserted};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{
    Answer, Aws, Call, RETENTION, call, condition_failed, condition_failed_on, done, error, item, output,
    throttled,
};

pub(crate) fn id(number: u32) -> ArtistId {
    ArtistId::new(format!("{number:022}")).unwrap()
}

pub(crate) fn artist(number: u32, followers: Option<u64>) -> Artist {
    Artist { id: id(number), name: "Ånn".to_owned(), popularity: None, followers, genres: None }
}

fn mention(number: u32) -> Mention {
    Mention { id: id(number), name: "Ånn".to_owned(), prominence: Some(60) }
}

pub(crate) fn sighting() -> Sighting {
    Sighting {
        run: RunId::new("2026-11-23").unwrap(),
        term: TermKey::parse("search:ann").unwrap(),
        at: at("2026-11-23T06:00:00.5Z"),
    }
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

pub(crate) fn expires_at(seen: Timestamp) -> i64 {
    (seen + RETENTION).as_second()
}

/// The row that `sighting` makes of a new artist with followers.
pub(crate) fn first(number: u32, followers: u64) -> Value {
    json!({
        "id": id(number).as_str(), "name": "Ånn", "followers": followers,
        "found_by": "search:ann", "found_in": "2026-11-23",
        "first_seen": "2026-11-23T06:00:00.500Z", "last_seen": "2026-11-23T06:00:00.500Z",
        "last_run": "2026-11-23", "sighted_by": "search:ann", "not_provided": ["popularity", "genres"],
        "expires_at": expires_at(sighting().at),
    })
}

/// The row that it makes of an artist that is only mentioned.
pub(crate) fn stub(number: u32) -> Value {
    let mut row = first(number, 0);
    let row_of = row.as_object_mut().unwrap();
    row_of.remove("followers").unwrap();
    row_of.insert("not_provided".to_owned(), json!(["popularity", "followers", "genres"]));
    // The key of the index follows from the id, so that it stays the same.
    let shard = if number == 1 { "artist#7" } else { "artist#2" };
    row_of.insert("stub".to_owned(), json!(shard));
    row_of.insert("prominence".to_owned(), json!(60));
    row
}

/// A row of the run before.
pub(crate) fn known(number: u32, followers: u64) -> Value {
    let seen = at("2026-11-16T06:00:00Z");
    with(
        first(number, followers),
        json!({
            "found_by": "search:a", "found_in": "2026-11-09", "first_seen": "2026-11-09T06:00:00.000Z",
            "last_seen": "2026-11-16T06:00:00.000Z", "last_run": "2026-11-16", "sighted_by": "search:an",
            "expires_at": expires_at(seen),
        }),
    )
}

/// What `sighting` makes of such a row.
pub(crate) fn again(number: u32, followers: u64) -> Value {
    with(
        known(number, followers),
        json!({
            "last_seen": "2026-11-23T06:00:00.500Z", "last_run": "2026-11-23", "sighted_by": "search:ann",
            "expires_at": expires_at(sighting().at),
        }),
    )
}

pub(crate) fn with(mut row: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("{changes} changes nothing") };
    row.as_object_mut().unwrap().extend(changes);
    row
}

pub(crate) fn rows(rows: &[Value]) -> Answer {
    let items: Vec<Value> = rows.iter().cloned().map(item).collect();
    output(json!({"Responses": {"artists": items}}))
}

fn keys(numbers: impl IntoIterator<Item = u32>) -> Value {
    numbers.into_iter().map(|number| item(json!({"id": id(number).as_str()}))).collect()
}

pub(crate) fn read(numbers: impl IntoIterator<Item = u32>) -> Call {
    let keys = json!({"artists": {"Keys": keys(numbers), "ConsistentRead": true}});
    call("BatchGetItem", json!({"RequestItems": keys}))
}

fn put_requests(rows: impl IntoIterator<Item = Value>) -> Value {
    let put = |row| json!({"PutRequest": {"Item": item(row)}});
    json!({"artists": rows.into_iter().map(put).collect::<Vec<_>>()})
}

fn write(rows: impl IntoIterator<Item = Value>) -> Call {
    call("BatchWriteItem", json!({"RequestItems": put_requests(rows)}))
}

pub(crate) fn put(row: Value, last_seen: Option<&str>) -> Call {
    let mut input = json!({
        "TableName": "artists", "Item": item(row),
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    if let Some(read) = last_seen {
        input["ConditionExpression"] = json!("attribute_not_exists(id) OR last_seen = :read");
        input["ExpressionAttributeValues"] = item(json!({":read": read}));
    }
    call("PutItem", input)
}

pub(crate) async fn upsert(
    aws: &Aws,
    artists: &[Artist],
    mentions: &[Mention],
) -> Result<Upserted, PortError> {
    aws.artists().upsert(artists, mentions, &sighting()).await
}

#[tokio::test]
async fn new_rows_are_written_in_batches_and_expire_after_the_retention() {
    let aws = Aws::answering([rows(&[]), done()]);
    let upserted = upsert(&aws, &[artist(1, Some(7)), artist(2, Some(8))], &[]).await.unwrap();
    assert_eq!((upserted.new, upserted.sighted.len()), (2, 2));
    assert_eq!(aws.sent(), [read([1, 2]), write([first(1, 7), first(2, 8)])]);
    let text = aws.sent()[1].input.to_string();
    assert!(text.contains(r#""expires_at":{"N":"1803189600"}"#), "90 days later, in seconds: {text}");
}

#[tokio::test]
async fn more_rows_than_a_call_takes_are_read_and_written_in_several() {
    let aws = Aws::answering([rows(&[]), rows(&[]), done(), done(), done(), done(), done(), done()]);
    let many: Vec<Artist> = (0..130).map(|number| artist(number, Some(7))).collect();
    assert_eq!(upsert(&aws, &many, &[]).await.unwrap().new, 130);
    let sent = aws.sent();
    assert_eq!(sent[..2], [read(0..100), read(100..130)]);
    let batch = |first_of: u32| write((first_of..(first_of + 25).min(130)).map(|number| first(number, 7)));
    assert_eq!(sent[2..], [0, 25, 50, 75, 100, 125].map(batch));
}

#[tokio::test(start_paused = true)]
async fn leftover_rows_are_read_again_before_anything_is_written() {
    let left =
        |numbers: &[u32]| json!({"artists": {"Keys": keys(numbers.iter().copied()), "ConsistentRead": true}});
    let some = json!({"Responses": {"artists": [item(again(1, 7))]}, "UnprocessedKeys": left(&[2, 3])});
    let aws = Aws::answering([
        output(some),
        output(json!({"UnprocessedKeys": left(&[2, 3])})),
        rows(&[again(2, 8)]),
        done(),
    ]);
    let seen = [artist(1, Some(7)), artist(2, Some(8)), artist(3, Some(9))];
    let before = metrics::throttled();
    let upserted = upsert(&aws, &seen, &[]).await.unwrap();
    assert_eq!((upserted.unchanged, upserted.new), (2, 1));
    assert!(metrics::throttled() >= before + 2, "the alarm sees that DynamoDB did not keep up");
    assert_eq!(aws.sent(), [read([1, 2, 3]), read([2, 3]), read([2, 3]), write([first(3, 9)])]);
}

#[tokio::test(start_paused = true)]
async fn rows_that_were_left_unwritten_are_sent_again_until_the_last_round() {
    let left = || output(json!({"UnprocessedItems": put_requests([first(2, 8)])}));
    let left_seven_times = || [rows(&[])].into_iter().chain((0..7).map(|_| left()));
    let aws = Aws::answering(left_seven_times().chain([done()]));
    let both = [artist(1, Some(7)), artist(2, Some(8))];
    let before = metrics::throttled();
    assert_eq!(upsert(&aws, &both, &[]).await.unwrap().new, 2);
    assert!(metrics::throttled() >= before + 7, "the alarm sees that DynamoDB did not keep up");
    let sent = aws.sent();
    assert_eq!((sent.len(), &sent[8]), (9, &write([first(2, 8)])));

    let aws = Aws::answering(left_seven_times().chain([left()]));
    let refused = upsert(&aws, &both, &[]).await.unwrap_err();
    let PortError::Unavailable { what, why } = &refused else { panic!("{refused}") };
    assert_eq!((what.as_str(), aws.sent().len()), ("DynamoDB BatchWriteItem on table artists", 9));
    assert!(why.contains("8 times"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_new_row_that_waits_for_long_is_written_on_the_condition_that_there_is_none() {
    let many: Vec<Artist> = (0..55).map(|number| artist(number, Some(7))).collect();
    let left = |number| output(json!({"UnprocessedItems": put_requests([first(number, 7)])}));
    // The first batch waits for more than six seconds, the second one until it is too late, also for the
    // third.
    let first_batch = (0..7).map(|_| left(0)).chain([done()]);
    let second_batch = (0..7).map(|_| left(29));
    let tombstone = item(json!({"id": id(29).as_str(), "forgotten_at": "2026-11-23T06:00:00Z"}));
    let answers = [rows(&[])].into_iter().chain(first_batch).chain(second_batch);
    let answers = answers.chain([condition_failed_on(&tombstone)]);
    let aws = Aws::answering(answers.chain((50..55).map(|_| done())));
    let upserted = upsert(&aws, &many, &[]).await.unwrap();
    assert_eq!((upserted.new, upserted.forgotten), (54, [id(29)].into()));
    let late = [29, 50, 51, 52, 53, 54].map(|number| put(first(number, 7), None));
    assert!(aws.sent().ends_with(&late), "{:?}", aws.operations());
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_never_all_read_are_an_error_and_nothing_is_written() {
    let left = json!({"artists": {"Keys": keys([1]), "ConsistentRead": true}});
    let aws = Aws::answering((0..8).map(|_| output(json!({"UnprocessedKeys": left}))));
    let refused = upsert(&aws, &[artist(1, Some(7))], &[]).await;
    assert!(matches!(refused, Err(PortError::Unavailable { .. })), "{refused:?}");
    assert_eq!(aws.operations(), ["BatchGetItem"; 8]);
}

#[tokio::test]
async fn a_mention_never_takes_the_place_of_an_object_that_came_meanwhile() {
    let other = with(first(1, 9), json!({"sighted_by": "search:other", "found_by": "search:other"}));
    let aws = Aws::answering([rows(&[]), condition_failed_on(&item(other)), done()]);
    let upserted = upsert(&aws, &[], &[mention(1), mention(2)]).await.unwrap();
    assert_eq!((upserted.new_mentions, upserted.stubs, upserted.unchanged), (1, 1, 1));
    assert_eq!(upserted.sighted, [id(2)].into());
    assert_eq!(aws.sent(), [read([1, 2]), put(stub(1), None), put(stub(2), None)]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_nothing_is_written() {
    let mut nameless = known(1, 7);
    nameless.as_object_mut().unwrap().remove("name").unwrap();
    let aws = Aws::answering([rows(&[nameless])]);
    let refused = upsert(&aws, &[artist(1, Some(9)), artist(2, Some(9))], &[]).await.unwrap_err();
    let PortError::Corrupt { what, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*what, format!("the row {} of table artists", id(1)));
    assert_eq!(aws.operations(), ["BatchGetItem"]);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_stays_throttled_is_unavailable() {
    let aws = Aws::answering((0..4).map(|_| throttled()));
    let refused = upsert(&aws, &[artist(1, Some(9))], &[]).await;
    assert!(matches!(refused, Err(PortError::Unavailable { .. })), "{refused:?}");
    let aws = Aws::answering([error("ResourceNotFoundException")]);
    let refused = upsert(&aws, &[artist(1, Some(9))], &[]).await;
    assert!(matches!(refused, Err(PortError::Misconfigured { .. })), "{refused:?}");
}

#[tokio::test]
async fn no_answer_is_no_call() {
    let aws = Aws::answering([]);
    assert_eq!(upsert(&aws, &[], &[]).await.unwrap(), Upserted::default());
    assert_eq!(aws.sent(), []);
}

#[tokio::test]
async fn a_row_that_expired_meanwhile_is_not_made_anew_by_giving_it_up() {
    let aws = Aws::answering([condition_failed(), done()]);
    aws.artists().withdraw(&[id(1), id(2)], &sighting()).await.unwrap();
    let withdraw = |number| {
        let input = json!({
            "TableName": "artists", "Key": item(json!({"id": id(number).as_str()})),
            "ConditionExpression": "(attribute_exists(id)) AND attribute_not_exists(schema_version)",
            "UpdateExpression": "REMOVE stub, prominence",
        });
        call("UpdateItem", input)
    };
    assert_eq!(aws.sent(), [withdraw(1), withdraw(2)]);
    let aws = Aws::answering([error("AccessDeniedException")]);
    assert!(aws.artists().withdraw(&[id(1), id(2)], &sighting()).await.is_err());
}
