//! The terms table: every write is conditional, and every read that counts terms reads all pages.

use collect::ports::{Claim, Finish, Frontier, Kept, PortError, Ranked, Revival, TermPage};
use collect::term::{
    Lane, LastPage, Progress, Question, RunId, SearchProgress, SearchTerm, Source, Tally, Term, TermKey,
    TermState, TermSummary,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Aws, Call, call, condition_failed, done, error, item, lost, output, throttled};

fn run() -> RunId {
    RunId::new("2026-11-23").unwrap()
}

fn term(query: &str, priority: f64) -> Term {
    Term::new(run(), Source::Search, Question::Search(SearchTerm::new(query).unwrap()), priority)
}

fn claim(generation: u32) -> Claim {
    Claim { run: run(), key: key("abc"), generation }
}

fn key(query: &str) -> TermKey {
    term(query, 0.0).key()
}

/// The key of an item.
fn item_key(query: &str) -> Value {
    item(json!({"run": "2026-11-23", "key": format!("search:{query}")}))
}

/// A term as it is stored, with as many rows on its last page as requests.
fn stored(query: &str, state: &str, requests: u32) -> Value {
    item(json!({
        "run": "2026-11-23", "key": format!("search:{query}"), "source": "search", "state": state,
        "ready_lane": "2026-11-23#ready#search", "priority": 2.5, "generation": 3, "depth": 0, "attempts": 0,
        "tally": {"requests": requests}, "progress": {"search": {"last_page": {"rows": requests}}},
    }))
}

/// Progress that tells one write from another.
fn progress(rows: u32) -> Progress {
    SearchProgress { last_page: LastPage { rows, new: 0 }, ..SearchProgress::default() }.into()
}

fn tally(requests: u32) -> Tally {
    Tally { requests, ..Tally::default() }
}

/// Takes progress and tally out of a request: the rows of the last page, and the requests.
fn take_kept(call: &mut Call) -> [Value; 2] {
    let values = call.input["ExpressionAttributeValues"].as_object_mut().unwrap();
    let mut search = values.remove(":progress").unwrap()["M"]["search"].take();
    let mut tally = values.remove(":tally").unwrap();
    [search["M"]["last_page"]["M"]["rows"]["N"].take(), tally["M"]["requests"]["N"].take()]
}

fn lease_end() -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_123).unwrap()
}

#[tokio::test]
async fn a_new_term_is_put_only_where_none_stands_and_has_no_end() {
    let aws = Aws::answering([done(), condition_failed(), done()]);
    let terms = [term("abc", 2.5), term("abd", 2.0), term("abe", 1.0)];
    let parent = Term { parent: Some(key("ab")), depth: 4, ..terms[0].clone() };
    let new = aws.frontier().put_new(&[parent, terms[1].clone(), terms[2].clone()]).await.unwrap();
    assert_eq!(new, 2, "one of them stood there");
    let mut put = aws.sent().remove(0);
    for kept in ["progress", "tally"] {
        put.input["Item"].as_object_mut().unwrap().remove(kept).unwrap();
    }
    let expected = json!({
        "TableName": "terms",
        "Item": item(json!({
            "run": "2026-11-23", "key": "search:abc", "source": "search", "state": "ready",
            "lane": "2026-11-23#ready#search", "rank": 2.5, "ready_lane": "2026-11-23#ready#search",
            "priority": 2.5, "generation": 0, "attempts": 0, "parent": "search:ab", "depth": 4,
        })),
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": "key"},
    });
    assert_eq!(put, call("PutItem", expected));
}

#[tokio::test]
async fn terms_that_could_not_all_be_put_are_an_error() {
    let aws = Aws::answering([done(), error("ResourceNotFoundException"), done()]);
    let put = aws.frontier().put_new(&[term("a", 1.0), term("b", 1.0), term("c", 1.0)]).await;
    assert!(matches!(put, Err(PortError::Misconfigured { .. })), "{put:?}");
}

#[tokio::test]
async fn a_term_is_read_consistently_by_its_key() {
    let aws = Aws::answering([output(json!({"Item": stored("abc", "sent", 7)})), done()]);
    let frontier = aws.frontier();
    let read = frontier.get(&run(), &key("abc")).await.unwrap().unwrap();
    assert_eq!(
        (read.state, read.generation, read.progress, read.tally),
        (TermState::Sent, 3, progress(7), tally(7))
    );
    assert_eq!(frontier.get(&run(), &key("abc")).await.unwrap(), None, "it has expired");
    let expected =
        call("GetItem", json!({"TableName": "terms", "Key": item_key("abc"), "ConsistentRead": true}));
    assert_eq!(aws.sent(), [expected.clone(), expected]);
}

#[tokio::test]
async fn a_term_that_cannot_be_read_is_named() {
    for (name, wrong) in [("state", json!("asleep")), ("source", json!(null)), ("generation", json!(-1))] {
        let mut edited = stored("abc", "ready", 0);
        edited[name] = item(json!({ name: wrong }))[name].take();
        let aws = Aws::answering([output(json!({"Item": edited}))]);
        let read = aws.frontier().get(&run(), &key("abc")).await.unwrap_err();
        let PortError::Corrupt { what, .. } = &read else { panic!("{read}") };
        assert_eq!(what, "the term search:abc of run 2026-11-23 in table terms");
    }
}

#[tokio::test]
async fn a_ready_lane_is_read_from_its_best_term_down() {
    let entry = |query: &str, rank: f64| {
        item(json!({"run": "2026-11-23", "key": format!("search:{query}"), "rank": rank, "lane": "ready"}))
    };
    let aws = Aws::answering([output(json!({"Items": [entry("abc", 7.5), entry("abd", 2.0)]}))]);
    let lane = aws.frontier().lane(&run(), Lane::Ready(Source::Search), 40).await.unwrap();
    let ranked = |query: &str, rank| Ranked { key: key(query), rank };
    assert_eq!(lane, [ranked("abc", 7.5), ranked("abd", 2.0)]);
    let expected = json!({
        "TableName": "terms", "IndexName": "lanes", "Limit": 40, "ScanIndexForward": false,
        "KeyConditionExpression": "#lane = :lane",
        "ExpressionAttributeNames": {"#lane": "lane"},
        "ExpressionAttributeValues": item(json!({":lane": "2026-11-23#ready#search"})),
    });
    assert_eq!(aws.only(), call("Query", expected));
}

#[tokio::test]
async fn expired_leases_are_read_from_the_one_that_ended_first() {
    let aws = Aws::answering([output(json!({"Items": []}))]);
    assert_eq!(aws.frontier().lane(&run(), Lane::SentUntil(lease_end()), 100).await.unwrap(), []);
    let expected = json!({
        "TableName": "terms", "IndexName": "lanes", "Limit": 100,
        "KeyConditionExpression": "#lane = :lane AND #rank <= :until",
        "ExpressionAttributeNames": {"#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({":lane": "2026-11-23#sent", ":until": 1_800_000_000_123_u64})),
    });
    assert_eq!(aws.only(), call("Query", expected));
}

#[tokio::test]
async fn a_lane_with_a_key_that_asks_nothing_is_unreadable() {
    let aws = Aws::answering([output(json!({"Items": [item(json!({"key": "search"}))]}))]);
    let lane = aws.frontier().lane(&run(), Lane::Ready(Source::Search), 40).await.unwrap_err();
    assert!(lane.to_string().contains("index lanes of table terms"), "{lane}");
}

#[tokio::test]
async fn sent_terms_are_counted_on_every_page_until_the_limit() {
    let after = |query: &str| json!({"lane": {"S": "2026-11-23#sent"}, "key": {"S": query}});
    let page = |count: u32, next: &str| output(json!({"Count": count, "LastEvaluatedKey": after(next)}));
    let aws = Aws::answering([page(8_000, "a"), page(0, "b"), output(json!({"Count": 300}))]);
    assert_eq!(aws.frontier().count(&run(), Lane::SENT, 20_000).await.unwrap(), 8_300);
    let query = |limit: u32, start: Option<&str>| {
        let mut input = json!({
            "TableName": "terms", "IndexName": "lanes", "Limit": limit, "Select": "COUNT",
            "KeyConditionExpression": "#lane = :lane",
            "ExpressionAttributeNames": {"#lane": "lane"},
            "ExpressionAttributeValues": item(json!({":lane": "2026-11-23#sent"})),
        });
        if let Some(start) = start {
            input["ExclusiveStartKey"] = after(start);
        }
        call("Query", input)
    };
    assert_eq!(aws.sent(), [query(20_000, None), query(12_000, Some("a")), query(12_000, Some("b"))]);

    let aws = Aws::answering([page(40, "a")]);
    assert_eq!(aws.frontier().count(&run(), Lane::SENT, 40).await.unwrap(), 40, "the window is full");
    assert_eq!(aws.only(), query(40, None));
}

#[tokio::test]
async fn a_sent_term_is_given_back_as_it_was_last_written() {
    let aws = Aws::answering([done(), condition_failed()]);
    let frontier = aws.frontier();
    assert!(frontier.give_back(&claim(4), None).await.unwrap());
    assert!(!frontier.give_back(&claim(4), None).await.unwrap());
    let expected = json!({
        "TableName": "terms", "Key": item_key("abc"),
        "ConditionExpression":
            "(generation = :generation AND #state = :sent) AND attribute_not_exists(schema_version)",
        "UpdateExpression": "SET #state = :ready, #lane = ready_lane, #rank = priority",
        "ExpressionAttributeNames": {"#state": "state", "#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({":generation": 4, ":ready": "ready", ":sent": "sent"})),
    });
    assert_eq!(aws.sent()[0], call("UpdateItem", expected));
}

#[tokio::test]
async fn what_a_returned_term_keeps_is_written_with_its_place() {
    let aws = Aws::answering([done()]);
    let kept = Kept { progress: &progress(9), tally: tally(9), priority: 0.5, attempts: 2 };
    assert!(aws.frontier().give_back(&claim(4), Some(kept)).await.unwrap());
    let mut sent = aws.only();
    assert_eq!(take_kept(&mut sent), [json!("9"), json!("9")]);
    let expected = json!({
        "TableName": "terms", "Key": item_key("abc"),
        "ConditionExpression":
            "(generation = :generation AND #state = :sent) AND attribute_not_exists(schema_version)",
        "UpdateExpression": "SET #state = :ready, #lane = ready_lane, #rank = :priority, priority = :priority, \
                             progress = :progress, tally = :tally, attempts = :attempts",
        "ExpressionAttributeNames": {"#state": "state", "#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({
            ":generation": 4, ":ready": "ready", ":sent": "sent", ":priority": 0.5, ":attempts": 2,
        })),
    });
    assert_eq!(sent, call("UpdateItem", expected));
}

#[tokio::test]
async fn progress_is_saved_only_for_the_holder_of_the_claim() {
    let aws = Aws::answering([done(), condition_failed()]);
    let frontier = aws.frontier();
    assert!(frontier.save(&claim(4), &progress(9), tally(9), 2, lease_end()).await.unwrap());
    assert!(!frontier.save(&claim(4), &progress(9), tally(9), 2, lease_end()).await.unwrap());
    let mut sent = aws.sent().remove(0);
    assert_eq!(take_kept(&mut sent), [json!("9"), json!("9")]);
    let expected = json!({
        "TableName": "terms", "Key": item_key("abc"),
        "ConditionExpression":
            "generation = :generation AND #state IN (:ready, :sent) AND attribute_not_exists(schema_version)",
        "UpdateExpression":
            "SET #state = :sent, #lane = :lane, #rank = :until, progress = :progress, tally = :tally, attempts = :attempts",
        "ExpressionAttributeNames": {"#state": "state", "#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({
            ":generation": 4, ":ready": "ready", ":sent": "sent", ":lane": "2026-11-23#sent",
            ":until": 1_800_000_000_123_u64, ":attempts": 2,
        })),
    });
    assert_eq!(sent, call("UpdateItem", expected));
}

#[tokio::test]
async fn a_finished_term_leaves_the_lanes_and_keeps_its_reason() {
    let finish = |reason: Option<&str>| Finish {
        state: TermState::Open,
        progress: progress(9),
        tally: tally(9),
        attempts: 1,
        reason: reason.map(str::to_owned),
    };
    let aws = Aws::answering([done(), done(), condition_failed()]);
    let frontier = aws.frontier();
    assert!(frontier.finish(&claim(4), &finish(Some("saturated"))).await.unwrap());
    assert!(frontier.finish(&claim(4), &finish(None)).await.unwrap());
    assert!(!frontier.finish(&claim(4), &finish(None)).await.unwrap(), "it was finished, or has expired");
    let mut sent = aws.sent();
    assert_eq!(take_kept(&mut sent[0]), [json!("9"), json!("9")]);
    assert_eq!(take_kept(&mut sent[1]), [json!("9"), json!("9")]);
    let mut expected = json!({
        "TableName": "terms", "Key": item_key("abc"),
        "ConditionExpression":
            "generation = :generation AND #state IN (:ready, :sent) AND attribute_not_exists(schema_version)",
        "UpdateExpression": "SET #state = :end, progress = :progress, tally = :tally, attempts = :attempts, reason = :reason \
                             REMOVE #lane, #rank",
        "ExpressionAttributeNames": {"#state": "state", "#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({
            ":generation": 4, ":ready": "ready", ":sent": "sent", ":end": "open", ":attempts": 1,
            ":reason": "saturated",
        })),
    });
    assert_eq!(sent[0], call("UpdateItem", expected.clone()));
    expected["UpdateExpression"] = json!(
        "SET #state = :end, progress = :progress, tally = :tally, attempts = :attempts REMOVE #lane, #rank, reason"
    );
    expected["ExpressionAttributeValues"].as_object_mut().unwrap().remove(":reason").unwrap();
    assert_eq!(sent[1], call("UpdateItem", expected));
}

#[tokio::test]
async fn a_failed_term_is_revived_as_the_next_generation() {
    let aws = Aws::answering([done(), condition_failed()]);
    let frontier = aws.frontier();
    let failed = Term { generation: 4, state: TermState::Failed, ..term("abc", 2.5) };
    assert!(frontier.revive(&failed).await.unwrap());
    assert!(!frontier.revive(&failed).await.unwrap());
    let expected = json!({
        "TableName": "terms", "Key": item_key("abc"),
        "ConditionExpression":
            "(generation = :generation AND #state = :failed) AND attribute_not_exists(schema_version)",
        "UpdateExpression": "SET #state = :ready, #lane = :lane, #rank = priority, attempts = :none, \
                             generation = :next REMOVE reason",
        "ExpressionAttributeNames": {"#state": "state", "#lane": "lane", "#rank": "rank"},
        "ExpressionAttributeValues": item(json!({
            ":generation": 4, ":next": 5, ":none": 0, ":failed": "failed", ":ready": "ready",
            ":lane": "2026-11-23#ready#search",
        })),
    });
    assert_eq!(aws.sent()[0], call("UpdateItem", expected));
}

#[tokio::test]
async fn a_page_is_one_consistent_query_and_says_where_the_next_one_begins() {
    let aws = Aws::answering([
        output(json!({
            "Items": [stored("b", "split", 20), stored("c", "failed", 5)], "LastEvaluatedKey": item_key("c"),
        })),
        // A page may be empty and not the last.
        output(json!({"Items": [], "LastEvaluatedKey": item_key("d")})),
        output(json!({"Items": [stored("e", "ready", 0)]})),
    ]);
    let frontier = aws.frontier();
    let page = frontier.page(&run(), Some(&key("a")), 3).await.unwrap();
    let read = |term: &TermSummary| (term.key.clone(), term.state, term.tally.requests, term.priority);
    let expected = [(key("b"), TermState::Split, 20, 2.5), (key("c"), TermState::Failed, 5, 2.5)];
    assert_eq!(page.terms.iter().map(read).collect::<Vec<_>>(), expected);
    assert_eq!(page.next, Some(key("c")));
    let page = frontier.page(&run(), page.next.as_ref(), 3).await.unwrap();
    assert_eq!(page, TermPage { terms: Vec::new(), next: Some(key("d")) });
    let page = frontier.page(&run(), page.next.as_ref(), 3).await.unwrap();
    assert_eq!((page.terms.len(), page.next), (1, None));
    let query = |start: &str| {
        let input = json!({
            "TableName": "terms", "ConsistentRead": true, "Limit": 3,
            "KeyConditionExpression": "#run = :run",
            "ProjectionExpression": "#key, #source, #state, priority, tally, reason, schema_version",
            "ExpressionAttributeNames": {"#key": "key", "#run": "run", "#source": "source", "#state": "state"},
            "ExpressionAttributeValues": item(json!({":run": "2026-11-23"})),
            "ExclusiveStartKey": item_key(start),
        });
        call("Query", input)
    };
    assert_eq!(aws.sent(), [query("a"), query("c"), query("d")]);
}

#[tokio::test]
async fn a_page_with_a_term_that_cannot_be_read_names_it() {
    let mut edited = stored("b", "done", 1);
    edited["priority"] = json!({"N": "1e125"});
    let aws = Aws::answering([output(json!({"Items": [edited]}))]);
    let error = aws.frontier().page(&run(), None, 3).await.unwrap_err();
    let PortError::Corrupt { what, why } = &error else { panic!("{error}") };
    assert_eq!(what, "the term search:b of run 2026-11-23 in table terms");
    assert!(why.contains("1e125"), "{why}");
}

#[tokio::test]
async fn terms_get_their_end_in_seconds_and_one_that_is_gone_stays_so() {
    let aws = Aws::answering([done(), condition_failed()]);
    let end = Timestamp::from_second(1_900_000_000).unwrap();
    aws.frontier().expire(&run(), &[key("a"), key("b")], end).await.unwrap();
    let update = |query: &str| {
        let input = json!({
            "TableName": "terms", "Key": item_key(query),
            "ConditionExpression": "(attribute_exists(#key)) AND attribute_not_exists(schema_version)",
            "UpdateExpression": "SET expires_at = :end",
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": item(json!({":end": 1_900_000_000})),
        });
        call("UpdateItem", input)
    };
    assert_eq!(aws.sent(), [update("a"), update("b")]);
}

#[tokio::test]
async fn an_end_that_could_not_be_set_is_an_error() {
    let aws = Aws::answering([done(), error("AccessDeniedException")]);
    let expired = aws.frontier().expire(&run(), &[key("a"), key("b")], lease_end()).await;
    assert!(matches!(expired, Err(PortError::Misconfigured { .. })), "{expired:?}");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_write_is_tried_again_and_then_given_up_by_name() {
    let aws = Aws::answering([throttled(), throttled(), throttled(), done()]);
    assert!(aws.frontier().give_back(&claim(4), None).await.unwrap());
    assert_eq!(aws.sent().len(), 4);

    let aws = Aws::answering([throttled(), throttled(), throttled(), throttled()]);
    let error = aws.frontier().give_back(&claim(4), None).await.unwrap_err();
    let PortError::Unavailable { what, why } = &error else { panic!("{error}") };
    assert_eq!(what, "DynamoDB UpdateItem on table terms");
    assert!(why.contains("ProvisionedThroughputExceededException"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn an_end_whose_answer_was_lost_is_not_written_twice() {
    // The second attempt finds what the first has done; nobody may take that for an error.
    let aws = Aws::answering([lost(), condition_failed()]);
    let finish =
        Finish { state: TermState::Done, progress: progress(1), tally: tally(1), attempts: 0, reason: None };
    assert!(!aws.frontier().finish(&claim(4), &finish).await.unwrap());
    assert_eq!(aws.operations(), ["UpdateItem", "UpdateItem"]);
}
