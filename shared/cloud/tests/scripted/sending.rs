//! A term is sent once, also if the answer to the write is lost.

use collect::ports::{Claim, Frontier};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Aws, call, condition_failed, condition_failed_after, item, lost, output};

fn run() -> RunId {
    RunId::new("2026-11-23").unwrap()
}

fn key() -> TermKey {
    TermKey::parse("search:abc").unwrap()
}

fn claim(generation: u32) -> Claim {
    Claim { run: run(), key: key(), generation }
}

fn lease_end() -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_123).unwrap()
}

/// The term as it stands after the request that sends it as the fourth generation.
fn sent(update: &Value) -> Value {
    let mut standing = item(json!({
        "run": "2026-11-23", "key": "search:abc", "source": "search", "state": "sent",
        "lane": "2026-11-23#sent", "rank": 1_800_000_000_123_u64, "generation": 4,
    }));
    standing["mark"] = update["ExpressionAttributeValues"][":mark"].clone();
    standing
}

/// The same with another value of one attribute.
fn sent_but(update: &Value, name: &str, value: Value) -> Value {
    let mut standing = sent(update);
    standing[name] = value;
    standing
}

#[tokio::test]
async fn a_term_is_sent_only_while_it_is_ready_and_as_the_next_generation() {
    let sent = output(json!({"Attributes": item(json!({"state": "sent", "generation": 4}))}));
    let aws = Aws::answering([sent, condition_failed()]);
    let frontier = aws.frontier();
    assert_eq!(frontier.send(&run(), &key(), lease_end()).await.unwrap(), Some(claim(4)));
    let second = frontier.send(&run(), &key(), lease_end()).await.unwrap();
    assert_eq!(second, None, "somebody else was faster, or it has expired");
    let expected = json!({
        "TableName": "terms", "Key": item(json!({"run": "2026-11-23", "key": "search:abc"})),
        "ReturnValues": "UPDATED_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ConditionExpression": "(#state = :ready) AND attribute_not_exists(schema_version)",
        "UpdateExpression": "SET #state = :sent, #lane = :lane, #rank = :until, mark = :mark ADD generation :one",
        "ExpressionAttributeNames": {"#state": "state", "#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({
            ":ready": "ready", ":sent": "sent", ":lane": "2026-11-23#sent", ":until": 1_800_000_000_123_u64,
            ":one": 1,
        })),
    });
    let mut sent = aws.sent();
    let marks = sent.iter_mut().map(|call| {
        call.input["ExpressionAttributeValues"].as_object_mut().unwrap().remove(":mark").expect("a mark")
    });
    let marks: Vec<Value> = marks.collect();
    assert_ne!(marks[0], marks[1], "each dispatch has its own");
    assert_eq!(sent, [call("UpdateItem", expected.clone()), call("UpdateItem", expected)]);
}

#[tokio::test(start_paused = true)]
async fn a_term_that_was_sent_although_the_answer_was_lost_is_claimed() {
    let aws = Aws::answering([lost(), condition_failed_after(sent)]);
    let claimed = aws.frontier().send(&run(), &key(), lease_end()).await.unwrap();
    assert_eq!(claimed, Some(claim(4)), "without a claim, no message goes out");
    assert_eq!(aws.operations(), ["UpdateItem", "UpdateItem"]);
}

#[tokio::test(start_paused = true)]
async fn a_term_that_somebody_else_has_sent_or_changed_is_not_claimed() {
    let others: [fn(&Value) -> Value; 3] = [
        // Another dispatcher, with the same lease.
        |update| sent_but(update, "mark", json!({"N": "1"})),
        |update| sent_but(update, "state", json!({"S": "ready"})),
        |update| sent_but(update, "schema_version", json!({"N": "2"})),
    ];
    for other in others {
        let aws = Aws::answering([lost(), condition_failed_after(other)]);
        assert_eq!(aws.frontier().send(&run(), &key(), lease_end()).await.unwrap(), None);
        assert_eq!(aws.operations(), ["UpdateItem", "UpdateItem"]);
    }
}
