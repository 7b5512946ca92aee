//! `fermata cost` counts what runs really call.

use std::{collections::BTreeMap, fs, time::Duration};

use anyhow::{Context, Result};
use local::{
    cost::{AGAIN, Costs, Counts, FIRST},
    deploy::Parameters,
    logs,
    spotify::Choice,
    stack::{Options, Stack},
};
use serde_json::{Value, json};

use crate::common::{collect, start_with, steady};

/// How often each operation was called on each table, index and queue since the functions were deployed.
async fn calls(stack: &Stack) -> Result<BTreeMap<String, u32>> {
    let mut calls = BTreeMap::new();
    for function in [&stack.deployment().seeder, &stack.deployment().fetcher] {
        for line in logs::of_function(stack.clients(), function).await? {
            let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
            if line["message"] == "aws call" {
                let (operation, resource) = (line["operation"].as_str(), line["resource"].as_str());
                let resource = resource.and_then(|resource| resource.rsplit(['/', '-']).next());
                let (operation, resource) = operation.zip(resource).context("a call of nothing")?;
                *calls.entry(format!("{operation} {resource}")).or_default() += 1;
            }
        }
    }
    Ok(calls)
}

/// What one run called: the difference of two counts.
fn between(before: &BTreeMap<String, u32>, after: &BTreeMap<String, u32>) -> impl Fn(&str) -> f64 + use<> {
    let (before, after) = (before.clone(), after.clone());
    move |call| f64::from(after.get(call).unwrap_or(&0) - before.get(call).unwrap_or(&0))
}

/// Terms and pace are counted for each request. A small run is not the large one that was counted, but a
/// write more or less for each request or term is seen.
fn compare(counts: &Counts, requests: f64, called: &impl Fn(&str) -> f64, what: &str) {
    let counted = |count: u32| f64::from(count) / f64::from(counts.requests) * requests;
    let pairs = [
        ("puts of terms", called("PutItem terms"), counted(counts.terms_put + counts.puts_refused)),
        ("updates of terms", called("UpdateItem terms"), counted(counts.terms_moved + counts.terms_finished)),
        ("reads of terms", called("GetItem terms") + called("Query lanes"), counted(counts.term_reads)),
    ];
    for (call, real, counted) in pairs {
        assert!(
            (0.6..1.7).contains(&(real / counted)),
            "{what}: {real} {call}, but {counted:.0} are counted"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_call_aws_as_often_as_the_costs_say() {
    let parameters = [("LogLevel".to_owned(), "info,cloud::calls=debug".to_owned())];
    let spotify = steady(4000);
    let options = Options {
        rate: Some(spotify.rate),
        spotify: Choice::Fake(spotify),
        parameters: Parameters::from(parameters),
        ..Options::default()
    };
    let mut stack = start_with(options).await.unwrap();
    let before = calls(&stack).await.unwrap();
    stack.schedule("collect").await.unwrap();
    let first = collect(&mut stack).await.unwrap();
    let between_runs = calls(&stack).await.unwrap();
    let event = json!({"job": "collect", "run": "again"});
    stack.invoke(&stack.deployment().seeder, &event).await.unwrap();
    stack.wait_until_closed(Duration::from_mins(3)).await.unwrap();
    let after = calls(&stack).await.unwrap();
    let asked = stack.spotify().stats().await.unwrap().unwrap().requests;
    stack.stop().await.unwrap();

    let requests = |count: u64| f64::from(u32::try_from(count).unwrap());
    let artists = requests(first.artists);
    let called = between(&before, &between_runs);
    compare(&FIRST, requests(first.requests.unwrap()), &called, "first run");
    // New rows are written in batches of 25 at most.
    let batches = called("BatchWriteItem artists");
    assert!(
        batches >= artists / 25.0 && called("PartiQLUpdate artists") < artists / 50.0,
        "{batches} batches"
    );

    let called = between(&between_runs, &after);
    compare(&AGAIN, requests(asked - first.requests.unwrap()), &called, "second run");
    let written = called("PartiQLUpdate artists") / artists;
    assert!((0.99..1.05).contains(&written), "{written} writes of each known row");
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/README.md")).unwrap();
    let dollars = |dollars: f64| format!("${dollars:.2}");
    for (artists, shown) in [(100_000, "100,000"), (1_000_000, "1,000,000"), (15_400_000, "15,400,000")] {
        let costs = Costs::of(artists, None, 4.0);
        let row = [
            dollars(costs.first_run.dollars()),
            dollars(costs.weekly_run.dollars()),
            dollars(costs.export.dollars()),
            dollars(costs.storage_month.dollars()),
            dollars(costs.month()),
        ];
        let row = format!("| {shown} | {} |", row.join(" | "));
        assert!(readme.contains(&row), "infra/README.md lacks {row}");
    }
    for part in Costs::of(1, None, 4.0).idle_month.0 {
        let row = readme.lines().find(|line| line.starts_with(&format!("| {} |", part.what)));
        let row = row.unwrap_or_else(|| panic!("infra/README.md lacks {}", part.what));
        assert!(row.ends_with(&format!("| {:.4} |", part.dollars())), "{row}");
    }
}
