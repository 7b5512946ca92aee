//! What is looked up among the artists: a row by its id, stubs by an index that lags, and the longest unseen
//! by a scan.

use std::iter;
use std::time::Duration;

use collect::catalogue::ArtistId;
use collect::ports::{ArtistRows, Artists, PortError};
use collect::term::RunId;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Answer, Aws, Call, call, done, error, item, output};

fn id(number: u32) -> ArtistId {
    ArtistId::new(format!("{number:022}")).unwrap()
}

fn key(number: u32) -> Value {
    item(json!({"id": id(number).as_str()}))
}

/// A row of an artist. Of a stub no more than id and name is known; its number is its prominence too.
fn row(number: u32, is_stub: bool) -> Value {
    let mut row = json!({
        "id": id(number).as_str(), "name": "Ånn", "found_by": "search:a", "found_in": "1",
        "first_seen": "2026-11-09T06:00:00.000Z", "last_seen": "2026-11-09T06:00:00.000Z", "last_run": "1",
        "sighted_by": "search:a", "expires_at": 1_900_000_000,
    });
    if is_stub {
        row["stub"] = json!("artist");
        row["prominence"] = json!(number);
    }
    item(row)
}

fn rows(rows: &[Value]) -> Answer {
    output(json!({"Responses": {"artists": rows}}))
}

fn read(numbers: &[u32]) -> Call {
    let keys: Vec<Value> = numbers.iter().map(|number| key(*number)).collect();
    call("BatchGetItem", json!({"RequestItems": {"artists": {"Keys": keys, "ConsistentRead": true}}}))
}

fn get(number: u32) -> Call {
    call("GetItem", json!({"TableName": "artists", "Key": key(number), "ConsistentRead": true}))
}

#[tokio::test]
async fn a_row_is_read_consistently_by_its_id() {
    let aws = Aws::answering([output(json!({"Item": row(1, false)})), done()]);
    let artists = aws.artists();
    assert_eq!(artists.artist(&id(1)).await.unwrap().map(|row| row.artist.id), Some(id(1)));
    assert_eq!(artists.artist(&id(2)).await.unwrap(), None);
    assert_eq!(aws.sent(), [get(1), get(2)]);
}

/// A page of the index of stubs.
fn listed(numbers: &[u32], last: Option<u32>) -> Answer {
    let items: Vec<Value> = numbers.iter().map(|number| key(*number)).collect();
    let mut page = json!({"Items": items, "Count": items.len()});
    if let Some(last) = last {
        page["LastEvaluatedKey"] = key(last);
    }
    output(page)
}

/// Answers for the keys over which stubs are spread, on which there are none; only rows from before that
/// follow.
fn none_spread() -> impl Iterator<Item = Answer> {
    iter::repeat_with(|| listed(&[], None)).take(8)
}

fn list(shard: &str, after: Option<u32>) -> Call {
    let mut input = json!({
        "TableName": "artists", "IndexName": "stubs", "KeyConditionExpression": "stub = :stub",
        "ExpressionAttributeValues": item(json!({":stub": shard})), "ScanIndexForward": false, "Limit": 100,
    });
    if let Some(after) = after {
        input["ExclusiveStartKey"] = key(after);
    }
    call("Query", input)
}

#[tokio::test]
async fn stubs_are_listed_best_first_on_every_page_until_there_are_enough() {
    let aws = Aws::answering(none_spread().chain([
        listed(&[9, 8], Some(8)),
        rows(&[row(8, true), row(9, true)]),
        listed(&[7, 6], Some(6)),
        rows(&[row(6, true), row(7, true)]),
    ]));
    assert_eq!(aws.artists().stubs(3, 0).await.unwrap(), [id(9), id(8), id(7)]);
    let shards = (0..8).map(|shard| list(&format!("artist#{shard}"), None));
    let unsharded = [list("artist", None), read(&[9, 8]), list("artist", Some(8)), read(&[7, 6])];
    assert_eq!(aws.sent(), shards.chain(unsharded).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_share_that_has_enough_stubs_is_the_only_one_that_is_asked() {
    let enough = [listed(&[9, 8], Some(8)), rows(&[row(8, true), row(9, true)])];
    let aws = Aws::answering(enough);
    assert_eq!(aws.artists().stubs(2, 5).await.unwrap(), [id(9), id(8)]);
    assert_eq!(aws.sent(), [list("artist#5", None), read(&[9, 8])]);
}

#[tokio::test]
async fn stubs_that_were_completed_or_expired_since_they_were_listed_are_left_out() {
    let aws = Aws::answering(none_spread().chain([
        listed(&[5, 4, 3], Some(3)),
        rows(&[row(5, false), row(3, true)]),
        listed(&[], Some(2)),
        listed(&[1], None),
        rows(&[row(1, true)]),
    ]));
    assert_eq!(aws.artists().stubs(10, 0).await.unwrap(), [id(3), id(1)]);
    assert_eq!(aws.operations()[8..], ["Query", "BatchGetItem", "Query", "Query", "BatchGetItem"]);
}

#[tokio::test]
async fn an_index_that_cannot_be_read_is_an_error() {
    let answers = [listed(&[5], Some(5)), rows(&[row(5, true)]), error("ResourceNotFoundException")];
    let aws = Aws::answering(none_spread().chain(answers));
    let stubs = aws.artists().stubs(10, 0).await;
    assert!(matches!(stubs, Err(PortError::Misconfigured { .. })), "{stubs:?}");
}

/// A page of a scan: artists with the day of their last sighting.
fn scanned(seen: &[(u32, &str)], last: Option<u32>) -> Answer {
    let row = |(number, day): &(u32, &str)| {
        item(json!({"id": id(*number).as_str(), "last_seen": format!("2026-11-{day}T00:00:00.000Z")}))
    };
    let mut page = json!({"Items": seen.iter().map(row).collect::<Vec<_>>()});
    if let Some(last) = last {
        page["LastEvaluatedKey"] = key(last);
    }
    output(page)
}

async fn stale(aws: &Aws, limit: usize) -> Result<Vec<ArtistId>, PortError> {
    let before: Timestamp = "2026-11-20T06:00:00Z".parse().unwrap();
    aws.artists().stale(before, &RunId::new("2026-11-23").unwrap(), limit, Duration::from_mins(1)).await
}

#[tokio::test]
async fn the_longest_unseen_come_from_every_page_of_the_whole_table() {
    let aws = Aws::answering([
        scanned(&[(1, "05"), (2, "02")], Some(2)),
        scanned(&[(3, "09")], None),
        scanned(&[(4, "01"), (5, "04")], None),
    ]);
    assert_eq!(stale(&aws, 3).await.unwrap(), [id(4), id(2), id(5)]);
    let mut sent = aws.sent();
    let begin = sent[0].input.as_object_mut().unwrap().remove("ExclusiveStartKey").unwrap();
    let mut expected = json!({
        "TableName": "artists", "ProjectionExpression": "id, last_seen",
        "FilterExpression": "last_seen < :before AND last_run <> :run AND attribute_not_exists(stub)",
        "ExpressionAttributeValues":
            item(json!({":before": "2026-11-20T06:00:00.000Z", ":run": "2026-11-23"})),
    });
    assert_eq!(sent[0], call("Scan", expected.clone()), "it begins within the table, at {begin}");
    assert_eq!(sent[2], call("Scan", expected.clone()), "from the end it goes on at the beginning");
    expected["ExclusiveStartKey"] = key(2);
    assert_eq!(sent[1], call("Scan", expected));
}

#[tokio::test]
async fn each_run_begins_its_scan_elsewhere() {
    let begin = async |run: &str| {
        let aws = Aws::answering([scanned(&[], None), scanned(&[], None)]);
        let run = RunId::new(run).unwrap();
        aws.artists().stale(Timestamp::UNIX_EPOCH, &run, 1, Duration::from_mins(1)).await.unwrap();
        aws.sent()[0].input["ExclusiveStartKey"].clone()
    };
    assert_eq!(begin("1").await, begin("1").await);
    assert_ne!(begin("1").await, begin("2").await);
}

#[tokio::test]
async fn a_scan_without_time_left_finds_nobody_and_asks_nothing() {
    let aws = Aws::answering([]);
    let run = RunId::new("2026-11-23").unwrap();
    let found = aws.artists().stale(Timestamp::UNIX_EPOCH, &run, 3, Duration::ZERO).await.unwrap();
    assert_eq!((found, aws.sent().len()), (vec![], 0));
}

#[tokio::test]
async fn a_scan_is_bounded_however_large_the_table_is() {
    let aws = Aws::answering((0..150).map(|_| scanned(&[], Some(1))));
    assert_eq!(stale(&aws, 3).await.unwrap(), []);
    assert_eq!(aws.sent().len(), 150);
}
