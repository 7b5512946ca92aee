//! What the operator does with the dead letters in memory.

use std::time::Duration;

use super::{MemoryFrontier, MemoryWindow, lock};
use crate::ports::{DeadLetters, Handle, PortError, ReceivedDeadLetter, Revival};
use crate::term::{Term, TermState};

impl DeadLetters for MemoryWindow {
    /// A letter stays hidden until it is released: the window in memory has no clock of its own. For the same
    /// reason each counts as sent when messages were last received.
    async fn receive(&self, _hide: Duration) -> Result<Vec<ReceivedDeadLetter>, PortError> {
        let mut queue = lock(&self.0);
        let visible = queue.dead_letters.iter_mut().filter(|(_, letter)| !letter.hidden);
        let received = visible.take(10).map(|(id, letter)| {
            letter.hidden = true;
            let body = serde_json::to_string(&letter.content).map_err(|error| PortError::Corrupt {
                what: format!("dead letter {id}"),
                why: error.to_string(),
            })?;
            let (id, sent_at) = (id.to_string(), letter.sent_at);
            Ok(ReceivedDeadLetter { handle: Handle(id.clone()), id, body, sent_at })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{DeadLetter, Window};

    #[tokio::test]
    async fn a_letter_counts_as_sent_when_messages_were_last_received() {
        let window = MemoryWindow::default();
        let at = "2026-11-23T06:00:00Z".parse().unwrap();
        window.push("{}".to_owned());
        window.receive(at, 10);
        window.set_aside(&DeadLetter::new("unreadable", "{}", 0)).await.unwrap();
        let letters = DeadLetters::receive(&window, Duration::ZERO).await.unwrap();
        assert_eq!(letters.iter().map(|letter| letter.sent_at).collect::<Vec<_>>(), [at]);
    }
}
