//! What an operator does about dead letters: read them, and send their terms again.

use std::time::Duration;

use anyhow::Result;
use cloud::control::DynamoControl;
use cloud::letters::SqsDeadLetters;
use cloud::terms::DynamoFrontier;
use collect::operator::dead_letters;
use collect::operator::dead_letters::{Letter, Redriven};
use collect::term::TermKey;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::Clients;
use crate::cli::PlaceArgs;
use crate::deploy::Deployment;
use crate::state::Left;
use crate::workspace::Workspace;

/// Access to one deployed Fermata.
#[derive(Debug)]
pub struct Operator {
    control: DynamoControl,
    frontier: DynamoFrontier,
    letters: SqsDeadLetters,
}

impl Operator {
    /// The operator of what was deployed through these clients.
    pub fn new(clients: &Clients, deployment: &Deployment) -> Self {
        let dynamodb = &clients.dynamodb;
        Self {
            // Puts nothing that expires, so it does not matter how long it would be kept.
            control: DynamoControl::new(dynamodb.clone(), &deployment.control, Duration::ZERO),
            frontier: DynamoFrontier::new(dynamodb.clone(), &deployment.terms, Duration::ZERO),
            letters: SqsDeadLetters::new(clients.sqs.clone(), &deployment.dead_letters),
        }
    }

    /// The operator of what the arguments name.
    ///
    /// # Errors
    /// When nothing is deployed there.
    pub async fn at(workspace: &Workspace, place: &PlaceArgs) -> Result<Self> {
        let clients = match &place.endpoint {
            Some(url) => Clients::new(url),
            None if place.aws => Clients::of_account().await,
            None => {
                let left = Left::require(workspace).await?;
                return Ok(Self::new(&left.clients(), &left.deployment));
            }
        };
        let deployment = Deployment::find(&clients, &place.stack_name).await?;
        Ok(Self::new(&clients, &deployment))
    }

    /// All dead letters, the oldest first. They stay where they are.
    pub async fn letters(&self) -> Result<Vec<Letter>> {
        Ok(dead_letters::list(&self.letters).await?)
    }

    /// Sends the terms of all letters again, or the one term, and says what became of each letter.
    pub async fn redrive(&self, only: Option<&TermKey>) -> Result<Vec<(Letter, Redriven)>> {
        Ok(dead_letters::redrive(&self.control, &self.frontier, &self.letters, only).await?)
    }
}

/// A letter as one JSON object. Its fields are null where the message could not be read.
pub fn to_json(letter: &Letter, now: Timestamp) -> Value {
    json!({
        "id": letter.id,
        "run": letter.term.as_ref().map(|term| &term.run),
        "term": letter.term.as_ref().map(|term| &term.key),
        "attempts": letter.attempts,
        "reason": letter.reason,
        "age_s": letter.age(now).as_secs(),
        "body": letter.body,
    })
}

/// A letter in two lines.
pub fn to_text(letter: &Letter, now: Timestamp) -> String {
    let what = match &letter.term {
        Some(term) => format!("{} of run {}", term.key, term.run),
        None => format!("unreadable: {}", letter.body.chars().take(100).collect::<String>().escape_debug()),
    };
    let attempts = match letter.attempts {
        Some(1) => "1 attempt".to_owned(),
        Some(attempts) => format!("{attempts} attempts"),
        None => "attempts unknown".to_owned(),
    };
    let age = age(letter.age(now));
    format!("{what}, {attempts}, {age} ago, message {}\n  {}", letter.id, letter.reason)
}

/// In the largest unit of which there are two.
fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(body: &str) -> Letter {
        Letter {
            id: "m-1".to_owned(),
            sent_at: Timestamp::UNIX_EPOCH,
            reason: "gave up after 5 attempts".to_owned(),
            term: serde_json::from_str(body).ok(),
            attempts: Some(5),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_letter_is_told_with_term_attempts_age_message_and_reason() {
        let letter = letter(r#"{"run":"2026-11-23","key":"search:ab","generation":1}"#);
        let now = Timestamp::UNIX_EPOCH + Duration::from_mins(3);
        let text = to_text(&letter, now);
        assert_eq!(
            text,
            "search:ab of run 2026-11-23, 5 attempts, 3 min ago, message m-1\n  gave up after 5 attempts"
        );
        let json = to_json(&letter, now);
        assert_eq!((&json["term"], &json["age_s"]), (&json!("search:ab"), &json!(180)), "{json}");
    }

    #[test]
    fn an_unreadable_message_is_shown_as_it_came_without_control_characters() {
        let letter = letter("\u{1b}[2Jnot a term");
        let text = to_text(&letter, Timestamp::UNIX_EPOCH + Duration::from_hours(50));
        assert!(text.starts_with("unreadable: \\u{1b}[2Jnot a term, 5 attempts, 2 days ago"), "{text}");
        assert_eq!(to_json(&letter, Timestamp::UNIX_EPOCH)["term"], Value::Null);
    }
}
