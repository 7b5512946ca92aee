//! The pace: one item, and no permit is granted twice.

use std::time::Duration;

use collect::pace::{Hold, InHand, LeaseAnswer, LeaseRequest, Limit, PaceState, Pacing, Rate, Settlement};
use collect::ports::{Control, PortError};
use collect::web_api::Bucket;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{
    Answer, Aws, Call, call, condition_failed_after, condition_failed_on, done, item, lost, output,
};

fn now() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn request() -> LeaseRequest {
    LeaseRequest {
        now: now(),
        bucket: Bucket::Search,
        pacing: Pacing { rate: Some(Rate::per_30s(300.try_into().unwrap())), ..Pacing::default() },
        time_per_use: Duration::from_millis(100),
        horizon: Duration::from_secs(2),
        in_hand: None,
        settled: Vec::new(),
    }
}

/// The pace after one and after two leases of `request`.
fn leased() -> [(LeaseAnswer, PaceState); 2] {
    let mut pace = PaceState::default();
    [(), ()].map(|()| (pace.lease(&request()), pace.clone()))
}

fn stored(version: u64, pace: &PaceState) -> Value {
    let mut stored = serde_json::to_value(pace).unwrap();
    stored["id"] = json!("pace");
    stored["version"] = json!(version);
    item(stored)
}

fn get() -> Call {
    call(
        "GetItem",
        json!({"TableName": "control", "Key": item(json!({"id": "pace"})), "ConsistentRead": true}),
    )
}

/// Numbers as they are, not as they are written: `1` and `1.0` are one.
fn plain(value: &Value) -> Value {
    match value.as_object().and_then(|typed| typed.iter().next()) {
        Some((name, number)) if name == "N" => json!(number.as_str().unwrap().parse::<f64>().unwrap()),
        Some(_) => {
            value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), plain(value))).collect()
        }
        None => value.clone(),
    }
}

/// The marks of the last writes that an item keeps, the latest last.
fn marks(put: &Call) -> &[Value] {
    put.input["Item"]["marks"]["L"].as_array().expect("marks")
}

fn assert_put(call: &Call, read: u64, pace: &PaceState) {
    assert_eq!(call.operation, "PutItem");
    assert!(!marks(call).is_empty());
    let mut put = call.input["Item"].clone();
    put.as_object_mut().unwrap().remove("marks");
    assert_eq!(plain(&put), plain(&stored(read + 1, pace)));
    let mut rest = call.input.clone();
    rest.as_object_mut().unwrap().remove("Item");
    let expected = json!({
        "TableName": "control",
        "ConditionExpression": "attribute_not_exists(id) OR #version = :read",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": item(json!({":read": read})),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(rest, expected);
}

#[tokio::test]
async fn the_first_lease_is_written_only_if_nobody_wrote_before() {
    let [(first, after_first), _] = leased();
    let aws = Aws::answering([done(), done()]);
    assert_eq!(aws.control().lease(&request()).await.unwrap().answer, first);
    let sent = aws.sent();
    assert_eq!(sent[0], get());
    assert_put(&sent[1], 0, &after_first);
}

#[tokio::test]
async fn a_lease_that_somebody_else_took_meanwhile_is_not_granted_again() {
    let [(first, after_first), (second, after_second)] = leased();
    assert_ne!(first, second);
    let aws = Aws::answering([done(), condition_failed_on(&stored(1, &after_first)), done()]);
    let leased = aws.control().lease(&request()).await.unwrap();
    assert_eq!((leased.answer, leased.pace), (second, after_second.clone()));
    assert_put(&aws.sent()[2], 1, &after_second);
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_answer_was_lost_is_not_granted_twice() {
    let [(_, after_first), (second, _)] = leased();
    // The first attempt has written it; whether for this lease or another is unknown.
    let aws = Aws::answering([done(), lost(), condition_failed_on(&stored(1, &after_first)), done()]);
    assert_eq!(aws.control().lease(&request()).await.unwrap().answer, second);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_written_although_its_answer_was_lost_is_counted_once() {
    let settled = vec![Settlement { bucket: Bucket::Search, balance: 3, at: now(), unused: 0 }];
    let request = LeaseRequest { settled, ..request() };
    let [(_, mut pace), _] = leased();
    let known = output(json!({"Item": stored(1, &pace)}));
    let answer = pace.lease(&request);
    let aws = Aws::answering([known, lost(), condition_failed_after(|put| put["Item"].clone())]);
    let leased = aws.control().lease(&request).await.unwrap();
    assert_eq!((leased.answer, leased.pace), (answer, pace));
    assert_eq!(aws.operations(), ["GetItem", "PutItem", "PutItem"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_recognised_although_others_have_written_since() {
    let [(first, _), _] = leased();
    let others_since = condition_failed_after(|put| {
        let mut item = put["Item"].clone();
        item["version"] = json!({"N": "8"});
        let marks = item["marks"]["L"].as_array_mut().unwrap();
        marks.extend((0..15).map(|mark| json!({"N": mark.to_string()})));
        item
    });
    let aws = Aws::answering([done(), lost(), others_since]);
    assert_eq!(aws.control().lease(&request()).await.unwrap().answer, first);
}

#[tokio::test(start_paused = true)]
async fn the_same_lease_of_somebody_else_is_not_taken_for_ones_own() {
    let [_, (second, after_second)] = leased();
    let theirs = condition_failed_after(|put| {
        let mut item = put["Item"].clone();
        item["marks"] = json!({"L": [{"N": "1"}]});
        item
    });
    let aws = Aws::answering([done(), lost(), theirs, done()]);
    let leased = aws.control().lease(&request()).await.unwrap();
    assert_eq!((leased.answer, leased.pace), (second, after_second));
}

#[tokio::test]
async fn an_item_keeps_the_marks_of_its_last_sixteen_writes() {
    let mut known = stored(4, &leased()[0].1);
    known["marks"] = item(json!({"marks": (1..=16).collect::<Vec<_>>()}))["marks"].clone();
    let aws = Aws::answering([output(json!({"Item": known})), done()]);
    aws.control().lease(&request()).await.unwrap();
    let sent = aws.sent();
    let kept = marks(&sent[1]);
    assert_eq!(kept[..15], (2..=16).map(|mark| json!({"N": mark.to_string()})).collect::<Vec<_>>());
    assert_eq!(kept.len(), 16);
}

#[tokio::test]
async fn a_lease_that_others_take_again_and_again_is_given_up() {
    let mut pace = PaceState::default();
    let newer = (1..=12).map(|version| {
        pace.granted += 1;
        condition_failed_on(&stored(version, &pace))
    });
    let aws = Aws::answering([done()].into_iter().chain(newer));
    let error = aws.control().lease(&request()).await.unwrap_err();
    assert!(matches!(error, PortError::Unavailable { .. }), "{error}");
    assert_eq!(aws.sent().len(), 13);
}

#[tokio::test]
async fn permits_in_hand_that_are_counted_for_another_bucket_are_written() {
    let in_hand = InHand { permits: 4, until: now() + Duration::from_secs(2) };
    let request = LeaseRequest { bucket: Bucket::Artists, in_hand: Some(in_hand), ..request() };
    let [(_, mut pace), _] = leased();
    let aws = Aws::answering([output(json!({"Item": stored(4, &pace)})), done()]);
    assert_eq!(aws.control().lease(&request).await.unwrap().answer, LeaseAnswer::Reserved(4));
    pace.lease(&request);
    assert_put(&aws.sent()[1], 4, &pace);
}

#[tokio::test]
async fn a_refused_lease_writes_nothing() {
    let held = PaceState { hold_until: now() + Duration::from_mins(5), ..PaceState::default() };
    let aws = Aws::answering([output(json!({"Item": stored(4, &held)}))]);
    let answer = aws.control().lease(&request()).await.unwrap().answer;
    assert_eq!(answer, LeaseAnswer::OnHold(held.hold_until));
    assert_eq!(aws.only(), get());
}

#[tokio::test]
async fn a_repeated_refusal_counts_once_and_keeps_the_later_end() {
    let held = |minutes| Hold {
        bucket: Bucket::Search,
        bucket_epoch: 0,
        epoch: 0,
        due: now(),
        at: now(),
        until: now() + Duration::from_mins(minutes),
        limit: Limit::Rate,
        is_named: true,
        settled: Vec::new(),
    };
    let (mut theirs, mut both) = (PaceState::default(), PaceState::default());
    theirs.hold(&held(2));
    both.hold(&held(2));
    both.hold(&held(5));
    let answers = || -> [Answer; 2] { [done(), condition_failed_on(&stored(1, &theirs))] };
    let aws = Aws::answering(answers().into_iter().chain([done()]));
    aws.control().hold(&held(5)).await.unwrap();
    let sent = aws.sent();
    assert_eq!(sent[0], get());
    assert_put(&sent[2], 1, &both);
    assert_eq!(both.refused, 1);

    let aws = Aws::answering(answers());
    aws.control().hold(&held(1)).await.unwrap();
    assert_eq!(aws.operations(), ["GetItem", "PutItem"], "their hold is longer");
}

#[tokio::test]
async fn the_pace_is_read_consistently_and_nonsense_is_refused_by_name() {
    let aws = Aws::answering([output(json!({"Item": stored(4, &leased()[0].1)})), done()]);
    let control = aws.control();
    assert_eq!(control.pace().await.unwrap(), leased()[0].1);
    assert_eq!(control.pace().await.unwrap(), PaceState::default(), "nothing was asked yet");
    assert_eq!(aws.sent(), [get(), get()]);

    let far = PaceState { next: "2126-11-23T06:00:00Z".parse().unwrap(), ..PaceState::default() };
    for wrong in [stored(4, &far), item(json!({"id": "pace", "version": 4, "epoch": "many"}))] {
        let aws = Aws::answering([output(json!({"Item": wrong}))]);
        let error = aws.control().pace().await.unwrap_err();
        assert!(error.to_string().starts_with("pace in table control"), "{error}");
    }
}
