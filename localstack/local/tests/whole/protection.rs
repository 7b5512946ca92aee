//! Whatever the template stores is encrypted, kept and private.

use local::functions::FUNCTIONS;
use serde_json::{Value, json};

use crate::{common::template, typed::document};

/// The resources of a type, with their names.
fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(name, it)| (name, &it["Properties"]))
}

fn no_value() -> Value {
    json!({"Ref": "AWS::NoValue"})
}

/// Whether a policy denies everybody every unencrypted request to `resources`.
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
        assert_eq!(queue["SqsManagedSseEnabled"], json!({"Fn::If": ["HasKey", no_value(), true]}), "{name}");
        assert_eq!(
            queue["KmsMasterKeyId"],
            json!({"Fn::If": ["HasKey", {"Ref": "KeyArn"}, no_value()]}),
            "{name}"
        );
        let arn = json!({"Fn::GetAtt": [name, "Arn"]});
        let refuses = |(_, policy): (&String, &Value)| {
            policy["Queues"] == json!([{"Ref": name}]) && refuses_plain_transport(policy, "sqs:*", &arn)
        };
        assert!(of_type(&template, "AWS::SQS::QueuePolicy").any(refuses), "{name}");
        count += 1;
    }
    assert!(count >= 3, "{count} queues");
}

/// The resources of a type whose `DeletionPolicy` and `UpdateReplacePolicy` are checked.
fn policies<'a>(template: &'a Value, name: &str) -> [&'a Value; 2] {
    let resource = &template["Resources"][name];
    [&resource["DeletionPolicy"], &resource["UpdateReplacePolicy"]]
}

#[tokio::test]
async fn every_table_but_the_index_can_be_restored_and_outlives_the_stack() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, table) in of_type(&template, "AWS::DynamoDB::Table") {
        // Without a key of the operator's, DynamoDB uses its own.
        let sse = &table["SSESpecification"];
        assert_eq!(sse["SSEType"], json!({"Fn::If": ["HasKey", "KMS", no_value()]}), "{name}");
        assert_eq!(
            sse["KMSMasterKeyId"],
            json!({"Fn::If": ["HasKey", {"Ref": "KeyArn"}, no_value()]}),
            "{name}"
        );
        if name == "SearchTable" {
            assert_eq!(policies(&template, name), ["Delete", "Delete"], "runs fill it again");
            continue;
        }
        let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(*recovery, json!({"Fn::If": ["HasRecovery", true, false]}), "{name}");
        assert_eq!(policies(&template, name), ["RetainExceptOnCreate", "Retain"], "{name}");
        let days = &table["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"];
        assert_eq!(*days, json!({"Fn::If": ["HasRecovery", {"Ref": "RecoveryDays"}, no_value()]}), "{name}");
        let protection = json!({"Fn::If": ["Protected", true, false]});
        assert_eq!(table["DeletionProtectionEnabled"], protection, "{name}");
        count += 1;
    }
    assert!(count >= 3, "{count} tables");
    assert_eq!(template["Parameters"]["RecoveryDays"]["Default"], 35);
}

#[tokio::test]
async fn every_table_lets_its_items_expire() {
    let template = template().await.unwrap();
    for (name, table) in of_type(&template, "AWS::DynamoDB::Table") {
        let expiry = json!({"AttributeName": "expires_at", "Enabled": true});
        assert_eq!(table["TimeToLiveSpecification"], expiry, "{name}");
    }
}

#[tokio::test]
async fn every_request_to_the_api_is_logged_with_its_caller() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, stage) in of_type(&template, "AWS::ApiGatewayV2::Stage") {
        let logged = &stage["AccessLogSettings"];
        assert_eq!(logged["DestinationArn"], json!({"Fn::GetAtt": ["AccessLogs", "Arn"]}), "{name}");
        let line: Value = serde_json::from_str(logged["Format"].as_str().unwrap()).unwrap();
        assert_eq!(line["caller"], "$context.identity.userArn", "{name}");
        for field in ["time", "account", "ip", "method", "path", "status"] {
            assert!(line[field].is_string(), "{name} does not log its {field}");
        }
        count += 1;
    }
    assert!(count >= 1, "{count} stages");
    let days = &template["Resources"]["AccessLogs"]["Properties"]["RetentionInDays"];
    assert_eq!(*days, json!({"Ref": "LogRetentionDays"}));
}

#[test]
fn the_threat_model_says_what_each_function_could_do() {
    let model = document("SECURITY.md").unwrap();
    for function in FUNCTIONS {
        let row = model.lines().find(|line| line.starts_with(&format!("| {function} | ")));
        let cells = row.unwrap_or_else(|| panic!("{function} has no row")).matches(" | ").count();
        assert_eq!(cells, 2, "{function}");
    }
}

#[test]
fn no_command_of_the_pages_puts_a_secret_into_an_argument() {
    let mut stored = 0;
    for page in ["README.md", "infra/README.md", "infra/RUNBOOK.md", "localstack/README.md", "SECURITY.md"] {
        let text = document(page).unwrap();
        for line in text.lines().map(str::trim) {
            if line.contains("--secret-string") {
                assert!(line.ends_with("--secret-string file:///dev/stdin"), "{page}: {line}");
                stored += 1;
            }
            // A shell's own command is no process, so nobody sees its arguments.
            let shows = ["$secret", "_SECRET=", "CONTROL_KEY=", "$FAKE_SPOTIFY_CONTROL_KEY"];
            if let Some(secret) = shows.iter().find(|secret| line.contains(**secret)) {
                assert!(line.starts_with("printf "), "{page}: {secret} in {line}");
            }
        }
    }
    assert!(stored >= 3, "only {stored} commands store a secret");
}

#[tokio::test]
async fn a_first_deployment_that_fails_can_be_rolled_back() {
    let template = template().await.unwrap();
    // A protected table cannot be deleted, so none may be protected on creation.
    assert_eq!(template["Parameters"]["DeletionProtection"]["Default"], "false");
    assert_eq!(template["Outputs"]["NextStep"]["Condition"], "Unprotected");
}

#[tokio::test]
async fn every_table_and_index_has_a_throughput_ceiling() {
    let template = template().await.unwrap();
    let units = json!({"MaxReadRequestUnits": {"Ref": "MaxReadUnits"}, "MaxWriteRequestUnits": {"Ref": "MaxWriteUnits"}});
    let ceiling = json!({"Fn::If": ["OnAws", units, no_value()]});
    for (name, table) in of_type(&template, "AWS::DynamoDB::Table") {
        let indexes = table["GlobalSecondaryIndexes"].as_array();
        for it in indexes.into_iter().flatten().chain([table]) {
            assert_eq!(it["OnDemandThroughput"], ceiling, "{name}");
        }
    }
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
async fn http_access_to_functions_requires_an_aws_identity() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, route) in of_type(&template, "AWS::ApiGatewayV2::Route") {
        assert_eq!(route["AuthorizationType"], "AWS_IAM", "{name}");
        count += 1;
    }
    assert!(count >= 1, "{count} routes");
    for (name, api) in of_type(&template, "AWS::ApiGatewayV2::Api") {
        // A quick-created route would be public, and an OpenAPI body might add one.
        assert!(
            api["Target"].is_null() && api["Body"].is_null() && api["BodyS3Location"].is_null(),
            "{name}"
        );
    }
    for (name, stage) in of_type(&template, "AWS::ApiGatewayV2::Stage") {
        let most = stage["DefaultRouteSettings"]["ThrottlingRateLimit"].as_u64();
        assert!(most.is_some_and(|most| most <= 10), "{name}: it could take the seeder's executions");
    }
    for (name, function) in of_type(&template, "AWS::Serverless::Function") {
        assert!(function["FunctionUrlConfig"].is_null(), "{name}");
        let events = function["Events"].as_object();
        assert!(events.is_none(), "{name} has events that this test does not check: {events:?}");
    }
    let others =
        ["AWS::Lambda::Url", "AWS::Serverless::HttpApi", "AWS::Serverless::Api", "AWS::ApiGateway::RestApi"];
    for kind in others {
        assert_eq!(of_type(&template, kind).count(), 0, "{kind} is not checked here");
    }
}

#[tokio::test]
async fn every_log_group_has_a_retention() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, function) in of_type(&template, "AWS::Serverless::Function") {
        let group = function["LoggingConfig"]["LogGroup"]["Ref"].as_str();
        let group = group.unwrap_or_else(|| panic!("{name} has no log group of the template"));
        let days = &template["Resources"][group]["Properties"]["RetentionInDays"];
        assert_eq!(*days, json!({"Ref": "LogRetentionDays"}), "{group}");
        count += 1;
    }
    assert!(count >= 3, "{count} functions");
    let allowed = template["Parameters"]["LogRetentionDays"]["AllowedValues"].as_array().unwrap();
    assert!(allowed.iter().all(|days| days.as_u64().is_some_and(|days| days <= 90)), "{allowed:?}");
}
