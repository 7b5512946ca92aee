//! The control table: runs open and close once despite lost answers, and the overview is complete or an
//! error.

use std::time::Duration;

use collect::plan::{Finding, LimitsFinding, OperatorFinding};
use collect::ports::{Control, Opening, PortError, Records};
use collect::run::{Counting, Expiring, Report, Run, RunState, Seeding};
use collect::term::{Operator, RunId, TermKey};
use collect::web_api::{Endpoint, PageLimits};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{
    Answer, Aws, Call, UNDERSTOOD, call, condition_failed, condition_failed_on, done, if_understood, item,
    lost, output,
};

fn now() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn id() -> RunId {
    RunId::new("2026-11-23").unwrap()
}

fn run() -> Run {
    Run::open(id(), now())
}

/// A run as it is stored.
fn stored(run: &Run, at: &str) -> Value {
    let mut stored = serde_json::to_value(run).unwrap();
    stored["id"] = json!(at);
    item(stored)
}

fn key(id: &str) -> Value {
    item(json!({"id": id}))
}

fn get(id: &str) -> Call {
    call("GetItem", json!({"TableName": "control", "Key": key(id), "ConsistentRead": true}))
}

fn read(items: &[Value], left: &[&str]) -> Answer {
    let left: Vec<Value> = left.iter().map(|id| key(id)).collect();
    let left =
        if left.is_empty() { json!({}) } else { json!({"control": {"Keys": left, "ConsistentRead": true}}) };
    output(json!({"Responses": {"control": items}, "UnprocessedKeys": left}))
}

#[tokio::test(start_paused = true)]
async fn an_overview_asks_again_for_what_was_left_over() {
    let limits = item(json!({"id": "capability", "page": 10, "window": 1000}));
    let aws = Aws::answering([
        read(&[stored(&run(), "current")], &["capability", "pace"]),
        read(&[], &["capability", "pace"]),
        read(&[limits], &[]),
    ]);
    let overview = aws.control().overview().await.unwrap();
    assert_eq!((overview.run, overview.limits.unwrap().limits.page), (Some(run()), 10));
    let asked = |ids: &[&str]| {
        let keys: Vec<Value> = ids.iter().map(|id| key(id)).collect();
        call("BatchGetItem", json!({"RequestItems": {"control": {"Keys": keys, "ConsistentRead": true}}}))
    };
    let left = asked(&["capability", "pace"]);
    let all = asked(&["current", "capability", "pace", "endpoints", "yields", "expiring"]);
    assert_eq!(aws.sent(), [all, left.clone(), left]);
}

#[tokio::test(start_paused = true)]
async fn an_overview_that_is_never_complete_is_an_error() {
    let started = tokio::time::Instant::now();
    let aws = Aws::answering((0..8).map(|_| read(&[], &["pace"])));
    let overview = aws.control().overview().await.unwrap_err();
    assert!(matches!(&overview, PortError::Unavailable { what, .. } if what.contains("BatchGetItem")));
    assert_eq!(aws.sent().len(), 8);
    let waited = started.elapsed();
    assert!((Duration::from_secs(5)..Duration::from_secs(8)).contains(&waited), "{waited:?} in virtual time");
}

#[tokio::test]
async fn a_run_opens_in_the_place_of_a_closed_one_whose_record_is_kept_first() {
    let last = Run::open(RunId::new("2026-11-16").unwrap(), now()).closed(Report::default(), now());
    let aws = Aws::answering([done(), output(json!({"Item": stored(&last, "current")})), done(), done()]);
    assert_eq!(aws.control().open(&run()).await.unwrap(), Opening::Opened);
    let record = json!({
        "TableName": "control", "Item": stored(&last, "run#2026-11-16"),
        "ConditionExpression": if_understood("attribute_not_exists(id)"),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let is_free = "attribute_not_exists(id) OR (#state <> :running AND #run <> :run)";
    let open = json!({
        "TableName": "control", "Item": stored(&run(), "current"),
        "ConditionExpression": if_understood(is_free),
        "ExpressionAttributeNames": {"#run": "run", "#state": "state"},
        "ExpressionAttributeValues": item(json!({":run": "2026-11-23", ":running": "running"})),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let sent = aws.sent();
    assert_eq!(sent[..2], [get("run#2026-11-23"), get("current")]);
    assert_eq!(sent[2..], [call("PutItem", record), call("PutItem", open)]);
    assert_eq!(sent[2].input["Item"].get("expires_at"), None, "reports are kept for good");
}

#[tokio::test]
async fn a_run_that_was_recorded_does_not_open_again() {
    let closed = run().closed(Report::default(), now());
    let aws = Aws::answering([output(json!({"Item": stored(&closed, "run#2026-11-23")}))]);
    assert_eq!(aws.control().open(&run()).await.unwrap(), Opening::AlreadyClosed);
    assert_eq!(aws.only(), get("run#2026-11-23"));
}

#[tokio::test]
async fn a_closed_run_is_read_from_its_record() {
    let closed = run().closed(Report::default(), now());
    let aws = Aws::answering([output(json!({"Item": stored(&closed, "run#2026-11-23")})), done()]);
    assert_eq!(aws.control().closed_run(&id()).await.unwrap(), Some(closed));
    assert_eq!(aws.control().closed_run(&id()).await.unwrap(), None);
    assert_eq!(aws.sent(), [get("run#2026-11-23"), get("run#2026-11-23")]);
}

#[tokio::test]
async fn whoever_finds_the_place_taken_learns_by_what() {
    let other = Run::open(RunId::new("by-hand").unwrap(), now());
    let earlier = Run { opened_at: now() - Duration::from_secs(1), ..run() };
    let closed = earlier.clone().closed(Report::default(), now());
    for (standing, expected) in [
        (&other, Opening::Busy(other.id.clone())),
        (&earlier, Opening::AlreadyOpen),
        (&closed, Opening::AlreadyClosed),
    ] {
        // Between the reads and the write somebody else has opened it.
        let aws = Aws::answering([done(), done(), condition_failed_on(&stored(standing, "current"))]);
        assert_eq!(aws.control().open(&run()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_run_closes_only_as_it_was_seen_and_its_report_is_kept_for_good() {
    let idle =
        Run { idle_since: Some(now()), ..run() }.closed(Report { done: 3, ..Report::default() }, now());
    let aws = Aws::answering([done(), done()]);
    assert!(aws.control().close(&idle).await.unwrap());
    let as_seen =
        "#run = :run AND #state = :running AND attribute_not_exists(resumed) AND idle_since = :since";
    let close = json!({
        "TableName": "control", "Item": stored(&idle, "current"),
        "ConditionExpression": if_understood(as_seen),
        "ExpressionAttributeNames": {"#run": "run", "#state": "state"},
        "ExpressionAttributeValues":
            item(json!({":run": "2026-11-23", ":running": "running", ":since": "2026-11-23T06:00:00Z"})),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let record = json!({
        "TableName": "control", "Item": stored(&idle, "run#2026-11-23"),
        "ConditionExpression": if_understood("attribute_not_exists(id)"),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(aws.sent(), [call("PutItem", close), call("PutItem", record)]);
}

#[tokio::test]
async fn what_a_run_must_look_like_to_close_depends_on_whether_it_was_stopped() {
    let idle = Run { idle_since: Some(now()), ..run() };
    let stopped = Run { stopped: Some("no Premium".to_owned()), ..idle.clone() };
    for (run, condition) in [
        (
            run(),
            "#run = :run AND #state = :running AND attribute_not_exists(resumed) AND attribute_not_exists(idle_since)",
        ),
        (idle, "#run = :run AND #state = :running AND attribute_not_exists(resumed) AND idle_since = :since"),
        (stopped, "#run = :run AND #state = :running AND attribute_not_exists(resumed)"),
    ] {
        let aws = Aws::answering([condition_failed()]);
        assert!(!aws.control().close(&run.closed(Report::default(), now())).await.unwrap());
        assert_eq!(
            aws.only().input["ConditionExpression"],
            if_understood(condition),
            "and no record is written"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_closing_was_not_answered_is_closed_and_recorded() {
    let closed = Run { idle_since: Some(now()), ..run() }.closed(Report::default(), now());
    let own = condition_failed_on(&stored(&closed, "current"));
    let aws = Aws::answering([lost(), own, done()]);
    assert!(aws.control().close(&closed).await.unwrap());
    assert_eq!(aws.sent()[2].input["Item"]["id"], json!({"S": "run#2026-11-23"}));

    let other = Run { state: RunState::Partial, ..closed.clone() };
    let aws = Aws::answering([lost(), condition_failed_on(&stored(&other, "current"))]);
    assert!(!aws.control().close(&closed).await.unwrap(), "somebody else was faster");
}

#[tokio::test]
async fn a_stopped_run_is_resumed_as_it_was_seen_and_recorded_anew() {
    let stopped = Run { stopped: Some("no Premium".to_owned()), seeded: true, ..run() };
    let resumed = stopped.closed(Report::default(), now()).resumed();
    let aws = Aws::answering([done(), condition_failed_on(&stored(&resumed, "current")), condition_failed()]);
    let control = aws.control();
    assert!(control.resume(&resumed).await.unwrap());
    assert!(control.resume(&resumed).await.unwrap(), "the answer to the first call may have been lost");
    assert!(!control.resume(&resumed).await.unwrap());
    let as_seen = "#run = :run AND attribute_exists(stopped) AND attribute_not_exists(resumed)";
    let resume = json!({
        "TableName": "control", "Item": stored(&resumed, "current"),
        "ConditionExpression": if_understood(as_seen),
        "ExpressionAttributeNames": {"#run": "run"},
        "ExpressionAttributeValues": item(json!({":run": "2026-11-23"})),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(aws.sent()[0], call("PutItem", resume));

    let closed = Run { idle_since: Some(now()), ..resumed }.closed(Report::default(), now());
    let aws = Aws::answering([done(), done()]);
    assert!(aws.control().close(&closed).await.unwrap());
    let conditions = aws.sent().into_iter().map(|call| call.input["ConditionExpression"].clone());
    assert_eq!(
        conditions.collect::<Vec<_>>(),
        [
            if_understood("#run = :run AND #state = :running AND resumed = :resumed AND idle_since = :since"),
            if_understood("attribute_not_exists(id) OR attribute_not_exists(resumed) OR resumed < :resumed"),
        ]
    );
}

/// The request that changes the open run.
fn change(update: &str, mut values: Value) -> Call {
    values[":run"] = json!("2026-11-23");
    values[":running"] = json!("running");
    let input = json!({
        "TableName": "control", "Key": key("current"),
        "ConditionExpression": if_understood("#run = :run AND #state = :running"),
        "UpdateExpression": update,
        "ExpressionAttributeNames": {"#run": "run", "#state": "state"},
        "ExpressionAttributeValues": item(values),
        "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    call("UpdateItem", input)
}

#[tokio::test]
async fn a_run_is_marked_only_while_it_is_the_open_one() {
    let aws = Aws::answering([done(), done(), done(), done(), done(), condition_failed()]);
    let control = aws.control();
    let seeding = Seeding::Strings { put: 7 };
    control.mark_seeding(&id(), &seeding).await.unwrap();
    control.mark_seeded(&id()).await.unwrap();
    control.mark_idle(&id(), Some(now())).await.unwrap();
    control.mark_idle(&id(), None).await.unwrap();
    control.stop(&id(), "no Premium").await.unwrap();
    control.stop(&id(), "no Premium").await.expect("a run that is over is left as it is");
    let stop = change("SET stopped = if_not_exists(stopped, :reason)", json!({":reason": "no Premium"}));
    let expected = [
        change("SET seeding = :seeding", json!({":seeding": {"strings": {"put": 7}}})),
        change("SET seeded = :yes", json!({":yes": true})),
        change("SET idle_since = :since REMOVE counting", json!({":since": "2026-11-23T06:00:00Z"})),
        change("REMOVE idle_since, counting", json!({})),
        stop.clone(),
        stop,
    ];
    assert_eq!(aws.sent(), expected);
}

#[tokio::test]
async fn a_saturated_word_is_added_to_those_of_its_run() {
    let words = |words: &[&str]| json!({"words": {"SS": words}});
    let aws = Aws::answering([output(json!({"Attributes": words(&["dj", "the"])})), done()]);
    let control = aws.control();
    assert_eq!(control.saturated_words(&id(), Some("the")).await.unwrap(), ["dj", "the"]);
    assert!(control.saturated_words(&id(), None).await.unwrap().is_empty());
    let add = json!({
        "TableName": "control", "Key": key("words#2026-11-23"),
        "UpdateExpression": "ADD words :word", "ConditionExpression": UNDERSTOOD,
        "ExpressionAttributeValues": {":word": {"SS": ["the"]}},
        "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(aws.sent(), [call("UpdateItem", add), get("words#2026-11-23")]);
}

#[tokio::test]
async fn the_words_of_a_closed_run_get_their_end_in_seconds_if_there_are_any() {
    let aws = Aws::answering([condition_failed()]);
    aws.control().expire(&id(), now()).await.unwrap();
    let expected = json!({
        "TableName": "control", "Key": key("words#2026-11-23"),
        "ConditionExpression": if_understood("attribute_exists(id)"),
        "UpdateExpression": "SET expires_at = :end",
        "ExpressionAttributeValues": item(json!({":end": now().as_second()})),
        "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(aws.only(), call("UpdateItem", expected));
}

#[tokio::test]
async fn a_count_is_kept_on_the_same_condition_as_a_run_is_closed() {
    let after = || TermKey::parse("search:m").unwrap();
    let counting = Counting { after: Some(after()), ..Counting::default() };
    let idle = Run { idle_since: Some(now()), ..run() };
    let stopped = Run { stopped: Some("no Premium".to_owned()), ..idle.clone() };
    let is_open = "#run = :run AND #state = :running AND attribute_not_exists(resumed)";
    for (run, condition, since) in [
        (&idle, format!("{is_open} AND idle_since = :since"), json!("2026-11-23T06:00:00Z")),
        (&stopped, is_open.to_owned(), json!(null)),
    ] {
        let aws = Aws::answering([done(), condition_failed()]);
        let control = aws.control();
        assert!(control.mark_counting(run, &counting).await.unwrap());
        assert!(!control.mark_counting(run, &counting).await.unwrap(), "it is idle no longer");
        let sent = &aws.sent()[0].input;
        assert_eq!(sent["ConditionExpression"], if_understood(&condition));
        assert_eq!(sent["UpdateExpression"], "SET counting = :counting");
        let values = &sent["ExpressionAttributeValues"];
        assert_eq!(values[":counting"]["M"]["after"]["S"], "search:m");
        assert_eq!(values[":since"]["S"], since);
    }
}

#[tokio::test]
async fn one_item_records_how_far_each_run_has_expired() {
    let expiring = |after: Option<&str>| Expiring {
        since: now(),
        end: now() + Duration::from_hours(90 * 24),
        after: after.map(|key| TermKey::parse(key).unwrap()),
    };
    let aws = Aws::answering([done(), condition_failed(), done()]);
    let control = aws.control();
    control.note_expiring(&id(), &expiring(None)).await.unwrap();
    control.mark_expiring(&id(), Some(&expiring(Some("search:m")))).await.unwrap();
    control.mark_expiring(&id(), None).await.unwrap();
    let sent = aws.sent();
    for (call, (update, condition)) in sent.iter().zip([
        ("SET #of = :expiring", json!(UNDERSTOOD)),
        ("SET #of = :expiring", json!(if_understood("attribute_exists(#of)"))),
        ("REMOVE #of", json!(UNDERSTOOD)),
    ]) {
        assert_eq!((&call.input["Key"], &call.input["UpdateExpression"]), (&key("expiring"), &json!(update)));
        assert_eq!(call.input["ConditionExpression"], condition);
        assert_eq!(call.input["ExpressionAttributeNames"], json!({"#of": "run#2026-11-23"}));
    }
    let stored = json!({
        "id": {"S": "expiring"}, "run#2026-11-23": sent[1].input["ExpressionAttributeValues"][":expiring"],
    });
    let aws = Aws::answering([output(json!({"Responses": {"control": [stored]}}))]);
    let read = aws.control().overview().await.unwrap().expiring;
    assert_eq!(read, [(id(), expiring(Some("search:m")))].into());
}

#[tokio::test]
async fn words_that_are_none_are_unreadable() {
    let aws = Aws::answering([output(json!({"Item": {"words": {"L": []}}}))]);
    let error = aws.control().saturated_words(&id(), None).await.unwrap_err();
    assert!(error.to_string().contains("words#2026-11-23 in table control"), "{error}");
}

#[tokio::test]
async fn what_is_found_out_is_put_beside_what_is_known() {
    let aws = Aws::answering([done(), done(), done()]);
    let control = aws.control();
    let not_quotes = OperatorFinding::new(true, &id(), now());
    control.note_operator(Operator::NotQuotes, &not_quotes).await.unwrap();
    let limits = LimitsFinding::new(PageLimits { page: 10, depth: 1000 }, &id(), now());
    control.limit_pages(&limits).await.unwrap();
    let closed = Finding::closed(&id(), now(), "403".to_owned());
    control.note_endpoint(Endpoint::RelatedArtists, &closed).await.unwrap();
    let assigned = |call: &Call| {
        let (names, values) =
            (&call.input["ExpressionAttributeNames"], &call.input["ExpressionAttributeValues"]);
        let mut set = json!({});
        for assignment in call.input["UpdateExpression"].as_str().unwrap()["SET ".len()..].split(", ") {
            let (name, value) = assignment.split_once(" = ").unwrap();
            set[names[name].as_str().unwrap()] = values[value].clone();
        }
        (call.operation.clone(), call.input["Key"].clone(), call.input["ConditionExpression"].clone(), set)
    };
    let expected =
        |of: &str, attributes: Value| ("UpdateItem".to_owned(), key(of), json!(UNDERSTOOD), item(attributes));
    let at = "2026-11-23T06:00:00Z";
    let sent = aws.sent();
    let works = json!({"not-quotes_works": true, "not-quotes_run": "2026-11-23", "not-quotes_at": at});
    assert_eq!(assigned(&sent[0]), expected("capability", works));
    let shown = json!({"page": 10, "window": 1000, "limits_run": "2026-11-23", "limits_at": at});
    assert_eq!(assigned(&sent[1]), expected("capability", shown));
    let found = json!({"open": false, "refusal": "403", "at": at, "run": "2026-11-23"});
    assert_eq!(assigned(&sent[2]), expected("endpoints", json!({"related-artists": found})));
}
