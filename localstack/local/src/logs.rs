//! What the functions have logged, from the emulator's CloudWatch Logs.
//!
//! One call with a JSON body is all that is needed of this service, so it is made by hand; its client would
//! be one more crate that takes a minute to build.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;

use crate::{aws::Clients, http::client};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    events: Vec<Event>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    message: String,
}

/// Every line that a function has logged, oldest first; none when it was never invoked.
pub async fn of_function(clients: &Clients, function: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut token = None;
    loop {
        let Some(page) = page(clients, function, token.as_deref()).await? else { return Ok(lines) };
        lines.extend(page.events.into_iter().map(|event| event.message.trim_end().to_owned()));
        // Some emulators repeat the last token instead of leaving it out.
        if page.next_token.is_none() || page.next_token == token {
            return Ok(lines);
        }
        token = page.next_token;
    }
}

async fn page(clients: &Clients, function: &str, token: Option<&str>) -> Result<Option<Page>> {
    let mut body = json!({"logGroupName": format!("/aws/lambda/{function}"), "limit": 10_000});
    if let Some(token) = token {
        body["nextToken"] = token.into();
    }
    let access = clients.access.as_ref().context("only the logs of an emulator can be read")?;
    let request = client()?
        .post(access.endpoint())
        .header("x-amz-target", "Logs_20140328.FilterLogEvents")
        .header("content-type", "application/x-amz-json-1.1")
        .body(body.to_string())
        .build()?;
    let response = client()?
        .execute(access.sign("logs", None, request)?)
        .await
        .context("the emulator's CloudWatch Logs do not answer")?;
    let status = response.status();
    let text = response.text().await?;
    if !status.is_success() {
        if text.contains("ResourceNotFoundException") {
            return Ok(None);
        }
        bail!("the logs of {function} could not be read ({status}): {text}");
    }
    serde_json::from_str(&text)
        .map(Some)
        .with_context(|| format!("the logs of {function} are not as documented"))
}
