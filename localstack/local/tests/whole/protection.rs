//! What the template stores is encrypted, kept and out of reach.

use serde_json::{Value, json};

use crate::common::template;

/// The resources of a type, with their names.
fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(name, it)| (name, &it["Properties"]))
}

/// Whether a policy denies everybody everything on `resources` that does not come encrypted.
fn refuses_plain_transport(policy: &Value, actions: &str, resources: &Value) -> bool {
    let statements = policy["PolicyDocument"]["Statement"].as_array();
    statements.into_iter().flatten().any(|statement| {
        statement["Effect"] == "Deny"
            && statement["Principal"] == "*"
            && statement["Action"] == actions
            && statement["Resource"] == *resources
            && statement["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})
    })
}

#[tokio::test]
async fn every_queue_is_encrypted_and_refuses_unencrypted_transport() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, queue) in of_type(&template, "AWS::SQS::Queue") {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
        let arn = json!({"Fn::GetAtt": [name, "Arn"]});
        let refuses = |(_, policy): (&String, &Value)| {
            policy["Queues"] == json!([{"Ref": name}]) && refuses_plain_transport(policy, "sqs:*", &arn)
        };
        assert!(of_type(&template, "AWS::SQS::QueuePolicy").any(refuses), "{name}");
        count += 1;
    }
    assert!(count >= 3, "{count} queues");
}

#[tokio::test]
async fn every_table_is_encrypted_can_be_restored_and_is_not_deleted_by_mistake() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, table) in of_type(&template, "AWS::DynamoDB::Table") {
        assert_eq!(table["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true, "{name}");
        assert_eq!(
            table["DeletionProtectionEnabled"],
            json!({"Fn::If": ["Protected", true, false]}),
            "{name}"
        );
        count += 1;
    }
    assert!(count >= 3, "{count} tables");
    assert_eq!(template["Parameters"]["DeletionProtection"]["Default"], "true");
}

#[tokio::test]
async fn every_bucket_is_private_encrypted_and_refuses_unencrypted_transport() {
    let template = template().await.unwrap();
    for (name, bucket) in of_type(&template, "AWS::S3::Bucket") {
        for block in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            assert_eq!(bucket["PublicAccessBlockConfiguration"][block], true, "{name}: {block}");
        }
        assert!(bucket["BucketEncryption"].is_object(), "{name}");
        let resources = json!([{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": format!("${{{name}.Arn}}/*")}]);
        let refuses = |(_, policy): (&String, &Value)| {
            policy["Bucket"] == json!({"Ref": name}) && refuses_plain_transport(policy, "s3:*", &resources)
        };
        assert!(of_type(&template, "AWS::S3::BucketPolicy").any(refuses), "{name}");
    }
}

#[tokio::test]
async fn every_function_logs_into_a_group_that_forgets() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, function) in of_type(&template, "AWS::Serverless::Function") {
        let group = function["LoggingConfig"]["LogGroup"]["Ref"].as_str();
        let group = group.unwrap_or_else(|| panic!("{name} has no log group of the template"));
        let days = &template["Resources"][group]["Properties"]["RetentionInDays"];
        assert!(days.as_u64().is_some_and(|days| days <= 90), "{group}: {days}");
        count += 1;
    }
    assert!(count >= 2, "{count} functions");
}
