//! The API on a deployed stack, over HTTP.

use anyhow::Result;
use fake_spotify::AppClass;
use jiff::Timestamp;
use local::{
    http,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ask_api, collect, start_with, steady};

async fn get(stack: &Stack, path: &str) -> Result<(u16, Value)> {
    ask_api(stack, Method::GET, path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_reports_capabilities_and_the_latest_run() {
    let small = Settings { app_class: AppClass::Development, rate: 6000, ..steady(100) };
    let parameters = [("Sources".to_owned(), "search,related,hydrate".to_owned())].into();
    let options =
        Options { spotify: Choice::Fake(small), rate: Some(6000), parameters, ..Options::default() };
    let mut stack = start_with(options).await.unwrap();
    let url = stack.deployment().api_url.clone().unwrap();
    let unsigned = http::client().unwrap().get(format!("{url}/v1/runs/latest")).send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 403);
    assert_eq!(get(&stack, "/v1/runs/latest").await.unwrap().0, 404, "no run has been opened yet");

    let report = collect(&mut stack).await.unwrap();
    let (status, run) = get(&stack, "/v1/runs/latest").await.unwrap();
    assert_eq!((status, &run["id"], &run["state"]), (200, &json!(report.run), &json!(report.state)), "{run}");
    assert_eq!(
        (&run["report"]["done"], &run["report"]["operators"]),
        (&json!(report.terms.done), &json!(report.operators))
    );
    let time = |time: &Value| time.as_str().unwrap().parse::<Timestamp>().unwrap();
    let while_open = time(&run["opened_at"])..=time(&run["closed_at"]);

    let (status, runs) = get(&stack, "/v1/runs?limit=1").await.unwrap();
    assert_eq!((status, &runs["runs"][0]["id"], &runs["next"]), (200, &json!(report.run), &Value::Null));
    let (status, now) = get(&stack, "/v1/status").await.unwrap();
    assert_eq!((status, &now["level"], &now["run"]["state"]), (200, &json!("idle"), &json!(report.state)));
    assert_eq!((&now["artists_stored"], &now["dead_letters"]), (&json!(100), &json!(0)), "{now}");
    let row = stack.observer().artist_rows().await.unwrap().into_values().next().unwrap();
    let path = format!("/v1/artists/{}", row["id"].as_str().unwrap());
    let (status, artist) = get(&stack, &path).await.unwrap();
    assert_eq!((status, &artist["name"], &artist["found_in"]), (200, &row["name"], &row["found_in"]));
    let (status, series) = get(&stack, "/v1/series").await.unwrap();
    assert!(status == 200 && series["points"][0]["run"] == json!(report.run), "{series}");

    let (status, known) = get(&stack, "/v1/capabilities").await.unwrap();
    assert_eq!((status, &known["search"]["limits"]["page"]), (200, &json!(10)), "{known}");
    let (endpoints, operators) = (&known["endpoints"], &known["search"]["operators"]);
    let related = &endpoints["related-artists"];
    assert!(related["state"] == "closed" && related["reason"].as_str().unwrap().contains("403"), "{known}");
    assert_eq!((&endpoints["search"]["state"], &endpoints["search"]["fields"]), (&json!("open"), &json!([])));
    assert_eq!(operators.as_object().unwrap().len(), report.operators.len(), "{known}");
    let found =
        endpoints.as_object().into_iter().chain(operators.as_object()).flatten().map(|(_, found)| found);
    for found in found.chain([&known["search"]["limits"]]) {
        assert!(
            found["run"] == json!(report.run) && while_open.contains(&time(&found["found_at"])),
            "{found}"
        );
    }
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_errors_are_problems_and_their_cause_is_only_in_the_log() {
    let stack =
        start_with(Options { spotify: Choice::Fake(steady(10)), ..Options::default() }).await.unwrap();
    let (status, answer) = get(&stack, "/v1/artists").await.unwrap();
    assert_eq!((status, &answer["status"]), (404, &json!(404)), "{answer}");
    let (status, answer) = ask_api(&stack, Method::POST, "/v1/capabilities").await.unwrap();
    assert_eq!((status, &answer["status"]), (405, &json!(405)), "{answer}");

    let control = &stack.deployment().control;
    stack.clients().dynamodb.delete_table().table_name(control).send().await.unwrap();
    let (status, answer) = get(&stack, "/v1/capabilities").await.unwrap();
    assert_eq!((status, &answer["status"]), (503, &json!(503)), "{answer}");
    let text = answer.to_string();
    assert!(!text.contains(control.as_str()) && !text.contains("ResourceNotFound"), "{text}");
    let logs = stack.logs(stack.deployment().api.as_ref().unwrap()).await.unwrap();
    let cause =
        |line: &&String| line.contains(control.as_str()) && line.contains("ResourceNotFoundException");
    assert!(logs.iter().any(|line| cause(&line) && line.contains("ERROR")), "{logs:?}");
    stack.stop().await.unwrap();
}
