//! What the operator does with the dead letters in memory.

use std::time::Duration;

use jiff::Timestamp;

use super::{MemoryFrontier, MemoryWindow, lock};
use crate::ports::{DeadLetters, Handle, PortError, ReceivedDeadLetter, Revival};
use crate::term::{Term, TermState};

impl DeadLetters for MemoryWindow {
    /// A letter stays hidden until it is released: the window in memory has no clock of its own. For the same
    /// reason each counts as sent at the beginning of time.
    async fn receive(&self, _hide: Duration) -> Result<Vec<ReceivedDeadLetter>, PortError> {
        let mut queue = lock(&self.0);
        let visible = queue.dead_letters.iter_mut().filter(|(_, letter)| !letter.hidden);
        let received = visible.take(10).map(|(id, letter)| {
            letter.hidden = true;
            let body = serde_json::to_string(&letter.content).map_err(|error| PortError::Corrupt {
                what: format!("dead letter {id}"),
                why: error.to_string(),
            })?;
            let sent_at = Timestamp::UNIX_EPOCH;
            Ok(ReceivedDeadLetter { id: id.to_string(), handle: Handle(id.to_string()), body, sent_at })
        });
        received.collect()
    }

    async fn release(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError> {
        let id = letter.handle.0.parse().unwrap_or_default();
        if let Some(letter) = lock(&self.0).dead_letters.get_mut(&id) {
            letter.hidden = false;
        }
        Ok(())
    }

    async fn remove(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError> {
        lock(&self.0).dead_letters.remove(&letter.handle.0.parse().unwrap_or_default());
        Ok(())
    }
}

impl Revival for MemoryFrontier {
    async fn revive(&self, term: &Term) -> Result<bool, PortError> {
        let mut revived = false;
        lock(&self.0).entry(term.run.clone()).or_default().change(&term.key(), |stored| {
            revived = stored.state == TermState::Failed && stored.generation == term.generation;
            if revived {
                stored.state = TermState::Ready;
                stored.generation = stored.generation.saturating_add(1);
                stored.attempts = 0;
                stored.reason = None;
            }
            revived
        });
        Ok(revived)
    }
}
