//! What the queue does: at least once, in any order, sometimes late; hidden while somebody works, back when
//! nobody deletes it.

use std::time::Duration;

use collect::ports::{Delivery, Handle};
use jiff::Timestamp;

use super::queue::Message;
use super::state::World;
use super::timeline::Happening;
use crate::moment::Moment;
use crate::mutants::Mutant;
use crate::promise::Promise;

/// How long a received message is hidden: six times the function's time, as the template has it.
const VISIBILITY: Duration = Duration::from_mins(6);

/// A message is hidden no longer than this in all since it was received.
const HIDDEN_AT_MOST: Duration = Duration::from_hours(12);

/// How long a message is kept.
const RETENTION: Duration = Duration::from_hours(14 * 24);

/// Receives after which a message is taken for poison, as the template has it.
const MOST_RECEIVES: u32 = 1000;

/// The size of a batch, as the template has it.
const BATCH: usize = 10;

impl World {
    /// A message of a dispatch arrives.
    pub(crate) fn send_message(&self, body: String) {
        let late = self.happens(self.faults.send_late);
        let wait = if late { self.dice(|dice| dice.seconds(0, 300)) } else { Duration::ZERO };
        self.queue().bodies.insert(body.clone());
        self.put_message(body, wait);
    }

    /// A message of anybody else arrives.
    pub(crate) fn send_stray(&self, body: String) {
        self.tell(|| format!("a stray message arrives: {body:?}"));
        self.queue().strays.push(body.clone());
        self.put_message(body, Duration::ZERO);
    }

    /// A message stands in the queue, visible after `wait`.
    pub(crate) fn put_message(&self, body: String, wait: Duration) {
        let now = self.now();
        let mut queue = self.queue();
        queue.last_id += 1;
        let id = queue.last_id;
        let message = Message { body, sent_at: now, visible_at: now + wait, received_at: now, receives: 0 };
        queue.messages.insert(id, message);
        drop(queue);
        self.after(wait, Happening::Look);
    }

    /// Whether a message is visible.
    pub(crate) fn has_visible(&self) -> bool {
        let now = self.now();
        self.queue().messages.values().any(|message| message.visible_at <= now)
    }

    /// Up to ten visible messages in any order, for a function whose clock shows `shown`.
    pub(crate) fn receive(&self, shown: Timestamp) -> Vec<Delivery> {
        let now = self.now();
        self.bury(now);
        let mut visible: Vec<u64> = self
            .queue()
            .messages
            .iter()
            .filter(|(_, message)| message.visible_at <= now)
            .map(|(id, _)| *id)
            .collect();
        if visible.is_empty() {
            return Vec::new();
        }
        self.dice(|dice| dice.shuffle(&mut visible));
        let most = self.dice(|dice| if dice.chance(0.2) { dice.index(BATCH) + 1 } else { BATCH });
        visible.truncate(most);
        visible.into_iter().filter_map(|id| self.receive_one(id, shown)).collect()
    }

    fn receive_one(&self, id: u64, shown: Timestamp) -> Option<Delivery> {
        let again = self.happens(self.faults.received_again);
        let hidden = if again { self.dice(|dice| dice.seconds(0, 90)) } else { VISIBILITY };
        let mut queue = self.queue();
        let message = queue.messages.get_mut(&id)?;
        message.receives += 1;
        message.received_at = self.now();
        message.visible_at = self.now() + hidden;
        let delivery = Delivery {
            id: id.to_string(),
            handle: Handle(format!("{id}/{}", message.receives)),
            body: message.body.clone(),
            receive_count: message.receives,
            received_at: shown,
        };
        if self.is(Mutant::DeleteBeforeFinish) {
            queue.messages.remove(&id);
        }
        drop(queue);
        self.after(hidden, Happening::Look);
        Some(delivery)
    }

    /// Hides a message from now; `false` where that would be longer than the queue allows.
    pub(crate) fn hide(&self, delivery: &Delivery, wait: Duration) -> bool {
        if self.is(Mutant::VisibilityIgnored) {
            self.after(Duration::ZERO, Happening::Look);
        }
        let now = self.now();
        let mut queue = self.queue();
        let Some(message) = delivery.id.parse().ok().and_then(|id: u64| queue.messages.get_mut(&id)) else {
            return true;
        };
        if now.since(message.received_at) + wait > HIDDEN_AT_MOST {
            return false;
        }
        let wait = if self.is(Mutant::VisibilityIgnored) {
            Duration::ZERO
        } else {
            Duration::from_secs(wait.as_secs())
        };
        message.visible_at = now + wait;
        drop(queue);
        self.after(wait, Happening::Look);
        true
    }

    /// What the mapping does with a message when its function has answered.
    pub(crate) fn settle(&self, delivery: &Delivery, kept: bool) {
        let kept = kept && !self.is(Mutant::KeptMessageDeleted)
            || self.is(Mutant::BadMessageKept) && self.queue().strays.contains(&delivery.body);
        if !kept && !self.happens(self.faults.delete_forgotten) {
            let id: u64 = delivery.id.parse().unwrap_or_default();
            self.queue().messages.remove(&id);
        }
    }

    /// Takes out what is too old, and what was received too often.
    fn bury(&self, now: Moment) {
        let mut queue = self.queue();
        let mut poison = Vec::new();
        queue.messages.retain(|_, message| {
            if message.visible_at > now {
                return true;
            }
            let too_often = message.receives >= MOST_RECEIVES;
            if too_often {
                poison.push(message.body.clone());
            }
            !too_often && now.since(message.sent_at) < RETENTION
        });
        drop(queue);
        for body in poison {
            let stray = self.queue().strays.contains(&body);
            let promise = if stray { Promise::BadInputSetAside } else { Promise::NoHealthyTermFails };
            self.broken(promise, || format!("received {MOST_RECEIVES} times: {body}"));
        }
    }
}
