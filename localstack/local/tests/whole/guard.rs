//! The template under the rules of cfn-guard in `infra/guard`.
//!
//! The package that runs them is only published for Linux and for Python before 3.13. Elsewhere the tests end
//! at once and say so.

use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use local::{
    python::{Environment, Requirements},
    workspace::Workspace,
};
use serde_json::{Map, Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::common::template;

/// The rules that a template breaks, and how many there are; nothing where they cannot be run.
struct Guard {
    environment: Environment,
    rules: String,
}

impl Guard {
    async fn find() -> Result<Option<Self>> {
        let workspace = Workspace::find().await?;
        let environment = Environment::ensure(&workspace, Requirements::Test).await?;
        let has_wheel =
            "import sys; sys.exit(0 if sys.platform == 'linux' and sys.version_info < (3, 13) else 3)";
        if !Command::new(environment.python()).args(["-c", has_wheel]).status().await?.success() {
            eprintln!("skipped: cfn-guard-rs is not published for this Python");
            return Ok(None);
        }
        let rules = workspace.template().with_file_name("guard/template.guard");
        Ok(Some(Self { environment, rules: rules.display().to_string() }))
    }

    async fn check(&self, template: &Value) -> Result<(u64, Vec<String>)> {
        let mut python = Command::new(self.environment.python());
        let mut python = python
            .args(["-c", include_str!("guard.py"), &self.rules])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = python.stdin.take().context("no input")?;
        input.write_all(template.to_string().as_bytes()).await?;
        drop(input);
        let output = python.wait_with_output().await?;
        ensure!(output.status.success(), "the rules could not be run");
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let count = report["rules"].as_u64().context("no count")?;
        Ok((count, serde_json::from_value(report["broken"].clone())?))
    }
}

/// The template with the value at `pointer` replaced, added or, by null, removed.
fn changed(template: &Value, pointer: &str, value: Value) -> Result<Value> {
    let mut template = template.clone();
    let (parent, name) = pointer.rsplit_once('/').context("no pointer")?;
    let name = name.replace("~1", "/");
    match template.pointer_mut(parent) {
        Some(Value::Object(parent)) if value.is_null() => {
            parent.remove(&name).with_context(|| format!("the template has no {pointer}"))?;
        }
        Some(Value::Object(parent)) => _ = parent.insert(name, value),
        Some(Value::Array(parent)) => parent[name.parse::<usize>()?] = value,
        _ => bail!("the template has no {pointer}"),
    }
    Ok(template)
}

/// Where the statement `sid` of a role is.
fn statement(template: &Value, role: &str, sid: &str) -> Result<String> {
    let path = format!("/Resources/{role}/Properties/Policies/0/PolicyDocument/Statement");
    let statements = template.pointer(&path).and_then(Value::as_array).context("no statements")?;
    let places = statements.iter().enumerate().flat_map(|(place, statement)| {
        let optional = statement.pointer("/Fn::If/1").map(|optional| (format!("{place}/Fn::If/1"), optional));
        [Some((place.to_string(), statement)), optional].into_iter().flatten()
    });
    let mut found = places.filter(|(_, statement)| statement["Sid"] == sid);
    let (place, _) = found.next().with_context(|| format!("{role} has no statement {sid}"))?;
    Ok(format!("{path}/{place}"))
}

#[tokio::test]
async fn the_template_keeps_every_rule_of_guard() {
    let Some(guard) = Guard::find().await.unwrap() else { return };
    let (rules, broken) = guard.check(&template().await.unwrap()).await.unwrap();
    assert_eq!((rules, broken), (14, Vec::new()));
}

#[tokio::test]
async fn a_rule_without_its_resources_is_broken() {
    let Some(guard) = Guard::find().await.unwrap() else { return };
    let empty = json!({"Globals": {"Function": {}}, "Resources": Map::new()});
    let (rules, broken) = guard.check(&empty).await.unwrap();
    assert_eq!(broken.len() as u64, rules, "{broken:?}");
}

#[tokio::test]
async fn a_weaker_template_breaks_the_rule_that_is_about_it() {
    let Some(guard) = Guard::find().await.unwrap() else { return };
    let template = template().await.unwrap();
    let at = |resource: &str, path: &str| format!("/Resources/{resource}/Properties/{path}");
    let of =
        |role: &str, sid: &str, field: &str| format!("{}/{field}", statement(&template, role, sid).unwrap());
    let resolved =
        json!({"Fn::Sub": "{{resolve:secretsmanager:${SpotifySecret}:SecretString:client_secret}}"});
    for (rule, pointer, value) in [
        (
            "tables_are_encrypted_and_expire",
            at("TermsTable", "TimeToLiveSpecification/Enabled"),
            json!(false),
        ),
        ("tables_are_encrypted_and_expire", at("ArtistsTable", "TimeToLiveSpecification"), Value::Null),
        ("tables_are_encrypted_and_expire", at("UsersTable", "SSESpecification"), Value::Null),
        (
            "lasting_tables_can_be_recovered",
            at("TracksTable", "PointInTimeRecoverySpecification"),
            Value::Null,
        ),
        ("lasting_tables_can_be_recovered", at("ControlTable", "DeletionProtectionEnabled"), Value::Null),
        (
            "lasting_tables_can_be_recovered",
            "/Resources/TermsTable/DeletionPolicy".to_owned(),
            json!("Delete"),
        ),
        (
            "buckets_are_private_and_encrypted",
            at("SnapshotBucket", "PublicAccessBlockConfiguration/BlockPublicPolicy"),
            json!(false),
        ),
        ("buckets_are_private_and_encrypted", at("SnapshotBucket", "AccessControl"), json!("PublicRead")),
        ("buckets_are_private_and_encrypted", at("SnapshotBucket", "BucketEncryption"), Value::Null),
        ("queues_are_encrypted", at("TicksQueue", "SqsManagedSseEnabled"), Value::Null),
        ("worked_queues_set_messages_aside", at("WindowQueue", "RedrivePolicy"), Value::Null),
        ("worked_queues_set_messages_aside", at("DeadLetterQueue", "MessageRetentionPeriod"), json!(60)),
        (
            "nothing_is_sent_unencrypted",
            at("ExportTransport", "PolicyDocument/Statement/0/Condition/Bool/aws:SecureTransport"),
            json!("true"),
        ),
        (
            "nothing_is_sent_unencrypted",
            at("AlarmMailPolicy", "PolicyDocument/Statement/0/Principal"),
            json!("*"),
        ),
        ("roles_have_a_boundary_and_one_service", at("ApiRole", "PermissionsBoundary"), Value::Null),
        (
            "roles_have_a_boundary_and_one_service",
            at("ApiRole", "AssumeRolePolicyDocument/Statement/0/Principal"),
            json!({"AWS": "*"}),
        ),
        ("roles_name_their_actions", of("FetcherRole", "KeepArtists", "Action/1"), json!("dynamodb:Batch*")),
        ("roles_name_their_actions", of("FetcherRole", "KeepTheIndex", "Action"), json!("dynamodb:*")),
        ("roles_name_their_actions", of("SeederRole", "WriteLogs", "NotAction"), json!("logs:PutLogEvents")),
        ("roles_name_their_resources", of("FetcherRole", "KeepArtists", "Resource"), json!("*")),
        ("roles_name_their_resources", of("FetcherRole", "KeepTheIndex", "Resource"), json!(["*"])),
        ("roles_name_their_resources", of("ApiRole", "ReadSnapshots", "Resource/0"), json!("arn:aws:s3:::*")),
        ("roles_name_their_resources", of("FetcherRole", "SendTraces", "Action/0"), json!("s3:GetObject")),
        ("logs_end_and_are_encrypted", at("AccessLogs", "RetentionInDays"), Value::Null),
        ("functions_log_to_their_group_and_have_their_role", at("Seeder", "Role"), Value::Null),
        (
            "functions_log_to_their_group_and_have_their_role",
            at("Fetcher", "ReservedConcurrentExecutions"),
            Value::Null,
        ),
        (
            "functions_log_to_their_group_and_have_their_role",
            at("Api", "FunctionUrlConfig"),
            json!({"AuthType": "NONE"}),
        ),
        ("lost_events_reach_a_queue", at("ExporterEvents", "DestinationConfig/OnFailure"), Value::Null),
        ("lost_events_reach_a_queue", at("TopUpSchedule", "Target/DeadLetterConfig"), Value::Null),
        ("the_api_knows_its_callers", at("HttpApiRoute", "AuthorizationType"), json!("NONE")),
        ("the_api_knows_its_callers", at("HttpApiInvokesApi", "SourceArn"), Value::Null),
        ("variables_hold_no_secret", at("Fetcher", "Environment/Variables/FERMATA_MARKET"), resolved.clone()),
        (
            "variables_hold_no_secret",
            "/Globals/Function/Environment/Variables/FERMATA_LOG".to_owned(),
            resolved,
        ),
        ("variables_hold_no_secret", at("Api", "Environment/Variables/CLIENT_SECRET"), json!("any")),
    ] {
        let (_, broken) = guard.check(&changed(&template, &pointer, value).unwrap()).await.unwrap();
        assert_eq!(broken, [rule], "{pointer}");
    }
}
