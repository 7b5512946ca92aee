//! The runs that the READMEs show, as somebody types them who has just cloned Fermata.

use std::{collections::BTreeSet, fs};

use anyhow::{Result, ensure};
use local::{
    python::{Environment, Requirements},
    workspace::Workspace,
};
use serde_json::Value;

use crate::typed::{document, typed};

const STACK: &str = "test-readme";

/// The lines that collect, without comments. One with `live` would ask the real Spotify, and those that keep
/// their stack or collect tracks have tests of their own.
fn lines() -> Result<BTreeSet<String>> {
    let texts = document("README.md")? + &document("localstack/README.md")?;
    Ok(texts.split("```").enumerate().flat_map(shown).collect())
}

/// Of a part of a document; every other part is a block of code.
fn shown((at, text): (usize, &str)) -> Vec<String> {
    let lines: Vec<&str> =
        if at % 2 == 1 { text.lines().collect() } else { text.split('`').skip(1).step_by(2).collect() };
    let lines =
        lines.into_iter().map(|line| line.split(" #").next().unwrap_or(line).trim().replace('\n', " "));
    lines
        .filter(|line| line.starts_with("cargo local run"))
        .filter(|line| !["--help", "--keep", "--job", "live"].iter().any(|other| line.contains(other)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_run_that_the_readmes_show_collects_its_whole_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("artists.csv");
    let rows = "id,name,followers,popularity,genres\n\
                4Z8W4fKeB5YxbusRsdQVP1,Anna,10,5,rock|indie\n4Z8W4fKeB5YxbusRsdQVP2,Bert,,,\n";
    fs::write(&catalogue, rows).unwrap();
    let mut played = 0;
    for line in lines().unwrap() {
        let (more, artists) = match line.as_str() {
            line if line.contains("--artists") => ("", 2000),
            line if line.contains("FILE") => ("", 2),
            _ => (" --artists 150", 150),
        };
        let shown = line.replace("FILE", &catalogue.display().to_string()).replace("JSON", "{}");
        let (out, error) = typed(STACK, &format!("{shown}{more} --quiet --json")).await.unwrap();
        let report: Value = serde_json::from_str(&out).unwrap();
        // Apps in development mode cannot tell the last few artists of one name apart.
        let enough = if line.contains("development") { artists * 99 / 100 } else { artists };
        assert!(report["artists"].as_u64().is_some_and(|found| found >= enough), "{line}: {report}");
        assert_eq!((&report["dead_letters"], error.as_str()), (&0.into(), ""), "{line}: {report}");
        played += 1;
    }
    assert!(played >= 6, "only {played} lines were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_kept_can_be_asked_until_it_is_taken_down() {
    const KEPT: &str = "test-kept";
    let result = look_around(KEPT).await;
    let (down, _) = typed(KEPT, "cargo local down").await.unwrap();
    result.unwrap();
    assert!(down.ends_with(" has ended.\n"), "{down}");
}

async fn look_around(name: &str) -> Result<()> {
    let (out, _) = typed(name, "cargo local run --keep --artists 150").await?;
    let ask = "aws dynamodb query --table-name fermata-terms";
    ensure!(out.contains(ask) && out.contains("eval \"$("), "{out}");
    // What the advice does, with the SDK that the AWS CLI is made of.
    let script = "import boto3; print(boto3.client('dynamodb').scan(TableName='fermata-artists')['Items'][0]['id']['S'])";
    let workspace = Workspace::find().await?;
    let python = Environment::find(&workspace, Requirements::Run).python();
    let line = format!("eval \"$(cargo local env)\" && '{}' -c \"{script}\"", python.display());
    let (id, _) = typed(name, &line).await?;
    let (artist, _) = typed(name, &format!("cargo local artist {id}")).await?;
    let artist: Value = serde_json::from_str(&artist)?;
    ensure!(artist["id"] == id.trim(), "{artist}");
    let (status, _) = typed(name, "cargo local status").await?;
    ensure!(status.contains(" is complete: 150 artists in the table"), "{status}");
    Ok(())
}
