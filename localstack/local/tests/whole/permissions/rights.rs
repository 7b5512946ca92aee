//! Rights as texts: what the template allows a role, and what a function has done.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use local::deploy::Deployment;
use serde_json::{Value, json};

use crate::common::template;

/// `action on resource`, with resources by their names in the template. If the role restricts the items, they
/// follow in brackets: `dynamodb:PutItem on ControlTable[pace]`.
pub(super) type Rights = BTreeSet<String>;

/// What AWS itself does in a role's name, so that no logged call shows it: every function's log, the
/// fetcher's event source mapping, failed events, and what S3 and Glue check besides.
pub(super) fn done_by_aws(function: &str) -> Rights {
    let mut rights: Vec<String> =
        ["CreateLogStream", "PutLogEvents"].map(|action| format!("logs:{action} on {function}Logs")).into();
    let more = match function {
        "Fetcher" => [
            "ReceiveMessage on WindowQueue",
            "DeleteMessage on WindowQueue",
            "GetQueueAttributes on WindowQueue",
        ]
        .as_slice(),
        "Seeder" => &["SendMessage on MissedSchedulesQueue", "SendMessage on TicksQueue"],
        "Exporter" | "Recommender" => &["SendMessage on MissedSchedulesQueue"],
        _ => &[],
    };
    rights.extend(more.iter().map(|right| format!("sqs:{right}")));
    if ["Exporter", "Api", "Recommender"].contains(&function) {
        // S3 asks for it itself before it says that an object does not exist.
        rights.push("s3:ListBucket on SnapshotBucket".to_owned());
    }
    if function == "Exporter" {
        // Glue wants every right on three resources.
        for action in ["GetTable", "UpdateTable", "CreatePartition"] {
            rights.extend(["catalog", "database"].map(|of| format!("glue:{action} on {of}")));
        }
    }
    rights.into_iter().collect()
}

/// Rights that only a catalogue larger than a test's needs, for a word with more artists than a search shows
/// for an object of several parts, and for a user who is deleted while a list is made.
pub(super) const LARGE_CATALOGUE: [&str; 4] = [
    "dynamodb:DeleteItem on UsersTable",
    "dynamodb:GetItem on ControlTable[words#*]",
    "dynamodb:UpdateItem on ControlTable[words#*]",
    "s3:AbortMultipartUpload on SnapshotBucket/*",
];

/// The policies of a role that do not depend on a parameter, or only on `SearchIndexes`, with which the test
/// deploys. The test [`parameters_add_rights_only_for_what_they_add`] covers the others.
pub(super) fn statements<'a>(template: &'a Value, role: &str) -> Result<Vec<&'a Value>> {
    let role = &template["Resources"][role]["Properties"];
    ensure!(role["ManagedPolicyArns"].is_null(), "a managed policy allows more than is needed: {role}");
    let policies = role["Policies"].as_array().context("no policies")?;
    let all = policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
    let deployed = |statement: &'a Value| match statement["Fn::If"].as_array().map(Vec::as_slice) {
        None => Some(statement),
        Some([condition, added, _]) if condition == "HasSearch" || condition == "HasRecommendations" => {
            Some(added)
        }
        Some(_) => None,
    };
    Ok(all.filter_map(deployed).collect())
}

pub(super) fn role_of(template: &Value, function: &str) -> Result<String> {
    let role = &template["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"][0];
    role.as_str().map(str::to_owned).with_context(|| format!("{function} has no role of the template"))
}

/// What a function's role allows.
pub(super) fn allowed(template: &Value, function: &str) -> Result<Rights> {
    let mut rights = Rights::new();
    for statement in statements(template, &role_of(template, function)?)? {
        ensure!(statement["Effect"] == "Allow", "{statement}");
        let items = items(&statement["Condition"])?;
        for resource in list(&statement["Resource"]) {
            let resource = resource_name(resource)?;
            ensure!(
                (resource == "ControlTable" && statement["Action"] != "dynamodb:Scan") != items.is_empty(),
                "every statement on the control table names its items, but for a scan, and only those do: {statement}"
            );
            for action in list(&statement["Action"]) {
                let action = action.as_str().context("an action is not a string")?;
                ensure!(!action.contains('*'), "a wildcard action: {statement}");
                let right = format!("{action} on {resource}");
                match items.as_slice() {
                    [] => _ = rights.insert(right),
                    items => rights.extend(items.iter().map(|item| format!("{right}[{item}]"))),
                }
            }
        }
    }
    Ok(rights)
}

/// The items that a condition names: keys or key prefixes, and the only attributes that may be touched.
pub(super) fn items(condition: &Value) -> Result<Vec<String>> {
    let Some(condition) = condition.as_object() else { return Ok(Vec::new()) };
    let (operator, keys) = condition.iter().next().context("an empty condition")?;
    let known = ["ForAllValues:StringEquals", "ForAllValues:StringLike"].contains(&operator.as_str());
    ensure!(condition.len() == 1 && known, "a condition that this test does not know: {condition:?}");
    let others = keys.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    ensure!(
        others.clone().all(|key| ["dynamodb:LeadingKeys", "dynamodb:Attributes"].contains(&key)),
        "a condition on something else: {condition:?}"
    );
    let texts = |key: &str| list(&keys[key]).into_iter().filter_map(|text| text.as_str().map(str::to_owned));
    let attributes: Vec<String> = texts("dynamodb:Attributes").collect();
    let attributes = if attributes.is_empty() { String::new() } else { format!("/{}", attributes.join(",")) };
    let leading: Vec<String> = texts("dynamodb:LeadingKeys").collect();
    ensure!(!leading.contains(&"*".to_owned()), "a condition that matches every item: {condition:?}");
    ensure!(operator.ends_with("Like") || leading.iter().all(|key| !key.contains('*')), "a literal star");
    Ok(leading.into_iter().map(|key| format!("{key}{attributes}")).collect())
}

pub(super) fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// A policy's resource by its name in the template. Anything but a single template resource is an error.
pub(super) fn resource_name(resource: &Value) -> Result<String> {
    if let Some(arn) = resource["Fn::GetAtt"].as_array() {
        ensure!(arn[1] == "Arn", "{resource} is not an ARN");
        return Ok(arn[0].as_str().context("no name")?.to_owned());
    }
    let text = resource["Fn::Sub"]
        .as_str()
        .with_context(|| format!("{resource} is not a resource of the template"))?;
    // The six characters that Secrets Manager appends; the template has no name for them.
    if let Some(secret) = text.strip_suffix(":secret:${SpotifySecret}-??????") {
        ensure!(!secret.contains('*'), "{text} is a wildcard");
        return Ok("SpotifySecret".to_owned());
    }
    // Objects, by the beginning of their keys.
    if let Some(key) = text.strip_prefix("${SnapshotBucket.Arn}/") {
        return Ok(format!("SnapshotBucket/{key}"));
    }
    // The names of Glue's resources follow from the stack's.
    if let Some(of) = text.strip_prefix("arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:") {
        return Ok(match of {
            "catalog" => "catalog",
            "database/${AWS::StackName}" => "database",
            "table/${AWS::StackName}/*" => "tables",
            _ => bail!("{of} is nothing of the stack"),
        }
        .to_owned());
    }
    match text.strip_prefix("${").and_then(|text| text.split_once(".Arn}")) {
        Some((name, rest)) if !rest.contains(['*', '?']) => Ok(format!("{name}{rest}")),
        _ => bail!("{text} is not a resource of the template"),
    }
}

/// What a function did, from its log.
pub(super) fn done(lines: &[String], deployment: &Deployment, missed_schedules: &str) -> Result<Rights> {
    let names = BTreeMap::from([
        (deployment.artists.as_str(), "ArtistsTable"),
        (deployment.edges.as_str(), "EdgesTable"),
        (deployment.users.as_str(), "UsersTable"),
        (deployment.search.as_deref().unwrap_or_default(), "SearchTable"),
        (deployment.tracks.as_deref().unwrap_or_default(), "TracksTable"),
        (&deployment.terms, "TermsTable"),
        (&deployment.control, "ControlTable"),
        (&deployment.window, "WindowQueue"),
        (&deployment.dead_letters, "DeadLetterQueue"),
        (missed_schedules, "MissedSchedulesQueue"),
        (deployment.exports.as_deref().unwrap_or_default(), "ExportQueue"),
        (deployment.bucket.as_deref().unwrap_or_default(), "SnapshotBucket"),
        ("fermata", "tables"),
        ("fermata/spotify", "SpotifySecret"),
    ]);
    let calls = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let calls = calls.filter(|line| line["target"] == "cloud::calls");
    let mut rights = Rights::new();
    for call in calls {
        let text = |field: &str| call[field].as_str().unwrap_or_default();
        let resource = text("resource");
        let (parent, part) = match resource.split_once("/index/") {
            Some((table, index)) => (table, format!("/index/{index}")),
            None => (resource, String::new()),
        };
        // A bucket's objects and a database's tables are allowed together.
        let parent = match text("service") {
            "S3" | "AWSGlue" => parent.split_once('/').map_or(parent, |(whole, _)| whole),
            _ => parent,
        };
        let name = names.get(parent).with_context(|| format!("a call on something unknown: {call}"))?;
        let service = match text("service") {
            service if service.starts_with("DynamoDB") => "dynamodb",
            "AmazonSQS" => "sqs",
            "secretsmanager" => "secretsmanager",
            "S3" => "s3",
            "AWSGlue" => "glue",
            _ => bail!("a call of an unknown service: {call}"),
        };
        // IAM authorises SQS's batch calls as the single one; DynamoDB's have their own actions.
        let operation = text("operation");
        let operation = match service {
            "sqs" => operation.strip_suffix("Batch").unwrap_or(operation),
            // Whoever may put an object may put it in parts.
            "s3" if ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]
                .contains(&operation) =>
            {
                "PutObject"
            }
            _ => operation,
        };
        let part = match resource.split_once('/') {
            Some((_, key)) if service == "s3" => format!("/{key}"),
            _ => part,
        };
        let right = format!("{service}:{operation} on {name}{part}");
        if *name == "ControlTable" && operation != "Scan" {
            let ids = text("ids").split(',').map(|id| format!("{right}[{id}/{}]", text("attributes")));
            rights.extend(ids);
        } else {
            rights.insert(right);
        }
    }
    Ok(rights)
}

/// Whether a right in the template covers a call.
pub(super) fn covers(right: &str, done: &str) -> bool {
    let (Some((action, right)), Some((asked, done))) = (right.split_once('['), done.split_once('[')) else {
        // An object, by the beginning of its key.
        return right == done || right.strip_suffix('*').is_some_and(|begun| done.starts_with(begun));
    };
    let (right, done) = (right.trim_end_matches(']'), done.trim_end_matches(']'));
    let (key, attributes) = right.split_once('/').map_or((right, None), |(key, rest)| (key, Some(rest)));
    let (id, touched) = done.split_once('/').unwrap_or((done, ""));
    let key_covers = key.strip_suffix('*').map_or(key == id, |beginning| id.starts_with(beginning));
    // The key itself always counts as touched.
    let touched = touched.split(',').filter(|name| !name.is_empty()).chain(["id"]);
    let allowed: Option<Vec<&str>> = attributes.map(|names| names.split(',').collect());
    let attributes_cover =
        allowed.is_none_or(|allowed| touched.into_iter().all(|name| allowed.contains(&name)));
    action == asked && key_covers && attributes_cover
}

#[test]
pub(super) fn a_right_covers_its_keys_and_attributes_only() {
    let put = "dynamodb:PutItem on ControlTable";
    assert!(covers("a on B", "a on B") && !covers("a on B", "a on C"));
    assert!(covers("a on B/x/*", "a on B/x/y") && !covers("a on B/x/*", "a on B/y"));
    assert!(covers(&format!("{put}[run#*]"), &format!("{put}[run#2026-11-23/]")));
    assert!(!covers(&format!("{put}[pace]"), &format!("{put}[run#2026-11-23/]")));
    assert!(!covers(&format!("{put}[pace]"), "dynamodb:UpdateItem on ControlTable[pace/]"));
    assert!(covers(&format!("{put}[current/id,run,stopped]"), &format!("{put}[current/run,stopped]")));
    assert!(!covers(&format!("{put}[current/id,run,stopped]"), &format!("{put}[current/run,state]")));
}

/// What an attacker would wish for in a condition: to have none, one that every item fulfils, or one that is
/// only checked if the request names the key.
fn weakened(condition: &Value) -> [Value; 3] {
    let keys = condition.as_object().and_then(|it| it.values().next());
    [
        Value::Null,
        json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}}),
        json!({"StringLikeIfExists": keys}),
    ]
}

#[tokio::test]
async fn a_condition_that_is_removed_or_weakened_is_found() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (function, resource) in template["Resources"].as_object().unwrap() {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        let role = role_of(&template, function).unwrap();
        let place = format!("/Resources/{role}/Properties/Policies/0/PolicyDocument/Statement");
        for (at, statement) in list(template.pointer(&place).unwrap()).into_iter().enumerate() {
            if statement["Condition"].is_null() {
                continue;
            }
            assert!(allowed(&template, function).is_ok(), "{function}");
            for weak in weakened(&statement["Condition"]) {
                let mut other = template.clone();
                other.pointer_mut(&format!("{place}/{at}")).unwrap()["Condition"] = weak.clone();
                assert!(allowed(&other, function).is_err(), "{function}: {} with {weak}", statement["Sid"]);
            }
            count += 1;
        }
    }
    assert!(count >= 14, "{count} conditions");
}
