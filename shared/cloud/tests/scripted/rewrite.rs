//! Rows of known artists: each is written again over the one that was read, many in one call, and however
//! often somebody else writes in between, no update is lost.

use cloud::metrics;
use collect::catalogue::Artist;
use collect::ports::PortError;
use serde_json::{Value, json};

use crate::artists::{
    again, artist, expires_at, first, id, known, put, read, rows, sighting, stub, upsert, with,
};
use crate::script::{Answer, Aws, Call, call, condition_failed_on, done, item, lost, output};

const LAST_WEEK: &str = "2026-11-16T06:00:00.000Z";

/// Known rows that are written again in one call, each with the sighting that was read and the attributes
/// that it loses.
fn update(rows: impl IntoIterator<Item = (Value, &'static str, &'static [&'static str])>) -> Call {
    let statement = |(row, read, gone): (Value, &str, &[&str])| {
        let Value::Object(mut row) = item(row) else { panic!("no row") };
        let id = row.remove("id").unwrap();
        let sets: String = row.keys().flat_map(|name| [" SET \"", name, "\"=?"]).collect();
        let removes: String = gone.iter().flat_map(|name| [" REMOVE \"", name, "\""]).collect();
        let values = row.into_iter().map(|(_, value)| value).chain([id, json!({"S": read})]);
        json!({
            "Statement": format!("UPDATE \"artists\"{sets}{removes} WHERE \"id\"=? AND \"last_seen\"=?"),
            "Parameters": values.collect::<Vec<_>>(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    };
    call("BatchExecuteStatement", json!({"Statements": rows.into_iter().map(statement).collect::<Vec<_>>()}))
}

/// What the statements of a call came to, in their order.
fn outcomes(outcomes: impl IntoIterator<Item = Value>) -> Answer {
    output(json!({"Responses": outcomes.into_iter().collect::<Vec<_>>()}))
}

fn carried_out() -> Value {
    json!({"TableName": "artists"})
}

fn failed(code: &str) -> Value {
    json!({"Error": {"Code": code, "Message": "scripted"}, "TableName": "artists"})
}

/// The condition does not hold for the row that is there.
fn changed_to(row: Value) -> Value {
    let mut failed = failed("ConditionalCheckFailed");
    failed["Error"]["Item"] = item(row);
    failed
}

#[tokio::test]
async fn a_first_sighting_in_a_run_is_written_on_an_unchanged_row() {
    let aws = Aws::answering([rows(&[known(1, 7)]), outcomes([carried_out()])]);
    let upserted = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap();
    assert_eq!((upserted.returned, upserted.sighted.len()), (1, 1));
    assert_eq!(aws.sent(), [read([1]), update([(again(1, 9), LAST_WEEK, [].as_slice())])]);
}

#[tokio::test]
async fn known_rows_are_written_again_in_calls_of_25() {
    let all: Vec<Value> = (0..60).map(|number| known(number, 7)).collect();
    let answers = [25, 25, 10].map(|count| outcomes((0..count).map(|_| carried_out())));
    let aws = Aws::answering([rows(&all)].into_iter().chain(answers));
    let seen: Vec<Artist> = (0..60).map(|number| artist(number, Some(9))).collect();
    assert_eq!(upsert(&aws, &seen, &[]).await.unwrap().returned, 60);
    let batch = |numbers: std::ops::Range<u32>| {
        update(numbers.map(|number| (again(number, 9), LAST_WEEK, [].as_slice())))
    };
    assert_eq!(aws.sent()[1..], [batch(0..25), batch(25..50), batch(50..60)]);
}

#[tokio::test]
async fn one_row_that_somebody_changed_holds_up_no_other() {
    let earlier = json!({"last_seen": "2026-11-23T06:00:00.400Z", "sighted_by": "search:other"});
    let theirs = with(again(2, 7), earlier);
    let answers = [carried_out(), changed_to(theirs.clone()), carried_out()];
    let aws = Aws::answering([rows(&[known(1, 7), known(2, 7), known(3, 7)]), outcomes(answers), done()]);
    let seen = [1, 2, 3].map(|number| artist(number, Some(9)));
    let upserted = upsert(&aws, &seen, &[]).await.unwrap();
    assert_eq!((upserted.returned, upserted.changed), (2, 1));
    let both = with(theirs, json!({"followers": 9, "last_seen": "2026-11-23T06:00:00.500Z"}));
    assert_eq!(aws.sent()[2..], [put(both, Some("2026-11-23T06:00:00.400Z"))]);
}

#[tokio::test(start_paused = true)]
async fn statements_that_were_throttled_are_sent_again_until_the_last_round() {
    let both = || rows(&[known(1, 7), known(2, 7)]);
    let seen = [artist(1, Some(9)), artist(2, Some(9))];
    let codes =
        ["ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded", "InternalServerError"];
    let first = outcomes([carried_out(), failed("TransactionConflict")]);
    let later = codes.map(|code| outcomes([failed(code)]));
    let aws = Aws::answering([both(), first].into_iter().chain(later).chain([outcomes([carried_out()])]));
    let before = metrics::throttled();
    assert_eq!(upsert(&aws, &seen, &[]).await.unwrap().returned, 2);
    assert!(metrics::throttled() >= before + 3, "the alarm sees that DynamoDB did not keep up");
    let second = update([(again(2, 9), LAST_WEEK, [].as_slice())]);
    assert_eq!(aws.sent()[2..], [(); 5].map(|()| second.clone()));

    let never = (0..8).map(|_| outcomes([(); 2].map(|()| failed("ThrottlingError"))));
    let aws = Aws::answering([both()].into_iter().chain(never));
    let refused = upsert(&aws, &seen, &[]).await.unwrap_err();
    let PortError::Unavailable { what, why } = &refused else { panic!("{refused}") };
    assert_eq!(what, "DynamoDB BatchExecuteStatement on table artists");
    assert!(why.contains("8 times"), "{why}");
}

#[tokio::test]
async fn a_statement_that_no_retry_mends_is_an_error_that_says_so() {
    for (code, is_ours) in
        [("AccessDenied", true), ("ResourceNotFound", true), ("ValidationError", true), ("Else", false)]
    {
        let aws = Aws::answering([rows(&[known(1, 7)]), outcomes([failed(code)])]);
        let refused = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap_err();
        assert_eq!(matches!(refused, PortError::Misconfigured { .. }), is_ours, "{refused:?}");
        assert!(refused.to_string().contains(code), "{refused}");
    }
    let aws = Aws::answering([rows(&[known(1, 7)]), outcomes([])]);
    let refused = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap_err();
    assert!(refused.to_string().contains("0 of 1 statements"), "{refused}");
}

#[tokio::test]
async fn a_row_that_expired_and_was_deleted_meanwhile_is_new() {
    let aws = Aws::answering([rows(&[known(1, 7)]), outcomes([failed("ConditionalCheckFailed")]), done()]);
    let upserted = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap();
    assert_eq!((upserted.new, upserted.returned), (1, 0));
    assert_eq!(aws.sent()[2], put(first(1, 9), None));
}

#[tokio::test]
async fn a_row_that_says_nothing_new_is_not_written() {
    let aws = Aws::answering([rows(&[again(1, 9)])]);
    let upserted = upsert(&aws, &[artist(1, None)], &[]).await.unwrap();
    assert_eq!((upserted.unchanged, upserted.sighted.len()), (1, 1), "of the same term after a crash");
    assert_eq!(aws.sent(), [read([1])]);
}

#[tokio::test]
async fn a_row_that_expired_but_is_still_there_is_known() {
    let expired = with(known(1, 7), json!({"expires_at": 1}));
    let aws = Aws::answering([rows(&[expired]), outcomes([carried_out()])]);
    assert_eq!(upsert(&aws, &[artist(1, Some(7))], &[]).await.unwrap().returned, 1);
    assert_eq!(aws.sent()[1], update([(again(1, 7), LAST_WEEK, [].as_slice())]), "and lives on");
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_kept() {
    // The other one has popularity and genres, and comes from the same run; this one has the followers.
    let seen = "2026-11-23T06:00:00.400Z";
    let theirs = json!({
        "last_seen": seen, "last_run": "2026-11-23", "sighted_by": "search:other", "popularity": 50,
        "genres": ["pop"], "not_provided": [],
    });
    let theirs = with(known(1, 7), theirs);
    let aws = Aws::answering([rows(&[known(1, 7)]), outcomes([changed_to(theirs.clone())]), done()]);
    let upserted = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap();
    assert_eq!((upserted.returned, upserted.changed), (0, 1), "the other one has counted it");
    assert!(upserted.sighted.is_empty());
    let both = with(
        theirs,
        json!({
            "followers": 9, "last_seen": "2026-11-23T06:00:00.500Z", "expires_at": expires_at(sighting().at),
        }),
    );
    let expected = [read([1]), update([(again(1, 9), LAST_WEEK, [].as_slice())]), put(both, Some(seen))];
    // An empty list is not written.
    let mut sent = aws.sent();
    sent[2].input["Item"].as_object_mut().unwrap().entry("not_provided").or_insert(json!({"L": []}));
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_may_leave_nothing_to_write() {
    let theirs =
        with(again(1, 9), json!({"last_seen": "2026-11-23T06:00:00.700Z", "sighted_by": "search:other"}));
    let aws = Aws::answering([rows(&[known(1, 7)]), outcomes([changed_to(theirs)])]);
    let upserted = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap();
    assert_eq!((upserted.unchanged, upserted.returned, upserted.sighted.len()), (1, 0, 0));
    assert_eq!(aws.operations(), ["BatchGetItem", "BatchExecuteStatement"]);
}

#[tokio::test(start_paused = true)]
async fn a_row_whose_write_was_not_answered_counts_once() {
    let already = || outcomes([changed_to(again(1, 9))]);
    let aws = Aws::answering([rows(&[known(1, 7)]), lost(), already()]);
    let upserted = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap();
    assert_eq!((upserted.returned, upserted.unchanged), (1, 0));
    assert_eq!(aws.operations(), ["BatchGetItem", "BatchExecuteStatement", "BatchExecuteStatement"]);
}

#[tokio::test]
async fn a_row_that_others_change_again_and_again_is_given_up_by_name() {
    let theirs =
        |second: u32| with(known(1, 7), json!({"last_seen": format!("2026-11-20T06:00:0{second}.000Z")}));
    let begin = [rows(&[known(1, 7)]), outcomes([changed_to(theirs(0))])];
    let puts = (1..=5).map(|second| condition_failed_on(&item(theirs(second))));
    let aws = Aws::answering(begin.into_iter().chain(puts));
    let refused = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap_err();
    assert!(refused.to_string().contains(id(1).as_str()), "{refused}");
    assert_eq!(aws.sent().len(), 7);
}

#[tokio::test]
async fn a_full_artist_completes_a_stub_and_takes_it_off_the_index() {
    let aws = Aws::answering([rows(&[stub(1)]), outcomes([carried_out()])]);
    let upserted = upsert(&aws, &[artist(1, Some(9))], &[]).await.unwrap();
    assert_eq!((upserted.completed, upserted.stubs), (1, 0));
    let row = with(first(1, 9), json!({"not_provided": ["popularity", "genres"]}));
    let leaves = update([(row, "2026-11-23T06:00:00.500Z", ["prominence", "stub"].as_slice())]);
    assert_eq!(aws.sent()[1], leaves, "it leaves the index of stubs");
}
