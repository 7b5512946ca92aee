//! What an operator changes: sends dead letters again, erases artists.

use std::time::Duration;

use anyhow::Result;
use cloud::{
    artists::DynamoArtists, clock::SystemClock, control::DynamoControl, dead_letters::SqsDeadLetters,
    terms::DynamoFrontier, tracks::DynamoTracks, users::DynamoUsers,
};
use collect::{
    catalogue::ArtistId,
    operator::{
        dead_letters::{self, Letter, Redriven},
        forget::{self, Forgotten},
    },
    ports::Users,
    recommend::Username,
    term::TermKey,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    aws::Clients,
    deploy::Deployment,
    terminal::{
        escape,
        words::{counted, time},
    },
};

/// Access to one deployed Fermata.
#[derive(Debug)]
pub struct Operator {
    artists: DynamoArtists,
    control: DynamoControl,
    frontier: DynamoFrontier,
    letters: SqsDeadLetters,
    tracks: Option<DynamoTracks>,
    users: DynamoUsers,
}

impl Operator {
    /// Creates the operator of the deployment that these clients reach.
    pub fn new(clients: &Clients, deployment: &Deployment) -> Self {
        let dynamodb = &clients.dynamodb;
        Self {
            // The retention does not matter, because it writes nothing that expires.
            artists: DynamoArtists::new(dynamodb.clone(), &deployment.artists, Duration::ZERO)
                .with_index(deployment.search.as_deref())
                .with_edges(&deployment.edges),
            control: DynamoControl::new(dynamodb.clone(), &deployment.control, Duration::ZERO),
            frontier: DynamoFrontier::new(dynamodb.clone(), &deployment.terms),
            letters: SqsDeadLetters::new(clients.sqs.clone(), &deployment.dead_letters),
            tracks: deployment
                .tracks
                .as_deref()
                .map(|table| DynamoTracks::new(dynamodb.clone(), table, Duration::ZERO)),
            users: DynamoUsers::new(dynamodb.clone(), &deployment.users, Duration::ZERO),
        }
    }

    /// All dead letters, oldest first. They stay in the queue.
    pub async fn letters(&self) -> Result<Vec<Letter>> {
        Ok(dead_letters::list(&self.letters).await?)
    }

    /// Erases an artist, which takes some 25 seconds.
    pub async fn forget(&self, artist: &ArtistId) -> Result<Forgotten> {
        let Self { control, artists, frontier, .. } = self;
        Ok(match &self.tracks {
            Some(tracks) => forget::forget(&SystemClock, control, artists, tracks, frontier, artist).await?,
            None => forget::forget(&SystemClock, control, artists, &(), frontier, artist).await?,
        })
    }

    /// Erases a user with all recommendations; how many items there were.
    pub async fn forget_user(&self, user: &Username) -> Result<u64> {
        Ok(self.users.erase_user(user).await?)
    }

    /// Sends the terms of all dead letters again, or of one, and returns the outcome of each.
    pub async fn redrive(&self, only: Option<&TermKey>) -> Result<Vec<(Letter, Redriven)>> {
        Ok(dead_letters::redrive(&self.control, &self.frontier, &self.letters, only).await?)
    }
}

/// A dead letter as one JSON object. Fields are null if the message could not be read.
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

/// Most characters of a message that are shown.
const SHOWN: usize = 100;

/// A dead letter in two lines. Text from other parties is escaped.
pub fn to_text(letter: &Letter, now: Timestamp) -> String {
    let what = match &letter.term {
        Some(term) => format!("{} of run {}", term.key, term.run),
        None => format!("unreadable message `{}`", letter.body.chars().take(SHOWN).collect::<String>()),
    };
    let attempts = letter
        .attempts
        .map_or("number of attempts unknown".to_owned(), |attempts| counted(attempts.into(), "attempt"));
    let age = time(Duration::from_secs(letter.age(now).as_secs()));
    let head = format!("{what}: {attempts}, given up {age} ago (message {})", letter.id);
    format!("{}\n  Reason: {}", escape::line(&head), escape::line(&letter.reason))
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
    fn a_dead_letter_shows_term_attempts_age_and_reason() {
        let letter = letter(r#"{"run":"2026-11-23","key":"search:ab","generation":1}"#);
        let now = Timestamp::UNIX_EPOCH + Duration::from_mins(3);
        let text = to_text(&letter, now);
        assert_eq!(
            text,
            "search:ab of run 2026-11-23: 5 attempts, given up 3 min ago (message m-1)\n  Reason: gave up after 5 attempts"
        );
        let json = to_json(&letter, now);
        assert_eq!((&json["term"], &json["age_s"]), (&json!("search:ab"), &json!(180)), "{json}");
    }

    #[test]
    fn a_dead_letters_control_characters_are_escaped() {
        let mut letter = letter("\u{1b}[2Jnot a term");
        letter.reason = "403\n0 dead letters\u{9b}1A\u{7}".to_owned();
        let text = to_text(&letter, Timestamp::UNIX_EPOCH + Duration::from_hours(50));
        assert_eq!(
            text,
            "unreadable message `\\u{1b}[2Jnot a term`: 5 attempts, given up 2 days 2 h ago (message m-1)\n  \
             Reason: 403\\u{a}0 dead letters\\u{9b}1A\\u{7}"
        );
        assert_eq!(to_json(&letter, Timestamp::UNIX_EPOCH)["term"], Value::Null);
    }
}
