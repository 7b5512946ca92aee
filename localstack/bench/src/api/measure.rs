//! The measurement of one program.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use local::stack::Stack;
use serde_json::Value;

use crate::fetch::stage::function;
use crate::process;

/// Starts of a program for each route; the median counts.
const STARTS: usize = 7;

/// Requests before those that are measured.
const WARM_UP: usize = 50;

/// Artists and genres that are asked for in turn.
const ARTISTS: usize = 200;
const GENRES: usize = 20;

/// A page of a genre, by default.
const PAGE: usize = 20;

/// The routes, as the result names them.
pub(super) const ROUTES: [&str; 2] = ["GET /v1/artists/{id}", "GET /v1/artists?genre="];

/// What is run: a program, below a tool if there is one.
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) tool: Vec<String>,
}

/// What one route has cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// CPU time of the process for each request.
    pub(super) cpu: Duration,
    /// The time that 99 of 100 requests stay within.
    pub(super) p99: Duration,
    /// The time from the start of the process to its first answer.
    pub(super) cold_start: Duration,
}

/// The events of each route.
pub(super) struct Questions([Vec<Value>; 2]);

impl Questions {
    /// Asks for artists from all over the table, and for the genres that most artists have.
    pub(super) async fn of(stack: &Stack) -> Result<Self> {
        let rows = stack.observer().artist_rows().await?;
        let step = (rows.len() / ARTISTS).max(1);
        let artists = rows.keys().step_by(step).take(ARTISTS);
        let artists = artists.map(|id| event(&format!("/v1/artists/{id}"), None)).collect::<Result<_>>()?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for genre in rows.values().flat_map(|row| row["genres"].as_array().into_iter().flatten()) {
            *counts.entry(genre.as_str().context("a genre is no text")?).or_default() += 1;
        }
        let mut genres: Vec<(usize, &str)> =
            counts.into_iter().map(|(genre, count)| (count, genre)).collect();
        genres.sort_unstable_by_key(|genre| std::cmp::Reverse(*genre));
        genres.retain(|(count, _)| *count >= PAGE);
        genres.truncate(GENRES);
        ensure!(!genres.is_empty(), "no genre fills a page; take more artists");
        let genres = genres.iter().map(|(_, genre)| event("/v1/artists", Some(genre)));
        Ok(Self([artists, genres.collect::<Result<_>>()?]))
    }
}

/// The event of a request, as API Gateway sends it.
fn event(path: &str, genre: Option<&str>) -> Result<Value> {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../../functions/api/fixtures/http-api-v2.json"))?;
    event["rawPath"] = path.into();
    event["requestContext"]["http"]["path"] = path.into();
    event["requestContext"]["http"]["method"] = "GET".into();
    if let Some(genre) = genre {
        event["rawQueryString"] =
            format!("genre={}", genre.replace('%', "%25").replace('&', "%26").replace(' ', "%20")).into();
        event["queryStringParameters"] = serde_json::json!({"genre": genre});
    }
    Ok(event)
}

/// The bodies of a program's answers, route by route.
pub(super) type Answers = [Vec<Value>; 2];

/// Measures a program on both routes. Its answers come with it.
pub(super) async fn program(
    stack: &Stack,
    program: &Program,
    questions: &Questions,
    requests: usize,
) -> Result<([Measured; 2], Answers)> {
    let api = stack.deployment().api.clone().context("the stack has no API")?;
    let start = async || function(stack, &api, &program.path, &program.tool).await;
    let mut answers = [Vec::new(), Vec::new()];
    let mut measured = Vec::new();
    for (events, answers) in questions.0.iter().zip(&mut answers) {
        let mut cold_starts = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            let mut function = start().await?;
            function.invoke(&events[0]).await?;
            cold_starts.push(function.started_in() + function.busy());
            function.end().await?;
        }
        let mut function = start().await?;
        for event in events {
            answers.push(body(&function.invoke(event).await?)?);
        }
        for event in events.iter().cycle().take(WARM_UP) {
            function.invoke(event).await?;
        }
        let (cpu_s, mut times) = (process::cpu_s(&function.pid())?, Vec::with_capacity(requests));
        for event in events.iter().cycle().take(requests) {
            let busy = function.busy();
            function.invoke(event).await?;
            times.push(function.busy().saturating_sub(busy));
        }
        let cpu_s = process::cpu_s(&function.pid())? - cpu_s;
        function.end().await?;
        measured.push(Measured {
            cpu: Duration::from_secs_f64(cpu_s).div_f64(f64::from(u32::try_from(requests)?)),
            p99: quantile(&mut times, 99),
            cold_start: quantile(&mut cold_starts, 50),
        });
    }
    let measured = measured.try_into().ok().context("a route was not measured")?;
    Ok((measured, answers))
}

/// The least of the times that at least so many percent do not exceed.
fn quantile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).max(1);
    times.get(rank - 1).copied().unwrap_or_default()
}

/// The JSON of an answer with status 200.
fn body(answer: &Value) -> Result<Value> {
    ensure!(answer["statusCode"] == 200, "a request is answered with {answer}");
    let body = answer["body"].as_str().context("an answer has no body")?;
    serde_json::from_str(body).context("a body is not JSON")
}

/// Fails unless both programs have answered the same. Each signs its cursors in its own way.
pub(super) fn same(ours: &Answers, theirs: &Answers) -> Result<()> {
    for (route, (ours, theirs)) in ROUTES.iter().zip(ours.iter().zip(theirs)) {
        ensure!(ours.len() == theirs.len(), "{route}: {} and {} answers", ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            let [ours, theirs] = [ours, theirs].map(without_cursor);
            ensure!(ours == theirs, "{route} is answered with {ours} and by Python with {theirs}");
        }
    }
    Ok(())
}

fn without_cursor(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(next) = answer.get_mut("next") {
        *next = next.is_string().into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ninety_nine_of_a_hundred_times_are_within_the_quantile() {
        let mut times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile(&mut times, 99), Duration::from_millis(198));
        assert_eq!(quantile(&mut [Duration::from_millis(7)], 99), Duration::from_millis(7));
        assert_eq!(quantile(&mut times, 50), Duration::from_millis(100));
    }

    #[test]
    fn other_answers_are_noticed_and_other_cursors_are_not() {
        let answers = |name: &str, next: Value| [vec![json!({"name": name})], vec![json!({"next": next})]];
        let ours = answers("Ana", json!("abc"));
        assert!(same(&ours, &answers("Ana", json!("xyz"))).is_ok());
        for other in [answers("Bo", json!("abc")), answers("Ana", Value::Null), [Vec::new(), Vec::new()]] {
            assert!(same(&ours, &other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn an_event_asks_for_its_genre() {
        let event = event("/v1/artists", Some("drum & bass")).unwrap();
        assert_eq!(event["rawQueryString"], "genre=drum%20%26%20bass");
        assert_eq!(event["queryStringParameters"]["genre"], "drum & bass");
        assert_eq!(event["rawPath"], "/v1/artists");
    }
}
