//! The rolling limit over all requests of the app.

use std::collections::VecDeque;
use std::time::Duration;

use super::{LimitSettings, Penalty, Refusal};

/// When requests were answered lately, and until when the app has to wait.
#[derive(Debug, Default)]
pub(super) struct Window {
    answered: VecDeque<Duration>,
    hold: Option<Duration>,
}

impl Window {
    /// Refuses a request at `now` during a hold, which may lengthen it, or when the window is full, which
    /// begins one.
    pub(super) fn refusal(&mut self, settings: &LimitSettings, now: Duration) -> Option<Refusal> {
        if let Some(end) = self.hold.filter(|end| now < *end) {
            let end = end + settings.lengthen();
            self.hold = Some(end);
            return Some(Refusal { wait: end.saturating_sub(now), during_hold: true });
        }
        let rate = settings.rate? as usize;
        self.forget(settings.rate_period(), now);
        if self.answered.len() < rate {
            return None;
        }
        // With a limit that was lowered, more than the oldest must leave before there is room for one.
        let frees = self.answered[self.answered.len() - rate] + settings.rate_period();
        let until_free = frees.saturating_sub(now);
        // A shorter penalty would refuse again whoever obeyed it.
        let wait = match settings.penalty_s {
            Penalty::Window => until_free,
            Penalty::Fixed(penalty) => penalty.max(until_free),
        };
        self.hold = Some(now + wait);
        Some(Refusal { wait, during_hold: false })
    }

    /// Counts an answered request. Without a limit too, so that a limit set later knows what was used.
    pub(super) fn count(&mut self, settings: &LimitSettings, now: Duration) {
        self.forget(settings.rate_period(), now);
        self.answered.push_back(now);
    }

    fn forget(&mut self, window: Duration, now: Duration) {
        while self.answered.front().is_some_and(|at| *at + window <= now) {
            self.answered.pop_front();
        }
    }
}
