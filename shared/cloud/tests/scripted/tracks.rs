//! Tracks without audio features, which an index lists that lags behind the table.

use collect::catalogue::TrackId;
use collect::ports::Tracks;
use serde_json::{Value, json};

use crate::script::{Answer, Aws, Call, call, item, output};

fn id(number: u32) -> TrackId {
    TrackId::new(format!("{number:022}")).unwrap()
}

fn key(number: u32) -> Value {
    item(json!({"id": format!("track#{}", id(number))}))
}

/// A row of a track, with what is known of its sound.
fn row(number: u32, sound: Option<&str>) -> Value {
    let mut row = json!({
        "id": format!("track#{}", id(number)), "track": id(number).as_str(), "name": "Sång",
        "artist_ids": [], "artist_names": [], "found_by": "genre-search:1", "found_in": "1",
        "first_seen": "2026-11-09T06:00:00.000Z", "last_seen": "2026-11-09T06:00:00.000Z", "last_run": "1",
        "expires_at": 1_900_000_000, "revision": 1,
    });
    if let Some(sound) = sound {
        row["sound"] = json!(sound);
    }
    item(row)
}

fn rows(rows: &[Value]) -> Answer {
    output(json!({"Responses": {"tracks": rows}}))
}

fn read(numbers: &[u32]) -> Call {
    let keys: Vec<Value> = numbers.iter().map(|number| key(*number)).collect();
    call("BatchGetItem", json!({"RequestItems": {"tracks": {"Keys": keys, "ConsistentRead": true}}}))
}

/// A page of the index.
fn listed(numbers: &[u32], last: Option<u32>) -> Answer {
    let items: Vec<Value> = numbers.iter().map(|number| key(*number)).collect();
    let mut page = json!({"Items": items, "Count": items.len()});
    if let Some(last) = last {
        page["LastEvaluatedKey"] = key(last);
    }
    output(page)
}

fn list(shard: u32, after: Option<u32>) -> Call {
    let mut input = json!({
        "TableName": "tracks", "IndexName": "pending", "KeyConditionExpression": "pending = :shard",
        "ExpressionAttributeValues": item(json!({":shard": format!("track#{shard}")})), "Limit": 100,
    });
    if let Some(after) = after {
        input["ExclusiveStartKey"] = key(after);
    }
    call("Query", input)
}

#[tokio::test]
async fn tracks_described_or_expired_since_they_were_listed_are_left_out() {
    let aws = Aws::answering([
        listed(&[1, 2, 3, 4], Some(4)),
        rows(&[row(1, Some("features")), row(2, Some("nothing")), row(4, None)]),
        listed(&[5], None),
        rows(&[row(5, Some("features"))]),
        listed(&[6, 7], Some(7)),
        rows(&[row(6, None), row(7, None)]),
    ]);
    assert_eq!(aws.tracks().featureless(2).await.unwrap(), [id(4), id(6)], "as many as were asked for");
    let first = [list(0, None), read(&[1, 2, 3, 4]), list(0, Some(4)), read(&[5])];
    let second = [list(1, None), read(&[6, 7])];
    assert_eq!(aws.sent(), [first.as_slice(), &second].concat());
}
