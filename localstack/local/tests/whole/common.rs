//! Shared by the tests: starting a stack, and reading what must be equal.

use std::{future::Future, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use local::{
    collect,
    compare::{self, Rows},
    http,
    python::{Environment, Requirements},
    report::Report,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    terminal::steps::Steps,
    workspace::Workspace,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

/// A stand-in with this many artists, whose pages always contain the same rows.
pub(crate) fn steady(artists: u32) -> Settings {
    with_faults(artists, json!({}))
}

/// The same stand-in with additional faults.
pub(crate) fn with_faults(artists: u32, faults: Value) -> Settings {
    compare::steady(artists, faults)
}

/// A stack on that stand-in, configured with its real limit.
pub(crate) async fn start(spotify: Settings) -> Result<Stack> {
    let rate = Some(spotify.rate);
    start_with(Options { spotify: Choice::Fake(spotify), rate, ..Options::default() }).await
}

/// A stack of any kind.
pub(crate) async fn start_with(options: Options) -> Result<Stack> {
    // Boxed, since starting makes every test a large future.
    Box::pin(Stack::start(&Workspace::find().await?, &options)).await
}

/// Collects one run from its opening to its end.
pub(crate) async fn collect(stack: &mut Stack) -> Result<Report> {
    let closed = collect::to_the_end(stack).await?;
    Report::of(stack, &closed).await
}

/// Messages that a function has failed on come back after 20 s instead of the template's two minutes.
pub(crate) async fn return_messages_soon(stack: &Stack) -> Result<()> {
    let queue = stack.clients().sqs.set_queue_attributes().queue_url(&stack.deployment().window);
    queue.attributes(QueueAttributeName::VisibilityTimeout, "20").send().await?;
    Ok(())
}

/// The artists that an undisturbed run collects from that stand-in.
pub(crate) async fn undisturbed(artists: u32) -> Result<Rows> {
    let workspace = Workspace::find().await?;
    Ok(Box::pin(compare::undisturbed(&workspace, artists, &Steps::quiet())).await?.0)
}

/// The artist table without the fields that depend on the order of answers.
pub(crate) async fn artist_rows(stack: &Stack) -> Result<Rows> {
    compare::lasting_rows(stack).await
}

/// The template as JSON, with its short tags in long form.
pub(crate) async fn template() -> Result<Value> {
    let workspace = Workspace::find().await?;
    let environment = Environment::ensure(&workspace, Requirements::Test).await?;
    let script = "import json, sys; from cfnlint.decode import cfn_yaml; \
                  print(json.dumps(cfn_yaml.load(sys.argv[1]), default=str))";
    let mut python = Command::new(environment.python());
    let output = python.args(["-c", script]).arg(workspace.template()).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("the template is not JSON")
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
            letters.push(serde_json::from_str(message.body().context("a dead letter without a body")?)?);
        }
    }
}

/// The session token of requests to the API.
pub(crate) const SESSION_TOKEN: &str = "session-token-of-whoever-asks";

/// The API's answer to a signed request.
pub(crate) async fn ask_api(stack: &Stack, method: Method, path: &str) -> Result<(u16, Value)> {
    send_to_api(stack, method, path, None).await
}

/// The API's answer to a signed request with a body; null if it is empty.
pub(crate) async fn send_to_api(
    stack: &Stack,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<(u16, Value)> {
    let url = stack.deployment().api_url.as_ref().context("the stack has no API")?;
    let request = http::client()?.request(method, format!("{url}{path}"));
    let request = body.into_iter().fold(request, reqwest::RequestBuilder::json).build()?;
    let request = stack.access().sign("execute-api", Some(SESSION_TOKEN), request)?;
    let answer = http::client()?.execute(request).await?;
    let (status, body) = (answer.status().as_u16(), answer.bytes().await?);
    if body.is_empty() {
        return Ok((status, Value::Null));
    }
    Ok((status, serde_json::from_slice(&body).context("the answer is no JSON")?))
}

/// Keeps what a user likes.
pub(crate) async fn put_user(stack: &Stack, user: &str, wishes: &Value) -> Result<(u16, Value)> {
    send_to_api(stack, Method::PUT, &format!("/v1/users/{user}"), Some(wishes)).await
}

/// Repeats the question until it has an answer.
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
