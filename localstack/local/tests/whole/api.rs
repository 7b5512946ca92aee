//! The API on a deployed stack, over HTTP.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, ensure};
use collect::catalogue::text::fold;
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

/// All names of a list of the API, page by page.
async fn names(stack: &Stack, list: &str, path: &str) -> Result<Vec<String>> {
    let (mut names, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = get(stack, &format!("{path}{next}")).await?;
        ensure!(status == 200, "{path}: {status}: {page}");
        let rows = page[list].as_array().into_iter().flatten();
        names.extend(rows.filter_map(|row| row["name"].as_str().map(str::to_owned)));
        let Some(cursor) = page["next"].as_str() else { return Ok(names) };
        next = format!("&cursor={cursor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn artists_are_found_by_name_and_genre_as_the_table_has_them() {
    let parameters = [("SearchIndexes".to_owned(), "true".to_owned())].into();
    let options = Options { spotify: Choice::Fake(steady(300)), parameters, ..Options::default() };
    let mut stack = start_with(options).await.unwrap();
    collect(&mut stack).await.unwrap();
    // The next run writes every row again, and their entries.
    let again = json!({"job": "collect", "run": "again"});
    stack.invoke(&stack.deployment().seeder, &again).await.unwrap();
    stack.wait_until_closed(Duration::from_mins(3)).await.unwrap();
    let rows: Vec<_> = stack.observer().artist_rows().await.unwrap().into_values().collect();
    let genres = |row: &Value| row["genres"].as_array().cloned().unwrap_or_default();

    let name = rows[0]["name"].as_str().unwrap();
    let prefix: String = name.chars().take(1).collect::<String>().to_lowercase();
    let mut found = names(&stack, "artists", &format!("/v1/artists?limit=7&name={prefix}")).await.unwrap();
    let named = rows.iter().map(|row| row["name"].as_str().unwrap().to_owned());
    let mut expected: Vec<_> = named.filter(|name| fold(name).starts_with(&prefix)).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{prefix}");

    let all: BTreeSet<String> =
        rows.iter().flat_map(&genres).map(|genre| genre.as_str().unwrap().to_owned()).collect();
    let listed = names(&stack, "genres", "/v1/genres?limit=50").await.unwrap();
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), all);
    let genre = all.first().unwrap();
    for order in ["popularity", "followers", "name"] {
        let path = format!("/v1/artists?limit=2&genre={}&order={order}", genre.replace(' ', "%20"));
        let found = names(&stack, "artists", &path).await.unwrap();
        let count = rows.iter().filter(|row| genres(row).contains(&json!(genre))).count();
        assert_eq!(found.len(), count, "{genre} by {order}");
    }
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn api_errors_are_problems_and_their_cause_is_only_in_the_log() {
    let stack =
        start_with(Options { spotify: Choice::Fake(steady(10)), ..Options::default() }).await.unwrap();
    let (status, answer) = get(&stack, "/v1/albums").await.unwrap();
    assert_eq!((status, &answer["status"]), (404, &json!(404)), "{answer}");
    let (status, answer) = get(&stack, "/v1/artists?name=a").await.unwrap();
    assert!(status == 404 && answer["detail"].as_str().unwrap().contains("SearchIndexes"), "{answer}");
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
