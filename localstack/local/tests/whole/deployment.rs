//! What the template, its settings and the files beside it promise the operator.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use anyhow::Result;
use collect::snapshot::table::{Kind, TableName};
use local::{
    python::{Environment, Requirements},
    stack::Stack,
    workspace::Workspace,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::common::{start, steady, template};

fn file(name: &str) -> io::Result<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra").join(name))
}

fn properties<'a>(template: &'a Value, name: &str) -> &'a Value {
    let properties = &template["Resources"][name]["Properties"];
    assert!(properties.is_object(), "no {name}");
    properties
}

#[tokio::test]
async fn lost_schedule_events_reach_a_queue() {
    let template = template().await.unwrap();
    let events = properties(&template, "SeederEvents");
    assert_eq!(events["FunctionName"], json!({"Ref": "Seeder"}));
    let missed = json!({"Fn::GetAtt": ["MissedSchedulesQueue", "Arn"]});
    assert_eq!(events["DestinationConfig"]["OnFailure"]["Destination"], missed);
    let (age, tries) = (&events["MaximumEventAgeInSeconds"], &events["MaximumRetryAttempts"]);
    // Lambda retries after a minute; an older tick is useless.
    assert_eq!((age.as_u64(), tries.as_u64()), (Some(120), Some(1)));
    let of_exporter = &properties(&template, "ExporterEvents")["DestinationConfig"];
    assert_eq!(of_exporter["OnFailure"]["Destination"], missed);
    for schedule in ["CollectSchedule", "TopUpSchedule", "ExportSchedule"] {
        let target = &properties(&template, schedule)["Target"];
        assert_eq!(target["DeadLetterConfig"]["Arn"], missed, "{schedule}");
    }
    let default = template["Parameters"]["Schedule"]["Default"].as_str().unwrap();
    assert_eq!(default, "cron(0 3-8 ? * MON *)", "several hours, because one event may be lost");
}

#[tokio::test]
async fn a_quiet_month_costs_two_alarms() {
    let template = template().await.unwrap();
    let resources = template["Resources"].as_object().unwrap().iter();
    let alarms = resources.filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm");
    let always: Vec<&str> =
        alarms.filter(|(_, it)| it["Condition"] != "Canary").map(|(name, _)| name.as_str()).collect();
    assert_eq!(always, ["NoTicksAlarm", "TroubleAlarm"]);
    let query = &properties(&template, "TroubleAlarm")["Metrics"][0]["Expression"]["Fn::Sub"];
    let query = query.as_str().unwrap();
    for part in
        ["SUM(Troubles)", r#"SCHEMA("Fermata", Stack, Trouble)"#, "GROUP BY Trouble", "'${AWS::StackName}'"]
    {
        assert!(query.contains(part), "{query} lacks {part}");
    }
}

#[tokio::test]
async fn a_first_deployment_raises_no_alarm() {
    let template = template().await.unwrap();
    let no_ticks = properties(&template, "NoTicksAlarm");
    let missing = (&no_ticks["TreatMissingData"], &no_ticks["ComparisonOperator"]);
    assert_eq!(missing, (&json!("ignore"), &json!("LessThanThreshold")));
}

#[tokio::test]
async fn an_account_without_spare_executions_can_leave_the_reservation_out() {
    let template = template().await.unwrap();
    let fetcher = properties(&template, "Fetcher");
    let reserved = json!({"Fn::If": ["Reserved", {"Ref": "Concurrency"}, {"Ref": "AWS::NoValue"}]});
    assert_eq!(fetcher["ReservedConcurrentExecutions"], reserved);
    let window = properties(&template, "FetcherWindow");
    assert_eq!(window["ScalingConfig"]["MaximumConcurrency"], json!({"Ref": "Concurrency"}));
}

#[tokio::test]
async fn lambda_drops_no_line_that_passes_the_filter() {
    let template = template().await.unwrap();
    for function in ["Seeder", "Fetcher", "Exporter", "Api", "Recommender"] {
        let logging = &properties(&template, function)["LoggingConfig"];
        let level = (&logging["LogFormat"], &logging["ApplicationLogLevel"]);
        assert_eq!(level, (&json!("JSON"), &json!("TRACE")), "{function}");
    }
}

#[tokio::test]
async fn credentials_are_only_sent_by_https_except_to_an_emulator() {
    let template = template().await.unwrap();
    for parameter in ["SpotifyApiUrl", "SpotifyTokenUrl"] {
        assert_eq!(template["Parameters"][parameter]["AllowedPattern"], "^https://[^ ]+$", "{parameter}");
    }
    let rule = &template["Rules"]["LocalSpotifyOnEmulatorsOnly"];
    assert_eq!(rule["RuleCondition"], json!({"Fn::Equals": [{"Ref": "Emulator"}, "false"]}));
    let assertion = &rule["Assertions"][0]["Assert"];
    assert_eq!(*assertion, json!({"Fn::Equals": [{"Ref": "LocalSpotifyUrl"}, ""]}));
    assert_eq!(template["Parameters"]["Emulator"]["Default"], "false");
    let plain = &properties(&template, "Fetcher")["Environment"]["Variables"]["FERMATA_SPOTIFY_PLAIN_HTTP"];
    assert_eq!(*plain, json!({"Fn::If": ["HasLocalSpotify", "true", "false"]}));
}

#[tokio::test]
async fn what_is_stored_has_a_longest_retention() {
    let template = template().await.unwrap();
    for (parameter, most) in [("RetentionDays", 365), ("RecoveryDays", 35)] {
        let days = template["Parameters"][parameter]["MaxValue"].as_u64();
        assert!(days.is_some_and(|days| days <= most), "{parameter}: {days:?}");
    }
}

#[tokio::test]
async fn every_parameter_is_explained_in_the_readme() {
    let template = template().await.unwrap();
    let readme = file("README.md").unwrap();
    let cells = readme.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let explained: BTreeSet<&str> = cells
        .flat_map(|cell| cell.split(", "))
        .filter_map(|name| name.strip_prefix('`')?.strip_suffix('`'))
        .collect();
    for parameter in template["Parameters"].as_object().unwrap().keys() {
        assert!(explained.contains(parameter.as_str()), "{parameter} has no row");
    }
}

/// A column of a Glue table.
fn column(name: &str, kind: &str) -> Value {
    json!({"Name": name, "Type": kind})
}

#[tokio::test]
async fn the_catalogue_has_the_columns_of_the_files() {
    let template = template().await.unwrap();
    for name in TableName::ALL {
        let columns: Vec<Value> =
            name.table().columns.iter().map(|it| column(it.name, glue_type(it.kind))).collect();
        let views = template["Resources"].as_object().unwrap().values().filter(|it| {
            let named = it["Properties"]["TableInput"]["Name"].as_str();
            let suffix = named.and_then(|view| view.strip_prefix(name.as_str()));
            suffix.is_some_and(|suffix| ["", "_all", "_changes"].contains(&suffix))
        });
        let mut found = 0;
        for view in views.map(|it| &it["Properties"]["TableInput"]) {
            let mut expected = columns.clone();
            if view["Name"].as_str().unwrap().ends_with("_changes") {
                expected
                    .splice(0..0, [column("change", "string"), column("changed_columns", "array<string>")]);
            }
            assert_eq!(view["StorageDescriptor"]["Columns"], json!(expected), "{}", view["Name"]);
            found += 1;
        }
        assert_eq!(found, if name.table().changes { 3 } else { 2 }, "{name}");
    }
}

/// The type of a column as Athena reads it from Parquet.
fn glue_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "string",
        Kind::Integer => "bigint",
        Kind::Real => "double",
        Kind::Time => "timestamp",
        Kind::Texts => "array<string>",
    }
}

#[tokio::test]
async fn snapshots_expire_with_the_rows_unless_history_is_kept() {
    let template = template().await.unwrap();
    let bucket = properties(&template, "SnapshotBucket");
    let rules = bucket["LifecycleConfiguration"]["Rules"].as_array().unwrap();
    let whole = rules.iter().find(|rule| rule["Prefix"].is_null() && !rule["ExpirationInDays"].is_null());
    let whole = whole.unwrap();
    assert_eq!(whole["ExpirationInDays"], json!({"Ref": "RetentionDays"}));
    assert_eq!(whole["Status"], json!({"Fn::If": ["KeepsHistory", "Disabled", "Enabled"]}));
    let keep = &template["Parameters"]["KeepHistory"];
    assert_eq!(keep["Default"], "false");
    assert!(keep["Description"].as_str().unwrap().contains("Spotify's Developer Terms"));
}

#[test]
fn the_costs_of_an_idle_month_add_up() {
    let readme = file("README.md").unwrap();
    let (_, table) = readme.split_once("| what | how much |").unwrap();
    let (rows, _) = table.split_once("\n\n").unwrap();
    let last =
        |row: &str| row.trim_end_matches(" |").rsplit("| ").next().unwrap().replace('*', "").parse::<f64>();
    let dollars: Vec<f64> = rows.lines().filter_map(|row| last(row).ok()).collect();
    let (sum, parts) = dollars.split_last().unwrap();
    assert!(parts.len() >= 9, "{parts:?}");
    assert!((parts.iter().sum::<f64>() - sum).abs() < 0.00005, "{parts:?} do not add up to {sum}");
    assert!(*sum <= 1.0, "{sum}");
}

#[tokio::test]
async fn the_deployers_policy_matches_the_template() {
    let workspace = Workspace::find().await.unwrap();
    let environment = Environment::ensure(&workspace, Requirements::Test).await.unwrap();
    let mut python = Command::new(environment.python());
    let output = python.arg(workspace.root().join("infra/deployer_policy.py")).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let written: Value = serde_json::from_str(&file("deployer-policy.json").unwrap()).unwrap();
    let needed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(written, needed, "python infra/deployer_policy.py > infra/deployer-policy.json");
    assert!(written.to_string().len() < 10_240, "the limit for a role's inline policies");
}

#[tokio::test]
async fn the_dashboard_is_json_and_refers_to_template_resources() {
    let template = template().await.unwrap();
    let body = properties(&template, "Overview")["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    let dashboard: Value = serde_json::from_str(body).unwrap();
    assert!(dashboard["widgets"].as_array().unwrap().len() >= 12);
    for reference in body.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
        let name = reference.split('.').next().unwrap();
        let known = name.starts_with("AWS::") || template["Resources"][name].is_object();
        assert!(known, "${{{reference}}}");
    }
}

#[test]
fn build_and_deployment_get_the_same_architecture() {
    let settings = file("samconfig.toml").unwrap();
    for stage in ["dev", "prod"] {
        let (_, global) = settings.split_once(&format!("[{stage}.global.parameters]\n")).unwrap();
        let (global, rest) = global.split_once("\n[").unwrap();
        assert!(global.contains("parameter_overrides = \"Architecture="), "{global}");
        let (own, _) = rest.split_once(&format!("{stage}.deploy.parameters]")).unwrap();
        assert!(!own.contains("parameter_overrides"), "the build would not get it: {own}");
    }
}

/// A function's name, and everything that a code-only deployment must not change.
async fn settings_of(stack: &Stack, function: &str) -> Result<Value> {
    let lambda = &stack.clients().lambda;
    let it = lambda.get_function_configuration().function_name(function).send().await?;
    let variables = it.environment().and_then(|environment| environment.variables()).cloned();
    let all = lambda.list_functions().send().await?;
    let names: BTreeSet<&str> = all.functions().iter().filter_map(|it| it.function_name()).collect();
    let variables: BTreeMap<String, String> = variables.unwrap_or_default().into_iter().collect();
    assert!(variables.contains_key("FERMATA_STACK"), "{variables:?}");
    Ok(json!({
        "functions": names, "variables": variables, "role": it.role(), "memory": it.memory_size(),
        "timeout": it.timeout(), "handler": it.handler(), "runtime": it.runtime().map(|it| it.as_str().to_owned()),
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_only_deployment_changes_nothing_else() {
    let stack = start(steady(10)).await.unwrap();
    let seeder = stack.deployment().seeder.clone();
    assert_eq!(seeder, "fermata-seeder");
    let before = settings_of(&stack, &seeder).await.unwrap();
    let workspace = Workspace::find().await.unwrap();
    let environment = Environment::ensure(&workspace, Requirements::Test).await.unwrap();
    // The command line from infra/README.md, with the emulator's address.
    let readme = file("README.md").unwrap();
    let words = "cargo lambda deploy --merge-env --binary-name fetcher fermata-fetcher";
    assert!(readme.lines().any(|line| line == words));
    let words = words.replace("fetcher", "seeder");
    let mut deploy = Command::new(environment.program("cargo-lambda"));
    deploy.args(words.split(' ').skip(1)).args(["--endpoint-url", stack.access().endpoint()]);
    deploy.arg("--lambda-dir").arg(workspace.home().join("lambda")).current_dir(workspace.root());
    let output = deploy.envs(stack.access().variables()).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(settings_of(&stack, &seeder).await.unwrap(), before);
    assert_eq!(stack.schedule("top-up").await.unwrap(), json!({"state": "no-run"}));
    stack.stop().await.unwrap();
}

/// Parses every YAML file of the tree and prints its path, or fails with the file and the place of the error.
/// It composes nodes only, so the tags of CloudFormation need no constructors.
const PARSE_YAML: &str = r#"
import os, pathlib, sys, yaml
for folder, folders, files in os.walk("."):
    folders[:] = [name for name in folders if name not in {".git", "target", "node_modules"}]
    for path in (pathlib.Path(folder, name) for name in files if name.endswith((".yaml", ".yml"))):
        try:
            list(yaml.compose_all(path.read_text("utf-8")))
        except yaml.YAMLError as error:
            sys.exit(f"{path}: {error}")
        print(path.as_posix())
"#;

#[tokio::test]
async fn every_yaml_file_of_the_repository_parses() {
    let workspace = Workspace::find().await.unwrap();
    let environment = Environment::ensure(&workspace, Requirements::Test).await.unwrap();
    let mut python = Command::new(environment.python());
    let output = python.args(["-c", PARSE_YAML]).current_dir(workspace.root()).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parsed = String::from_utf8(output.stdout).unwrap();
    let parsed: BTreeSet<&str> = parsed.lines().collect();
    for file in ["infra/template.yaml", "infra/ci/deploy.yml", "localstack/compose.yaml"] {
        assert!(parsed.contains(file), "{file} is not among {parsed:?}");
    }
}
