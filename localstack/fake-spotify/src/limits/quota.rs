//! The rolling 24-hour quota of one bucket.

use std::collections::VecDeque;
use std::time::Duration;

use super::Refusal;

/// When requests of the bucket were answered in the last window, and until when the app has to wait.
#[derive(Debug, Default)]
pub(super) struct Quota {
    answered: VecDeque<Duration>,
    hold: Option<Duration>,
}

impl Quota {
    /// Counts a request at `now`, or refuses it until the first of the `most` before it is a whole `window`
    /// old.
    pub(super) fn take(&mut self, most: u32, window: Duration, now: Duration) -> Option<Refusal> {
        while self.answered.front().is_some_and(|at| *at + window <= now) {
            self.answered.pop_front();
        }
        let most = most as usize;
        if self.answered.len() < most {
            self.answered.push_back(now);
            return None;
        }
        let end = self.answered[self.answered.len() - most] + window;
        let during_hold = self.hold.is_some_and(|hold| now < hold);
        self.hold = Some(end);
        Some(Refusal { wait: end.saturating_sub(now), during_hold })
    }
}
