//! The queue in memory: visible messages in the order they were sent, hidden ones until their time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use super::lock;
use crate::ports::{Claim, DeadLetter, Delivery, Handle, PortError, TermMessage, Window};

/// How long a received message stays hidden if nobody says otherwise.
const VISIBILITY: Duration = Duration::from_mins(6);

#[derive(Clone, Debug)]
struct Message {
    body: String,
    receive_count: u32,
    visible_at: Timestamp,
    received_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    next_id: u64,
    messages: BTreeMap<u64, Message>,
    pub(super) dead_letters: BTreeMap<u64, Letter>,
    /// The last time that somebody received messages: all that the queue knows of the time.
    now: Timestamp,
}

/// A dead letter.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) content: DeadLetter,
    pub(super) sent_at: Timestamp,
    /// Whether somebody reads it right now.
    pub(super) hidden: bool,
}

/// The queue in memory.
#[derive(Debug, Default)]
pub struct MemoryWindow(pub(super) Mutex<Queue>);

impl MemoryWindow {
    /// Sends any body.
    pub fn push(&self, body: String) {
        let mut queue = lock(&self.0);
        queue.next_id += 1;
        let (id, never) = (queue.next_id, Timestamp::MIN);
        queue.messages.insert(id, Message { body, receive_count: 0, visible_at: never, received_at: never });
    }

    /// Receives up to `most` messages that are visible at `now`, and hides them.
    pub fn receive(&self, now: Timestamp, most: usize) -> Vec<Delivery> {
        let mut queue = lock(&self.0);
        queue.now = now;
        let visible = queue.messages.iter_mut().filter(|(_, message)| message.visible_at <= now);
        let deliveries = visible.take(most).map(|(id, message)| {
            message.receive_count += 1;
            message.visible_at = now + VISIBILITY;
            message.received_at = now;
            Delivery {
                id: id.to_string(),
                handle: Handle(id.to_string()),
                body: message.body.clone(),
                receive_count: message.receive_count,
                received_at: now,
            }
        });
        deliveries.collect()
    }

    /// Deletes a message, as the queue does for one that is not reported as failed.
    pub fn delete(&self, delivery: &Delivery) {
        if let Ok(id) = delivery.handle.0.parse() {
            lock(&self.0).messages.remove(&id);
        }
    }

    /// When the next message becomes visible.
    pub fn next_visible(&self) -> Option<Timestamp> {
        lock(&self.0).messages.values().map(|message| message.visible_at).min()
    }

    /// What was set aside.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        lock(&self.0).dead_letters.values().map(|letter| letter.content.clone()).collect()
    }
}

impl Window for MemoryWindow {
    async fn send(&self, claims: &[Claim]) -> Result<Vec<Claim>, PortError> {
        for claim in claims {
            let body = serde_json::to_string(&TermMessage::from(claim)).map_err(|error| {
                PortError::Corrupt { what: format!("message of {}", claim.key), why: error.to_string() }
            })?;
            self.push(body);
        }
        Ok(Vec::new())
    }

    async fn defer(&self, delivery: &Delivery, wait: Duration) -> Result<(), PortError> {
        let id = delivery.handle.0.parse().unwrap_or_default();
        if let Some(message) = lock(&self.0).messages.get_mut(&id) {
            message.visible_at = message.received_at.max(delivery.received_at) + wait;
        }
        Ok(())
    }

    async fn set_aside(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let mut queue = lock(&self.0);
        queue.next_id += 1;
        let (id, sent_at) = (queue.next_id, queue.now);
        queue.dead_letters.insert(id, Letter { content: letter.clone(), sent_at, hidden: false });
        Ok(())
    }
}
