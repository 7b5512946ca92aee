//! Glue: partitions are added once, and the latest table moves forward only.

use std::time::Duration;

use cloud::export::catalogue::GlueCatalogue;
use cloud::services::json::JsonService;
use collect::ports::PortError;
use collect::ports::export::Catalogue;
use serde_json::{Value, json};

use super::export;
use crate::script::{Answer, Aws, done, error, lost, output};

const FOLDER: &str = "s3://bucket/artists/dt=2026-11-28/snapshot=2026-11-23/";

fn catalogue(aws: &Aws) -> GlueCatalogue {
    GlueCatalogue::new(JsonService::glue(&aws.config()), Some("fermata".to_owned()), "bucket")
}

/// A table that shows the snapshot of this number.
fn table(name: &str, sequence: Option<u64>) -> Answer {
    let mut parameters = json!({"classification": "parquet"});
    if let Some(sequence) = sequence {
        parameters["fermata.sequence"] = json!(sequence.to_string());
    }
    output(json!({"Table": {
        "Name": name, "VersionId": "4", "Parameters": parameters, "TableType": "EXTERNAL_TABLE",
        "Description": "Artists.", "PartitionKeys": [], "Retention": 0,
        // What Glue adds, and does not take back.
        "DatabaseName": "fermata", "CatalogId": "123456789012", "CreateTime": 1.8e9, "CreatedBy": "deployer",
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}], "Location": "s3://bucket/none/"},
    }}))
}

#[tokio::test]
async fn every_table_with_partitions_has_one_for_the_snapshot() {
    let there_already = error("AlreadyExistsException");
    let aws =
        Aws::answering([table("artists_all", None), done(), table("artists_changes", None), there_already]);
    catalogue(&aws).add(&export()).await.unwrap();
    let sent = aws.sent();
    let partition = &sent[1].input["PartitionInput"];
    assert_eq!(sent[1].input["TableName"], json!("artists_all"));
    assert_eq!(partition["Values"], json!(["2026-11-28", "2026-11-23"]));
    assert_eq!(partition["StorageDescriptor"]["Location"], json!(FOLDER));
    assert_eq!(partition["StorageDescriptor"]["Columns"][0]["Name"], json!("id"));
    let changes = &sent[3].input["PartitionInput"]["StorageDescriptor"]["Location"];
    assert!(changes.as_str().unwrap().contains("/changes/artists/"), "{changes}");
}

fn shown(update: &Value) -> (&Value, &Value, &Value) {
    let input = &update["TableInput"];
    (&input["StorageDescriptor"]["Location"], &input["Parameters"]["fermata.sequence"], &update["VersionId"])
}

#[tokio::test]
async fn the_latest_table_moves_forward_in_one_update() {
    let aws = Aws::answering([table("artists", Some(2)), done()]);
    catalogue(&aws).point(&export()).await.unwrap();
    let sent = aws.sent();
    assert_eq!(shown(&sent[1].input), (&json!(FOLDER), &json!("3"), &json!("4")));
    let replaced = sent[1].input["TableInput"].as_object().unwrap();
    assert_eq!(replaced["Parameters"]["classification"], json!("parquet"));
    assert_eq!(replaced["TableType"], json!("EXTERNAL_TABLE"), "without it, Athena cannot read the table");
    let fields: Vec<&str> = replaced.keys().map(String::as_str).collect();
    let repeated = ["Description", "Name", "Parameters", "PartitionKeys", "Retention", "StorageDescriptor"];
    assert_eq!(fields, [repeated.as_slice(), &["TableType"]].concat());
}

#[tokio::test]
async fn the_latest_table_never_moves_back() {
    for standing in [3, 4] {
        let aws = Aws::answering([table("artists", Some(standing))]);
        catalogue(&aws).point(&export()).await.unwrap();
        assert_eq!(aws.operations(), ["GetTable"]);
    }
}

#[tokio::test]
async fn a_table_that_changed_meanwhile_is_read_again() {
    let changed = error("ConcurrentModificationException");
    let aws = Aws::answering([table("artists", None), changed, table("artists", Some(5))]);
    catalogue(&aws).point(&export()).await.unwrap();
    assert_eq!(aws.operations(), ["GetTable", "UpdateTable", "GetTable"]);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_changes_again_and_again_is_given_up_by_name_after_some_seconds() {
    let started = tokio::time::Instant::now();
    let changed = || [table("artists", None), error("ConcurrentModificationException")];
    let aws = Aws::answering((0..8).flat_map(|_| changed()));
    let error = catalogue(&aws).point(&export()).await.unwrap_err();
    let PortError::Unavailable { what, why } = &error else { panic!("{error}") };
    assert_eq!(aws.operations().len(), 16);
    assert_eq!(what, "Glue UpdateTable on table artists");
    assert!(why.contains("8 times"), "{why}");
    let waited = started.elapsed();
    assert!((Duration::from_secs(5)..Duration::from_secs(8)).contains(&waited), "{waited:?} in virtual time");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_throttled_or_not_answered_is_tried_again() {
    for trouble in [error("ThrottlingException"), lost()] {
        let aws = Aws::answering([trouble, table("artists", Some(4))]);
        catalogue(&aws).point(&export()).await.unwrap();
        assert_eq!(aws.operations(), ["GetTable", "GetTable"]);
    }
    let aws = Aws::answering((0..4).map(|_| error("ThrottlingException")));
    let refused = catalogue(&aws).point(&export()).await.unwrap_err();
    assert!(matches!(refused, PortError::Unavailable { .. }), "{refused}");
    assert_eq!(aws.operations(), ["GetTable"; 4]);
}

#[tokio::test]
async fn a_partition_that_cannot_be_added_fails_by_the_name_of_its_table() {
    let aws = Aws::answering([table("artists_all", None), error("AccessDeniedException")]);
    let refused = catalogue(&aws).add(&export()).await.unwrap_err();
    assert!(matches!(refused, PortError::Misconfigured { .. }), "{refused}");
    assert!(refused.to_string().contains("Glue CreatePartition on table artists_all"), "{refused}");
}

#[tokio::test]
async fn a_table_that_is_missing_is_named() {
    let aws = Aws::answering([error("EntityNotFoundException")]);
    let missing = catalogue(&aws).add(&export()).await.unwrap_err();
    assert!(matches!(missing, PortError::Misconfigured { .. }), "{missing}");
    assert!(missing.to_string().contains("artists_all"), "{missing}");
}

#[tokio::test]
async fn without_a_database_nothing_is_asked_of_glue() {
    let aws = Aws::answering([]);
    let none = GlueCatalogue::new(JsonService::glue(&aws.config()), None, "bucket");
    none.add(&export()).await.unwrap();
    none.point(&export()).await.unwrap();
    assert!(aws.sent().is_empty());
}
