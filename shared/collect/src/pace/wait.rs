//! Waiting: how long, and who pays for it.

use std::time::Duration;

use jiff::Timestamp;

/// A permit due within this is waited for; a later one is given to the queue.
const WAIT_IN_PLACE: Duration = Duration::from_secs(2);

/// A hold of up to this hides messages in the queue; a longer one parks terms in the frontier.
const DEFER_AT_MOST: Duration = Duration::from_mins(15);

/// No refusal holds anything for longer: a longer `Retry-After` is cut to a week, and clocks differ.
pub(super) const LONGEST_HOLD: Duration = Duration::from_hours(8 * 24);

/// Why no request may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// The permits of the app are taken until then.
    Busy(Timestamp),
    /// The app or the bucket is on hold until then, or the bucket's day is used up.
    OnHold(Timestamp),
}

/// What to do with a term that has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Hide its message this long.
    Defer(Duration),
    /// Back to the frontier, message deleted: the seeder's tick dispatches it when the hold is over.
    Park,
}

/// How long waiting terms are spread out after the moment they wait for, so that the wake-up is not a herd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitPolicy {
    /// The time that the whole window needs at the present pace.
    pub spread: Duration,
}

impl WaitPolicy {
    /// Whether a permit due at `due` is worth waiting for in place.
    pub fn in_place(now: Timestamp, due: Timestamp) -> bool {
        due <= now + WAIT_IN_PLACE
    }

    /// The largest wait in place, which is also the horizon of leases.
    pub fn horizon() -> Duration {
        WAIT_IN_PLACE
    }

    /// What to do with a term that may not be asked until `not_now` is over. `share`, between 0 and 1, is
    /// where in the spread it wakes up.
    pub fn wait(&self, now: Timestamp, not_now: NotNow, share: f64) -> Wait {
        let (NotNow::Busy(until) | NotNow::OnHold(until)) = not_now;
        let remaining = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        if remaining > DEFER_AT_MOST {
            return Wait::Park;
        }
        let spread = self.spread.min(Duration::from_mins(1)).mul_f64(share.clamp(0.0, 1.0));
        // The queue counts whole seconds; a message that comes back too early would only be deferred again.
        let seconds = (remaining + spread).as_secs_f64().ceil().max(1.0);
        Wait::Defer(Duration::from_secs_f64(seconds).min(DEFER_AT_MOST + Duration::from_mins(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: WaitPolicy = WaitPolicy { spread: Duration::from_secs(10) };

    fn now() -> Timestamp {
        Timestamp::from_second(1_000_000).unwrap()
    }

    fn wait(seconds: u64, share: f64) -> Wait {
        POLICY.wait(now(), NotNow::OnHold(now() + Duration::from_secs(seconds)), share)
    }

    #[test]
    fn a_hold_of_up_to_15_minutes_is_deferred_and_a_longer_one_parks() {
        assert_eq!(wait(900, 0.0), Wait::Defer(Duration::from_mins(15)));
        assert_eq!(wait(901, 0.0), Wait::Park);
    }

    #[test]
    fn wake_ups_are_spread_and_never_too_early() {
        assert_eq!(wait(20, 0.0), Wait::Defer(Duration::from_secs(20)));
        assert_eq!(wait(20, 0.55), Wait::Defer(Duration::from_secs(26)));
        assert_eq!(wait(0, 0.0), Wait::Defer(Duration::from_secs(1)), "not in a busy loop either");
    }

    #[test]
    fn wake_ups_are_spread_over_a_minute_at_most() {
        let slow = WaitPolicy { spread: Duration::from_mins(10) };
        let wait = |share| slow.wait(now(), NotNow::Busy(now() + Duration::from_secs(20)), share);
        assert_eq!(wait(0.5), Wait::Defer(Duration::from_secs(50)));
        assert_eq!([wait(1.0), wait(7.0)], [Wait::Defer(Duration::from_secs(80)); 2]);
        let last = slow.wait(now(), NotNow::OnHold(now() + Duration::from_mins(15)), 1.0);
        assert_eq!(last, Wait::Defer(Duration::from_mins(16)));
    }

    #[test]
    fn a_lease_reaches_no_further_than_a_wait_in_place() {
        let horizon = WaitPolicy::horizon();
        assert_eq!(horizon, Duration::from_secs(2));
        assert!(WaitPolicy::in_place(now(), now() + horizon));
    }

    #[test]
    fn only_what_is_due_within_two_seconds_is_waited_for() {
        assert!(WaitPolicy::in_place(now(), now() + Duration::from_secs(2)));
        assert!(!WaitPolicy::in_place(now(), now() + Duration::from_millis(2001)));
    }
}
