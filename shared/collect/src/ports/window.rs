//! The port to the queue.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Claim, PortError};
use crate::run::RunId;
use crate::term::TermKey;

/// The queue that holds the window, and the dead letters beside it.
#[trait_variant::make(Send)]
pub trait Window {
    /// Sends one message for each claim; returns the claims that were not accepted.
    async fn send(&self, claims: &[Claim]) -> Result<Vec<Claim>, PortError>;

    /// Hides a received message for `wait` from now. Its id must then be reported as failed, or it is deleted.
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
    /// When it was received this time. The queue counts the twelve hours that a message may be hidden from here.
    pub received_at: Timestamp,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Why, in a sentence.
    pub reason: String,
    /// The body of the message as it came.
    pub body: String,
    /// Real failures before.
    pub attempts: u32,
}
