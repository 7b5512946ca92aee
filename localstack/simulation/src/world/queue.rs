//! The queue, as it stands.

use std::collections::{BTreeMap, BTreeSet};

use collect::ports::DeadLetter;

use crate::moment::Moment;

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) body: String,
    pub(super) sent_at: Moment,
    pub(super) visible_at: Moment,
    pub(super) received_at: Moment,
    pub(super) receives: u32,
}

/// The queue and its dead letters.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(super) last_id: u64,
    pub(super) messages: BTreeMap<u64, Message>,
    pub(super) dead_letters: Vec<DeadLetter>,
    /// What was ever sent by a dispatch.
    pub(super) bodies: BTreeSet<String>,
    /// What came from elsewhere.
    pub(super) strays: Vec<String>,
}

impl Queue {
    /// What was set aside.
    pub(crate) fn dead_letters(&self) -> &[DeadLetter] {
        &self.dead_letters
    }

    /// What came from elsewhere.
    pub(crate) fn strays(&self) -> &[String] {
        &self.strays
    }

    /// Whether no message is left, hidden ones included.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// What dispatches have ever sent.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.iter().cloned().collect()
    }

    pub(crate) fn set_aside(&mut self, letter: DeadLetter) {
        self.dead_letters.push(letter);
    }
}
