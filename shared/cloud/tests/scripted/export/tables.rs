//! DynamoDB and SQS: the ledger by compare-and-swap, pages as they were sent, messages in batches.

use cloud::export::ledgers::DynamoLedgers;
use cloud::export::queue::SqsWork;
use cloud::export::scans::DynamoScans;
use collect::ports::PortError;
use collect::ports::export::{Inbox, Ledgers, Scans, SegmentOf, WorkQueue};
use collect::snapshot::export::Cursor;
use collect::snapshot::table::TableName;
use collect::snapshot::work_item::{WorkItem, WorkMessage};
use collect::term::RunId;
use serde_json::{Value, json};

use super::{export, ledger};
use crate::script::{Aws, condition_failed, condition_failed_after, done, item, lost, output, throttled};

fn ledgers(aws: &Aws) -> DynamoLedgers {
    DynamoLedgers::new(cloud::aws::dynamodb(&aws.config()), "control")
}

#[tokio::test]
async fn the_first_ledger_is_written_only_if_there_is_none() {
    let aws = Aws::answering([done(), done()]);
    let ledgers = ledgers(&aws);
    let (empty, version) = ledgers.load().await.unwrap();
    assert_eq!((empty.active, version), (None, 0));
    assert!(ledgers.save(&ledger(), 0).await.unwrap());
    let sent = aws.sent();
    assert_eq!(sent[0].input["ConsistentRead"], json!(true));
    assert_eq!(sent[1].input["ConditionExpression"], json!("attribute_not_exists(id)"));
    assert_eq!(sent[1].input["Item"]["version"], json!({"N": "1"}));
}

#[tokio::test]
async fn a_ledger_of_a_later_release_is_not_read() {
    let text = serde_json::to_string(&ledger()).unwrap();
    let kept = json!({"id": "export", "version": 3, "ledger": text, "schema_version": 2});
    let aws = Aws::answering([output(json!({"Item": item(kept)}))]);
    let refused = ledgers(&aws).load().await.unwrap_err();
    assert!(matches!(&refused, PortError::Newer { what, .. } if what.contains("export")), "{refused}");
}

#[tokio::test]
async fn a_ledger_that_somebody_has_replaced_is_not_written() {
    let text = serde_json::to_string(&ledger()).unwrap();
    let kept = item(json!({"id": "export", "version": 7, "ledger": text}));
    let aws = Aws::answering([output(json!({"Item": kept})), condition_failed()]);
    let ledgers = ledgers(&aws);
    let (read, version) = ledgers.load().await.unwrap();
    assert_eq!((&read, version), (&ledger(), 7));
    assert!(!ledgers.save(&read, version).await.unwrap());
    let put = &aws.sent()[1].input;
    assert_eq!(put["ConditionExpression"], json!("version = :version"));
    assert_eq!(put["ExpressionAttributeValues"], json!({":version": {"N": "7"}}));
    assert_eq!(put["Item"]["version"], json!({"N": "8"}));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_was_written_although_its_answer_was_lost_is_saved() {
    for version in [0, 7] {
        let aws = Aws::answering([lost(), condition_failed_after(|put| put["Item"].clone())]);
        assert!(ledgers(&aws).save(&ledger(), version).await.unwrap(), "over version {version}");
        assert_eq!(aws.sent()[1].input["ReturnValuesOnConditionCheckFailure"], json!("ALL_OLD"));
    }
    let theirs = condition_failed_after(|put| {
        let mut item = put["Item"].clone();
        item["mark"] = json!({"N": "1"});
        item
    });
    let aws = Aws::answering([lost(), theirs]);
    assert!(!ledgers(&aws).save(&ledger(), 7).await.unwrap(), "somebody else wrote the same");
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_named() {
    let kept = item(json!({"id": "export", "version": 7, "ledger": "{"}));
    let aws = Aws::answering([output(json!({"Item": kept}))]);
    let error = ledgers(&aws).load().await.unwrap_err();
    assert!(matches!(error, PortError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("export in table control"), "{error}");
}

fn scans(aws: &Aws) -> DynamoScans {
    let config = aws.config();
    let tables = TableName::ALL.map(|table| (table, table.to_string()));
    DynamoScans::new(cloud::aws::dynamodb(&config), config.http_client().unwrap(), tables.into())
}

async fn page(aws: &Aws, table: TableName, after: Option<&str>) -> Value {
    let from = SegmentOf { table, segment: 1, of: 4, run: RunId::new("2026-11-23").unwrap() };
    let after = after.map(|after| Cursor(after.to_owned()));
    serde_json::from_slice(&scans(aws).page(&from, after.as_ref()).await.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_page_is_the_body_of_the_answer_that_succeeded() {
    let body = json!({"Items": [{"id": {"S": "a"}}], "LastEvaluatedKey": {"id": {"S": "a"}}});
    let aws = Aws::answering([throttled(), output(body.clone())]);
    assert_eq!(page(&aws, TableName::Artists, Some(r#"{"id":{"S":"0"}}"#)).await, body);
    let sent = aws.sent();
    let start = json!({"id": {"S": "0"}});
    let expected = json!({
        "TableName": "artists", "Segment": 1, "TotalSegments": 4, "ExclusiveStartKey": start,
        // An artist that was erased is in no snapshot.
        "FilterExpression": "attribute_not_exists(forgotten_at)",
    });
    assert_eq!((sent.len(), &sent[0], &sent[1].input), (2, &sent[1], &expected));
}

#[tokio::test]
async fn terms_are_those_of_the_run_and_runs_are_not_the_rest_of_the_control_table() {
    let aws = Aws::answering([done(), done()]);
    page(&aws, TableName::Terms, None).await;
    page(&aws, TableName::Runs, None).await;
    let sent = aws.sent();
    assert_eq!((sent[0].operation.as_str(), sent[1].operation.as_str()), ("Query", "Scan"));
    assert_eq!(sent[0].input["ExpressionAttributeValues"], json!({":run": {"S": "2026-11-23"}}));
    assert_eq!(sent[1].input["ExpressionAttributeValues"], json!({":run": {"S": "run#"}}));
}

#[tokio::test]
async fn tracks_memberships_and_playlists_are_told_apart_by_their_keys() {
    let tables = [TableName::Tracks, TableName::Memberships, TableName::Playlists];
    let aws = Aws::answering([done(), done(), done()]);
    for table in tables {
        page(&aws, table, None).await;
    }
    let kinds: Vec<Value> =
        aws.sent().iter().map(|sent| sent.input["ExpressionAttributeValues"][":kind"]["S"].clone()).collect();
    assert_eq!(kinds, ["track#", "member#", "playlist#"]);
    assert_eq!(aws.sent()[0].input["FilterExpression"], json!("begins_with(id, :kind)"));
}

#[tokio::test]
async fn every_table_is_read_on_from_where_its_last_page_ended() {
    let received = || TableName::ALL.into_iter().filter(|table| table.table().derived.is_none());
    let aws = Aws::answering(received().map(|_| done()).collect::<Vec<_>>());
    for table in received() {
        page(&aws, table, Some(r#"{"id":{"S":"0"}}"#)).await;
    }
    assert_eq!(aws.sent().len(), received().count());
    for (table, sent) in received().zip(aws.sent()) {
        assert_eq!(sent.input["ExclusiveStartKey"], json!({"id": {"S": "0"}}), "{table}");
    }
}

#[tokio::test]
async fn a_failed_page_is_an_error_that_names_the_table() {
    let aws = Aws::answering([crate::script::error("AccessDeniedException")]);
    let from = SegmentOf { table: TableName::Terms, segment: 0, of: 1, run: RunId::new("r").unwrap() };
    let error = scans(&aws).page(&from, None).await.unwrap_err();
    assert!(matches!(error, PortError::Misconfigured { .. }), "{error}");
    assert!(error.to_string().contains("table terms"), "{error}");
}

#[tokio::test]
async fn work_is_sent_ten_messages_at_a_time_and_what_is_not_accepted_waits_for_the_tick() {
    let refused = json!({"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": false}]});
    let aws = Aws::answering([output(refused), done()]);
    let queue = SqsWork::new(cloud::aws::sqs(&aws.config()), "http://queue/exports");
    let message = |segment| WorkMessage {
        snapshot: export().snapshot,
        work: WorkItem::Sort { table: TableName::Artists, segment },
    };
    queue.send(&(0..12).map(message).collect::<Vec<_>>()).await.unwrap();
    let sent = aws.sent();
    let entries = |call: usize| sent[call].input["Entries"].as_array().unwrap().len();
    assert_eq!((entries(0), entries(1)), (10, 2));
    let body: WorkMessage =
        serde_json::from_str(sent[1].input["Entries"][1]["MessageBody"].as_str().unwrap()).unwrap();
    assert_eq!(body, message(11));
}

#[tokio::test]
async fn a_message_is_received_alone_and_removed_by_its_receipt() {
    let message = json!({"MessageId": "1", "ReceiptHandle": "receipt", "Body": "{}"});
    let aws = Aws::answering([output(json!({"Messages": [message]})), done(), done()]);
    let queue = SqsWork::new(cloud::aws::sqs(&aws.config()), "http://queue/exports");
    let received = queue.receive().await.unwrap().unwrap();
    assert_eq!(received.body, "{}");
    queue.remove(&received).await.unwrap();
    assert_eq!(queue.receive().await.unwrap(), None);
    let sent = aws.sent();
    assert_eq!(sent[0].input["MaxNumberOfMessages"], json!(1));
    assert_eq!(
        (sent[1].operation.as_str(), &sent[1].input["ReceiptHandle"]),
        ("DeleteMessage", &json!("receipt"))
    );
}
