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
    /// Milliseconds of the epoch.
    timestamp: i64,
}

/// Most events in one answer.
const MOST: usize = 10_000;

/// Every line that a function has logged, oldest first; none when it was never invoked.
pub async fn of_function(clients: &Clients, function: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let (mut token, mut start) = (None, Start::default());
    loop {
        let Some(page) = page(clients, function, token.as_deref(), start.at).await? else { return Ok(lines) };
        let is_full = page.events.len() == MOST;
        let known = start.known;
        start = start.after(&page.events);
        lines.extend(page.events.into_iter().skip(known).map(|event| event.message.trim_end().to_owned()));
        let (last, next) = (token, page.next_token);
        // Some emulators repeat the last token instead of leaving it out.
        token = next.filter(|next| last.as_ref() != Some(next));
        if token.is_some() {
            start = Start::default();
        } else if !is_full || known == MOST {
            return Ok(lines);
        }
    }
}

/// Where to go on without a token, which MiniStack never gives: at the time of the last event.
#[derive(Clone, Copy, Default)]
struct Start {
    at: Option<i64>,
    /// Events of that time that are known already.
    known: usize,
}

impl Start {
    fn after(self, events: &[Event]) -> Self {
        let Some(last) = events.last().map(|event| event.timestamp) else { return self };
        let known = events.iter().rev().take_while(|event| event.timestamp == last).count();
        Self { at: Some(last), known }
    }
}

async fn page(
    clients: &Clients,
    function: &str,
    token: Option<&str>,
    start: Option<i64>,
) -> Result<Option<Page>> {
    let mut body = json!({"logGroupName": format!("/aws/lambda/{function}"), "limit": MOST});
    if let Some(token) = token {
        body["nextToken"] = token.into();
    } else if let Some(start) = start {
        body["startTime"] = start.into();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_goes_on_behind_the_events_that_are_known() {
        let event = |timestamp| Event { message: String::new(), timestamp };
        let start = Start::default().after(&[1, 2, 2].map(event));
        assert_eq!((start.at, start.known), (Some(2), 2));
        let again = start.after(&[2, 2, 2].map(event));
        assert_eq!((again.at, again.known), (Some(2), 3));
        let end = again.after(&[]);
        assert_eq!((end.at, end.known), (Some(2), 3));
    }
}
