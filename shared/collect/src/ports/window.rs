//! The port to the queue.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::PortError;
use super::frontier::Claim;
use crate::term::{RunId, TermKey};

/// The queue that holds the window, and the dead letters beside it.
#[trait_variant::make(Send)]
pub trait Window {
    /// Sends one message for each claim; returns the claims that were not accepted.
    async fn send(&self, claims: &[Claim]) -> Result<Vec<Claim>, PortError>;

    /// Hides a received message for `wait` from now. Its id must then be reported as failed, or it is
    /// deleted.
    async fn defer(&self, delivery: &Delivery, wait: Duration) -> Result<(), PortError>;

    /// Puts a copy of a message that cannot be worked, with the reason, where an operator finds it.
    async fn set_aside(&self, letter: &DeadLetter) -> Result<(), PortError>;
}

/// What travels through the queue: enough to find the term, nothing that could grow old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermMessage {
    /// The run.
    pub run: RunId,
    /// The term.
    pub key: TermKey,
    /// The dispatch that sent it.
    pub generation: u32,
}

impl TermMessage {
    /// Reads the body of a message. A later release marks messages that this one would misread with
    /// `schema_version`; fields may be added without a mark.
    ///
    /// # Errors
    /// [`Unread::Newer`] for a marked message, otherwise why it cannot be read.
    pub fn read(body: &str) -> Result<Self, Unread> {
        #[derive(Deserialize)]
        struct Mark {
            schema_version: Option<u64>,
        }
        let mark = serde_json::from_str(body).unwrap_or(Mark { schema_version: None });
        match mark.schema_version {
            Some(version) => Err(Unread::Newer(version)),
            None => serde_json::from_str(body).map_err(|error| Unread::Broken(error.to_string())),
        }
    }
}

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// A later release has sent it, with this version of the schema.
    Newer(u64),
    /// It is no message of Fermata.
    Broken(String),
}

impl From<&Claim> for TermMessage {
    fn from(claim: &Claim) -> Self {
        Self { run: claim.run.clone(), key: claim.key.clone(), generation: claim.generation }
    }
}

impl From<TermMessage> for Claim {
    fn from(message: TermMessage) -> Self {
        Self { run: message.run, key: message.key, generation: message.generation }
    }
}

/// The queue's name for one delivery of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(pub String);

/// A message as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Identity of the message, the same at each delivery.
    pub id: String,
    /// Identity of this delivery.
    pub handle: Handle,
    /// The body as it came, whatever it is.
    pub body: String,
    /// How often it was delivered, this time included.
    pub receive_count: u32,
    /// When it was received this time. The queue counts the twelve hours that a message may be hidden from
    /// here.
    pub received_at: Timestamp,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Why, in a sentence.
    pub reason: String,
    /// The body of the message as it came, unless that does not fit.
    pub body: String,
    /// Real failures before.
    pub attempts: u32,
}

/// Longest reason, in characters.
const REASON_CHARS: usize = 1000;

/// Most bytes of a body, as they are written in JSON. A queue takes 256 KiB in all.
const BODY_BYTES: usize = 200 * 1024;

impl DeadLetter {
    /// A letter that every queue takes: one that is refused for its size or its characters would bring its
    /// message back for ever.
    pub fn new(reason: &str, body: &str, attempts: u32) -> Self {
        let mut written = 0;
        let fits = |c: &char| {
            written += written_bytes(*c);
            written <= BODY_BYTES
        };
        let kept: String = body.chars().take_while(fits).map(sendable).collect();
        let mut reason: String = reason.chars().take(REASON_CHARS).map(sendable).collect();
        if kept.chars().count() < body.chars().count() {
            reason = format!("{reason} (only the beginning of its {} bytes is kept)", body.len());
        }
        Self { reason, body: kept, attempts }
    }
}

/// Bytes of a character in a JSON text.
fn written_bytes(c: char) -> usize {
    match c {
        '"' | '\\' => 2,
        c if c.is_control() => 6,
        c => c.len_utf8(),
    }
}

/// SQS refuses these two characters; control characters are escaped in JSON.
fn sendable(c: char) -> char {
    if matches!(c, '\u{fffe}' | '\u{ffff}') { char::REPLACEMENT_CHARACTER } else { c }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_letter_that_fits_is_kept_as_it_is() {
        let letter = DeadLetter::new("unreadable", "not a \u{1} term", 2);
        assert_eq!((letter.reason.as_str(), letter.body.as_str()), ("unreadable", "not a \u{1} term"));
    }

    #[test]
    fn a_body_that_would_not_fit_is_cut_and_the_reason_says_so() {
        let letter = DeadLetter::new("unreadable", &"\"".repeat(200_000), 0);
        assert_eq!(letter.body.len(), 100 * 1024);
        assert_eq!(letter.reason, "unreadable (only the beginning of its 200000 bytes is kept)");
    }

    proptest! {
        #[test]
        fn every_letter_fits_into_the_queue(
            reason in "(?s).{0,40}",
            body in "(?s)([\"\\\\\u{1}\u{ffff}a-é😀]|.){0,40}",
            times in 1_usize..9000,
        ) {
            let letter = DeadLetter::new(&reason.repeat(times), &body.repeat(times), 0);
            let sent = serde_json::to_string(&letter).unwrap();
            prop_assert!(sent.len() < 256 * 1024, "{} bytes", sent.len());
            let refused = sent.contains(['\u{fffe}', '\u{ffff}']);
            prop_assert!(!refused, "SQS refuses {sent}");
        }
    }
}
