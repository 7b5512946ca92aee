//! What the sources have brought, and the versions of playlists.

use collect::catalogue::{ArtistId, PlaylistId};
use collect::plan::{Yield, Yields};
use collect::ports::Control;
use collect::run::Latest;
use collect::term::{RunId, Source};
use serde_json::{Value, json};

use crate::script::{
    Answer, Aws, Call, RETENTION, UNDERSTOOD, call, condition_failed, condition_failed_on, done, expires,
    if_understood, item, output,
};

fn run() -> RunId {
    RunId::new("2026-11-23").unwrap()
}

fn brought() -> Yields {
    let brought = Yield { requests: 1.0, new: 7.0, forecast: 2.5004, put: 4.0, ..Yield::default() };
    Yields([(Source::NewReleases, brought)].into())
}

/// The open run, as it is read.
fn current(id: &str) -> Answer {
    let current =
        json!({"id": "current", "run": id, "state": "running", "opened_at": "2026-11-23T03:00:00Z"});
    output(json!({"Responses": {"control": [item(current)]}}))
}

fn asked_for_current() -> Value {
    json!({"control": {"Keys": [item(json!({"id": "current"}))], "ConsistentRead": true}})
}

#[tokio::test]
async fn yields_are_added_to_those_of_the_same_run() {
    let aws = Aws::answering([done()]);
    aws.control().note_yields(&run(), &brought(), &Latest::default()).await.unwrap();
    let sent = aws.only();
    assert_eq!((sent.operation.as_str(), &sent.input["Key"]), ("UpdateItem", &item(json!({"id": "yields"}))));
    assert_eq!(sent.input["ConditionExpression"], if_understood("#run = :run"));
    let (names, values) = (&sent.input["ExpressionAttributeNames"], &sent.input["ExpressionAttributeValues"]);
    assert_eq!((&names["#run"], &values[":run"]), (&json!("run"), &json!({"S": "2026-11-23"})));
    let sums = sent.input["UpdateExpression"].as_str().unwrap().strip_prefix("ADD ").unwrap();
    let mut added = json!({});
    for sum in sums.split(", ") {
        let (name, value) = sum.split_once(' ').unwrap();
        let number: f64 = values[value]["N"].as_str().unwrap().parse().unwrap();
        added[names[name].as_str().unwrap()] = json!(number);
    }
    let figure = |name: &str| added[&format!("new-releases:{name}")].clone();
    let figures = ["requests", "new", "forecast", "put"].map(figure);
    assert_eq!(figures, [json!(1.0), json!(7.0), json!(2.5), json!(4.0)]);
    assert_eq!(added.as_object().unwrap().len(), 9);
}

#[tokio::test]
async fn what_was_found_last_is_set_in_the_same_write() {
    let mut latest = Latest::default();
    latest.see([ArtistId::new("0".repeat(22)).unwrap()]);
    let aws = Aws::answering([condition_failed(), current("2026-11-23"), condition_failed(), done()]);
    aws.control().note_yields(&run(), &brought(), &latest).await.unwrap();
    let sent = aws.sent();
    let (update, put) = (&sent[3].input, &sent[2].input);
    assert!(update["UpdateExpression"].as_str().unwrap().ends_with(" SET #l0 = :l0"), "{update}");
    assert_eq!(update["ExpressionAttributeNames"]["#l0"], "latest_artists");
    let artists = json!({"L": [{"S": "0".repeat(22)}]});
    assert_eq!(update["ExpressionAttributeValues"][":l0"], artists);
    assert_eq!((&put["Item"]["latest_artists"], &put["Item"]["latest_terms"]), (&artists, &Value::Null));
}

#[tokio::test]
async fn the_first_yields_of_a_run_take_the_place_of_an_earlier_one() {
    let standing = condition_failed_on(&item(json!({"id": "yields", "run": "2026-11-16"})));
    let aws = Aws::answering([standing, current("2026-11-23"), done()]);
    aws.control().note_yields(&run(), &brought(), &Latest::default()).await.unwrap();
    assert_eq!(aws.sent()[1], call("BatchGetItem", json!({"RequestItems": asked_for_current()})));
    let put = &aws.sent()[2];
    assert_eq!(put.operation, "PutItem");
    assert_eq!(put.input["ConditionExpression"], if_understood("attribute_not_exists(id) OR #run = :before"));
    assert_eq!(put.input["ExpressionAttributeValues"], item(json!({":before": "2026-11-16"})));
    let stored = &put.input["Item"];
    assert_eq!((&stored["id"], &stored["run"]), (&json!({"S": "yields"}), &json!({"S": "2026-11-23"})));
    assert_eq!(stored["new-releases:new"], json!({"N": "7"}));
}

#[tokio::test]
async fn yields_that_somebody_else_began_meanwhile_are_added_to() {
    let aws = Aws::answering([condition_failed(), current("2026-11-23"), condition_failed(), done()]);
    aws.control().note_yields(&run(), &brought(), &Latest::default()).await.unwrap();
    assert_eq!(aws.operations(), ["UpdateItem", "BatchGetItem", "PutItem", "UpdateItem"]);
    assert_eq!(aws.sent()[2].input["ConditionExpression"], "attribute_not_exists(id)");
}

#[tokio::test]
async fn late_yields_never_take_the_place_of_a_later_run() {
    let standing = condition_failed_on(&item(json!({"id": "yields", "run": "2026-11-30"})));
    let aws = Aws::answering([standing, current("2026-11-30")]);
    aws.control().note_yields(&run(), &brought(), &Latest::default()).await.unwrap();
    assert_eq!(aws.operations(), ["UpdateItem", "BatchGetItem"]);
}

#[tokio::test]
async fn nothing_brought_is_nothing_to_write() {
    let aws = Aws::answering([]);
    aws.control().note_yields(&run(), &Yields::default(), &Latest::default()).await.unwrap();
    assert_eq!(aws.sent(), []);
}

fn playlist(number: u32) -> PlaylistId {
    PlaylistId::new(format!("{number:022}")).unwrap()
}

fn kept(number: u32, expires_at: i64) -> Value {
    item(json!({
        "id": format!("playlist#{}", playlist(number)), "playlist": playlist(number).as_str(),
        "snapshot": format!("v{number}"), "expires_at": expires_at,
    }))
}

#[tokio::test]
async fn a_version_is_kept_for_half_as_long_as_artists() {
    let aws = Aws::answering([done()]);
    aws.control().keep_snapshot(&playlist(1), "v1").await.unwrap();
    let mut sent = aws.only();
    let values = sent.input["ExpressionAttributeValues"].as_object_mut().unwrap();
    expires(&mut json!({"expires_at": values.remove(":expires_at").unwrap()}), RETENTION / 2);
    let expected = json!({
        "TableName": "control", "Key": item(json!({"id": format!("playlist#{}", playlist(1))})),
        "UpdateExpression": "SET playlist = :playlist, #snapshot = :snapshot, expires_at = :expires_at",
        "ConditionExpression": UNDERSTOOD,
        "ExpressionAttributeNames": {"#snapshot": "snapshot"},
        "ExpressionAttributeValues": item(json!({":playlist": playlist(1).as_str(), ":snapshot": "v1"})),
        "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(sent, call("UpdateItem", expected));
}

#[tokio::test(start_paused = true)]
async fn all_versions_are_read_and_expired_ones_ignored() {
    let now = jiff::Timestamp::now().as_second();
    let keys = |numbers: &[u32]| -> Vec<Value> {
        numbers.iter().map(|number| item(json!({"id": format!("playlist#{}", playlist(*number))}))).collect()
    };
    let left = json!({"control": {"Keys": keys(&[2, 3])}});
    let aws = Aws::answering([
        output(json!({"Responses": {"control": [kept(1, now + 60)]}, "UnprocessedKeys": left})),
        output(json!({"Responses": {"control": [kept(2, now - 60), kept(3, now + 60)]}})),
    ]);
    let asked = [1, 2, 3, 4, 1].map(playlist);
    let known = aws.control().snapshots(&asked).await.unwrap();
    assert_eq!(known, [(playlist(1), "v1".to_owned()), (playlist(3), "v3".to_owned())].into());
    let sent = aws.sent();
    let asked = json!({"control": {"Keys": keys(&[1, 2, 3, 4]), "ConsistentRead": false}});
    assert_eq!(sent[0], call("BatchGetItem", json!({"RequestItems": asked})));
    assert_eq!(sent[1], call("BatchGetItem", json!({"RequestItems": left})));
}

#[tokio::test]
async fn more_versions_than_one_call_takes_are_asked_for_in_several() {
    let aws = Aws::answering([output(json!({})), output(json!({})), output(json!({}))]);
    let many: Vec<PlaylistId> = (0..250).map(playlist).collect();
    assert!(aws.control().snapshots(&many).await.unwrap().is_empty());
    let keys = |call: &Call| call.input["RequestItems"]["control"]["Keys"].as_array().unwrap().len();
    assert_eq!(aws.sent().iter().map(keys).collect::<Vec<_>>(), [100, 100, 50]);
}
