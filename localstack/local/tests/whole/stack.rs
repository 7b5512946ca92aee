//! The whole stack with the real function binaries: it starts as the template says, collects, and stops.

use std::time::Duration;

use aws_sdk_lambda::types::{RecursiveLoop, ScalingConfig};
use local::{
    collect,
    deploy::Parameters,
    http, process,
    report::Report,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    state::Left,
    workspace::Workspace,
};
use serde_json::{Value, json};

use crate::typed::typed;

async fn start(artists: u32) -> anyhow::Result<Stack> {
    let workspace = Workspace::find().await?;
    let spotify = Choice::Fake(Settings { artists, ..Settings::default() });
    Stack::start(&workspace, &Options { spotify, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_catalogue_is_collected_to_99_percent_without_a_refusal() {
    let mut stack = start(300).await.unwrap();
    let closed = collect::to_the_end(&mut stack).await.unwrap();
    let report = Report::of(&stack, &closed).await.unwrap();
    assert!(report.coverage.is_some_and(|share| share >= 0.99), "{report:?}");
    assert_eq!((report.refused, report.requests_during_hold), (Some(0), Some(0)), "{report:?}");
    assert_eq!((report.dead_letters, report.terms.failed), (0, 0), "{report:?}");
    let rows = stack.observer().artist_rows().await.unwrap();
    assert_eq!(u64::try_from(rows.len()).unwrap(), report.artists);
    assert!(!stack.logs(&stack.deployment().fetcher).await.unwrap().is_empty());
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_concurrency_of_the_template_reaches_function_and_mapping() {
    let stack = start(10).await.unwrap();
    let (lambda, fetcher) = (&stack.clients().lambda, &stack.deployment().fetcher);
    let reserved = lambda.get_function_concurrency().function_name(fetcher).send().await.unwrap();
    assert_eq!(reserved.reserved_concurrent_executions(), Some(2));
    let mappings = lambda.list_event_source_mappings().function_name(fetcher).send().await.unwrap();
    let [mapping] = mappings.event_source_mappings() else { panic!("not one mapping: {mappings:?}") };
    assert_eq!(mapping.scaling_config().and_then(ScalingConfig::maximum_concurrency), Some(2));
    assert_eq!(mapping.function_response_types().len(), 1);
    let recursion = lambda.get_function_recursion_config().function_name(fetcher).send().await.unwrap();
    assert_eq!(recursion.recursive_loop(), Some(&RecursiveLoop::Allow));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seeder_logs_the_runs_progress_and_the_alarms_metric() {
    let parameters = Parameters::from([("AlarmEmail".to_owned(), "operator@example.com".to_owned())]);
    let workspace = Workspace::find().await.unwrap();
    let spotify = Choice::Fake(Settings { artists: 10, ..Settings::default() });
    let options = Options { spotify, parameters, ..Options::default() };
    let stack = Stack::start(&workspace, &options).await.unwrap();
    stack.schedule("collect").await.unwrap();
    let letter = stack.clients().sqs.send_message().queue_url(&stack.deployment().dead_letters);
    letter.message_body("lost").send().await.unwrap();
    // A manual tick checks the queues in any minute.
    stack.invoke(&stack.deployment().seeder, &json!({"job": "top-up"})).await.unwrap();
    let logs = stack.logs(&stack.deployment().seeder).await.unwrap();
    let lines: Vec<Value> = logs.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let find = |field: &str, value: &str| {
        let line = lines.iter().find(|line| line[field] == value);
        line.unwrap_or_else(|| panic!("no {field} {value} in {logs:?}"))
    };
    let progress = find("message", "progress");
    assert!(
        progress["idle_min"].as_f64() < Some(1.0) && progress["age_days"].as_f64() < Some(0.1),
        "{progress}"
    );
    assert!(find("message", "pace")["rate"].is_number());
    let trouble = find("Trouble", "dead-letters");
    assert_eq!((&trouble["Stack"], &trouble["Troubles"]), (&json!("fermata"), &json!(1)), "{trouble}");
    let declared = &trouble["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(
        (&declared["Namespace"], &declared["Dimensions"]),
        (&json!("Fermata"), &json!([["Stack", "Trouble"]]))
    );
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn down_leaves_nothing_on_an_emulator_that_goes_on() {
    const NAME: &str = "test-foreign";
    let stack = start(10).await.unwrap();
    let (clients, folder) = (stack.clients().clone(), tempfile::tempdir().unwrap());
    let stored = async || clients.secrets.get_secret_value().secret_id("fermata/spotify").send().await;
    assert!(stored().await.is_ok());
    // As `up --endpoint` leaves it, which has started no emulator.
    let left = Left {
        folder: folder.path().join("stack"),
        access: stack.access().clone(),
        emulator_pid: None,
        in_docker: false,
        fake: None,
        fake_pid: None,
        dashboard_pid: None,
        dashboard_url: None,
        deployment: stack.deployment().clone(),
    };
    let file = Workspace::find().await.unwrap().home().join(format!("{NAME}.json"));
    // The second time there is nothing to remove any more.
    for _ in 0..2 {
        std::fs::write(&file, serde_json::to_vec(&left).unwrap()).unwrap();
        typed(NAME, "cargo local down").await.unwrap();
        assert!(!file.exists());
        assert!(
            stored().await.is_err_and(|error| error.into_service_error().is_resource_not_found_exception())
        );
        assert!(clients.cloudformation.describe_stacks().stack_name("fermata").send().await.is_err());
        assert_eq!(clients.dynamodb.list_tables().send().await.unwrap().table_names(), [""; 0]);
        assert!(clients.s3.list_buckets().send().await.unwrap().buckets().is_empty());
    }
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn others_may_look_into_nothing_that_a_stack_stores() {
    use std::os::unix::fs::PermissionsExt;
    let stack = start(10).await.unwrap();
    for path in [stack.folder(), Workspace::find().await.unwrap().home()] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", path.display());
    }
    let log = std::fs::metadata(stack.folder().join("emulator.log")).unwrap();
    assert_eq!(log.permissions().mode() & 0o777, 0o600);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_or_stopped_stack_leaves_nothing_behind() {
    for gently in [true, false] {
        let stack = start(10).await.unwrap();
        stack.schedule("top-up").await.unwrap();
        let addresses = [stack.access().endpoint().to_owned(), stack.spotify().api_url.clone()];
        let folder = stack.folder().display().to_string();
        if gently {
            stack.stop().await.unwrap();
        } else {
            drop(stack);
        }
        for address in addresses {
            assert_eq!(http::probe(&address).await, None, "{address} still answers");
        }
        let of_the_stack = |program: &process::Running| program.command.contains(&folder);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left: Vec<_> = process::running().await.unwrap().into_iter().filter(of_the_stack).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
