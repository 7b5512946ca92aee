//! What the tests share: starting a stack, and reading what must be equal.

use std::{collections::BTreeMap, future::Future, time::Duration};

use anyhow::{Context, Result, bail};
use local::{
    collect,
    report::Report,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    workspace::Workspace,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// A stand-in with so many artists, whose pages always hold the same rows.
pub(crate) fn steady(artists: u32) -> Settings {
    with_faults(artists, json!({}))
}

/// The same with faults beside. Ties that change places between pages stay off: they hide an artist now and then from
/// whoever asks, so that two undisturbed runs would differ too.
pub(crate) fn with_faults(artists: u32, mut faults: Value) -> Settings {
    faults["tie_shift_rate"] = 0.into();
    Settings { artists, faults: Some(faults), ..Settings::default() }
}

/// A stack on that stand-in, told the stand-in's own limit.
pub(crate) async fn start(spotify: Settings) -> Result<Stack> {
    let rate = Some(spotify.rate);
    start_with(Options { spotify: Choice::Fake(spotify), rate, ..Options::default() }).await
}

/// A stack of any kind.
pub(crate) async fn start_with(options: Options) -> Result<Stack> {
    Stack::start(&Workspace::find().await?, &options).await
}

/// One run from the beginning to the end.
pub(crate) async fn collect(stack: &mut Stack) -> Result<Report> {
    let closed = collect::to_the_end(stack).await?;
    Report::of(stack, &closed).await
}

/// The artists that a run without any disturbance collects from that stand-in.
pub(crate) async fn undisturbed(artists: u32) -> Result<BTreeMap<String, Value>> {
    let mut stack = start(Settings { rate: 6000, ..steady(artists) }).await?;
    let report = collect(&mut stack).await?;
    if report.dead_letters > 0 || report.requests_by_status.as_ref().is_none_or(|by| by.len() != 1) {
        bail!("this run was meant to be undisturbed: {report:?}");
    }
    let rows = artist_rows(&stack).await?;
    stack.stop().await?;
    Ok(rows)
}

/// The artist table as far as it says something of the artists: without when and by which of several terms each was
/// found, which depends on the order of answers.
pub(crate) async fn artist_rows(stack: &Stack) -> Result<BTreeMap<String, Value>> {
    let mut rows = stack.observer().artist_rows().await?;
    for row in rows.values_mut() {
        let row = row.as_object_mut().context("a row is no object")?;
        for name in ["found_by", "first_seen", "last_seen", "expires_at"] {
            row.remove(name).with_context(|| format!("a row has no {name}"))?;
        }
    }
    Ok(rows)
}

/// The bodies of all dead letters.
pub(crate) async fn dead_letters(stack: &Stack) -> Result<Vec<Value>> {
    let (sqs, queue) = (&stack.clients().sqs, &stack.deployment().dead_letters);
    let mut letters = Vec::new();
    loop {
        let received = sqs.receive_message().queue_url(queue).max_number_of_messages(10).send().await?;
        if received.messages().is_empty() {
            return Ok(letters);
        }
        for message in received.messages() {
            letters.push(serde_json::from_str(message.body().context("a letter without a body")?)?);
        }
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        sleep(Duration::from_millis(200)).await;
    }
    bail!("a minute has passed without {what}")
}
