//! The ports of the operator who looks after what was given up.

use std::time::Duration;

use jiff::Timestamp;

use super::error::PortError;
use super::window::Handle;
use crate::term::Term;

/// The dead letters, as somebody reads them who may also remove them.
#[trait_variant::make(Send)]
pub trait DeadLetters {
    /// Up to ten letters that are visible, hidden from everybody for `hide`; none when none is visible.
    async fn receive(&self, hide: Duration) -> Result<Vec<ReceivedDeadLetter>, PortError>;

    /// Makes a received letter visible again at once.
    async fn release(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError>;

    /// Removes a received letter for good.
    async fn remove(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError>;
}

/// A dead letter as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedDeadLetter {
    /// Identity of the message, the same at each delivery.
    pub id: String,
    /// Identity of this delivery.
    pub handle: Handle,
    /// The body as it came: a [`DeadLetter`](super::DeadLetter), or what the queue itself has moved here.
    pub body: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// Takes a failed term back into its run.
#[trait_variant::make(Send)]
pub trait Revival {
    /// `failed` -> `ready` as the next generation, with no failures counted and its progress kept, if `term`
    /// is failed still in the generation that it has here. Returns whether it was.
    async fn revive(&self, term: &Term) -> Result<bool, PortError>;
}
