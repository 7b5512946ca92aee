//! The disturbances, one kind at a time.

use std::{fmt, time::Duration};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use rand::{Rng, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::RATE;
use crate::{observe::to_json, stack::Stack};

/// A kind of disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Kills the functions' processes while they work.
    KillFunctions,
    /// Restarts the emulator with its stored state; the functions' processes die with it.
    RestartEmulator,
    /// Sends every message in flight once more, and also that of the term's previous dispatch.
    SendTwice,
    /// From now on the stand-in sends errors, truncated and unreadable bodies, delays and wrong totals.
    BadAnswers,
    /// From now on tokens expire early and the token service fails at times.
    DyingTokens,
    /// For a while the stand-in allows fewer requests than Fermata is configured for, and sometimes omits
    /// Retry-After.
    Refusals,
}

impl Disturbance {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::KillFunctions,
        Self::RestartEmulator,
        Self::SendTwice,
        Self::BadAnswers,
        Self::DyingTokens,
        Self::Refusals,
    ];

    /// Applies the disturbance to a run.
    pub(super) async fn cause(
        self,
        stack: &mut Stack,
        run: &str,
        random: &mut SmallRng,
        done: &mut Done,
    ) -> Result<()> {
        match self {
            Self::KillFunctions => done.functions_killed += stack.kill_functions().await?,
            Self::RestartEmulator => {
                stack.restart_emulator().await?;
                done.emulator_restarts += 1;
            }
            Self::SendTwice => done.messages_repeated += send_again(stack, run).await?,
            Self::BadAnswers => stack.spotify().set_faults(&bad_answers(random)).await?,
            Self::DyingTokens => stack.spotify().set_faults(&dying_tokens()).await?,
            Self::Refusals => refuse(stack, random).await?,
        }
        done.disturbances += 1;
        Ok(())
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::KillFunctions => "the functions' processes are killed",
            Self::RestartEmulator => "the emulator restarts",
            Self::SendTwice => "every message is sent twice more",
            Self::BadAnswers => "the stand-in answers with errors and damaged bodies",
            Self::DyingTokens => "tokens expire early",
            Self::Refusals => "the stand-in lowers its limit for a few seconds",
        })
    }
}

/// What the disturbances did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many disturbances there were.
    pub disturbances: usize,
    /// Function processes that were killed, not counting those that died with the emulator.
    pub functions_killed: usize,
    /// How often the emulator was restarted.
    pub emulator_restarts: usize,
    /// Messages that were sent a second time.
    pub messages_repeated: usize,
    /// Ticks that failed.
    pub failed_ticks: u64,
}

/// Faults that now and then cost a term an attempt, but never five in a row.
fn bad_answers(random: &mut SmallRng) -> Value {
    json!({
        "error_rate": random.random_range(0.01..0.05),
        "cut_rate": random.random_range(0.01..0.03),
        "nonjson_rate": random.random_range(0.0..0.02),
        "total_lies": 0.2,
        "delay_ms": random.random_range(0..100),
        "delay_jitter_ms": random.random_range(0..300),
    })
}

fn dying_tokens() -> Value {
    json!({"token_ttl_s": 2, "token_expires_in_s": 3600, "token_error_rate": 0.2})
}

/// Lowers the limit for a few seconds.
async fn refuse(stack: &Stack, random: &mut SmallRng) -> Result<()> {
    stack.spotify().set_faults(&json!({"retry_after_missing": random.random_bool(0.5)})).await?;
    stack.spotify().set_limits(&json!({"rate": random.random_range(50..200)})).await?;
    sleep(Duration::from_secs(random.random_range(3..8))).await;
    stack.spotify().set_limits(&json!({"rate": RATE})).await
}

/// Ends all faults of the stand-in.
pub(super) async fn calm(stack: &Stack) -> Result<()> {
    let faults = json!({
        "error_rate": 0, "cut_rate": 0, "nonjson_rate": 0, "total_lies": 0, "delay_ms": 0, "delay_jitter_ms": 0,
        "token_ttl_s": 3600, "token_expires_in_s": null, "token_error_rate": 0, "retry_after_missing": false,
    });
    stack.spotify().set_faults(&faults).await
}

/// Sends the message of every sent term again, and that of its previous dispatch. Returns how many it sent.
async fn send_again(stack: &Stack, run: &str) -> Result<usize> {
    let mut sent = 0;
    for key in on_their_way(stack, run).await? {
        let term = stack.clients().dynamodb.get_item().table_name(&stack.deployment().terms);
        let term = term.key("run", text(run)).key("key", text(&key)).send().await?;
        let term = to_json(term.item.context("a term has disappeared")?);
        let generation = term["generation"].as_u64().context("a term has no generation")?;
        for generation in [generation, generation.saturating_sub(1)] {
            stack.send(&json!({"run": run, "key": key, "generation": generation}).to_string()).await?;
            sent += 1;
        }
    }
    Ok(sent)
}

/// The keys of all sent terms.
async fn on_their_way(stack: &Stack, run: &str) -> Result<Vec<String>> {
    let query = stack.clients().dynamodb.query().table_name(&stack.deployment().terms);
    let answer = query
        .index_name("lanes")
        .key_condition_expression("#lane = :lane")
        .expression_attribute_names("#lane", "lane")
        .expression_attribute_values(":lane", text(&format!("{run}#sent")))
        .send()
        .await
        .context("cannot list the sent terms")?;
    let key = |item| to_json(item)["key"].as_str().map(str::to_owned);
    Ok(answer.items.unwrap_or_default().into_iter().filter_map(key).collect())
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
