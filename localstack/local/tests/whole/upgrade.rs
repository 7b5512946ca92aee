//! A deployment in the middle of a run: the functions before their last change begin it, and those of the
//! clone go on with what they find.
//!
//! A shallow clone and an unpacked archive have no functions before the last change; there, and only there,
//! the test ends at once and says so.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use local::{
    compare::Rows,
    previous::Before,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    workspace::Workspace,
};
use sha2::{Digest, Sha256};

use crate::common::{artist_rows, collect, eventually, start_with, steady, undisturbed};

const ARTISTS: u32 = 3000;

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_in_the_middle_of_a_run_loses_nothing() {
    let commit = match Before::of(Workspace::find().await.unwrap().root()).await.unwrap() {
        Before::Commit(commit) => commit,
        Before::Nothing(why) => {
            eprintln!("skipped: {why}");
            return;
        }
    };
    let spotify = Settings { rate: 6000, ..steady(ARTISTS) };
    let options = Options {
        rate: Some(spotify.rate),
        spotify: Choice::Fake(spotify),
        before: Some(commit),
        ..Options::default()
    };
    let mut stack = start_with(options.clone()).await.unwrap();
    let result = upgrade(&mut stack, &options).await;
    stack.stop().await.unwrap();
    let rows = result.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap(), "other artists than those of an undisturbed run");
}

async fn upgrade(stack: &mut Stack, options: &Options) -> Result<Rows> {
    let opened = stack.schedule("collect").await?;
    eventually("a third of the artists", async || {
        Ok((artist_rows(stack).await?.len() > ARTISTS as usize / 3).then_some(()))
    })
    .await?;
    // The terms of the window wait in the queue, so that the new functions get messages of the old ones.
    feed(stack, false).await?;
    stack.schedule("top-up").await?;
    ensure!(waiting(stack).await? > 0, "the old functions left no message");
    let (code_before, tables_before) = (code(stack).await?, tables(stack).await?);
    let version = stack.upgrade(options).await?;
    let (code_after, tables_after) = (code(stack).await?, tables(stack).await?);
    for package in version.packages.iter().filter(|package| code_after.contains_key(package.name)) {
        let sum = BASE64.encode(Sha256::digest(&package.zip));
        ensure!(code_after[package.name].as_ref() == Some(&sum), "{} is not the new one", package.name);
        ensure!(code_before[package.name].as_ref() != Some(&sum), "{} was not the old one", package.name);
    }
    ensure!(tables_before == tables_after, "a table was replaced: {tables_before:?} {tables_after:?}");
    let found = artist_rows(stack).await?.len();
    ensure!(found < ARTISTS as usize * 9 / 10, "{found} artists: the run was over too soon");
    feed(stack, true).await?;

    let report = collect(stack).await?;
    ensure!(opened["run"] == report.run.as_str(), "another run was opened: {opened} {report:?}");
    ensure!(report.state == "complete" && report.dead_letters == 0, "{report:?}");
    ensure!(report.terms.failed == 0, "{report:?}");
    artist_rows(stack).await
}

/// Lets the queue feed the fetcher, or keeps it from doing so.
async fn feed(stack: &Stack, enabled: bool) -> Result<()> {
    let (lambda, fetcher) = (&stack.clients().lambda, &stack.deployment().fetcher);
    let mappings = lambda.list_event_source_mappings().function_name(fetcher).send().await?;
    let mapping = mappings.event_source_mappings().first().context("the queue feeds no fetcher")?;
    let update = lambda.update_event_source_mapping().set_uuid(mapping.uuid.clone()).enabled(enabled);
    update.send().await.map(drop).context("the mapping cannot be changed")
}

/// Messages in the window.
async fn waiting(stack: &Stack) -> Result<u32> {
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let queue = stack.clients().sqs.get_queue_attributes().queue_url(&stack.deployment().window);
    let answer = queue.attribute_names(name.clone()).send().await?;
    let count = answer.attributes().and_then(|all| all.get(&name)).context("the queue has no length")?;
    Ok(count.parse()?)
}

/// The sums of the code of the functions that collect.
async fn code(stack: &Stack) -> Result<BTreeMap<&'static str, Option<String>>> {
    let mut code = BTreeMap::new();
    let deployment = stack.deployment();
    for (name, function) in [("seeder", &deployment.seeder), ("fetcher", &deployment.fetcher)] {
        let it = stack.clients().lambda.get_function_configuration().function_name(function).send().await?;
        code.insert(name, it.code_sha256);
    }
    Ok(code)
}

/// The ids of the tables, which a replaced table does not keep.
async fn tables(stack: &Stack) -> Result<BTreeMap<String, Option<String>>> {
    let (mut tables, deployment) = (BTreeMap::new(), stack.deployment());
    for name in [&deployment.artists, &deployment.terms, &deployment.control, &deployment.edges] {
        let it = stack.clients().dynamodb.describe_table().table_name(name).send().await?;
        let id = it.table.with_context(|| format!("no table {name}"))?.table_id;
        ensure!(id.is_some(), "{name} has no id");
        tables.insert(name.clone(), id);
    }
    Ok(tables)
}
