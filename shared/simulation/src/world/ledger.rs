//! What was seen while the world went on, as far as promises ask for it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::World;
use crate::moment::Moment;
use crate::promises::{Promise, Violation};

/// The window of the pace.
const WINDOW: Duration = Duration::from_secs(30);

/// A hold that stands in the control table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// When it was written.
    pub(crate) written: Moment,
    /// Its end.
    pub(crate) until: Timestamp,
}

/// The book.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What was broken.
    pub(crate) violations: Vec<Violation>,
    /// When requests left.
    departures: Vec<Moment>,
    holds: Vec<Hold>,
    /// The epochs whose permits were refused.
    refused_epochs: BTreeSet<u64>,
    /// When it was noted that nothing more may be asked.
    pub(crate) stopped: Option<Moment>,
    opened: bool,
}

impl Ledger {
    /// Notes a broken promise; of each promise the first sights are enough.
    pub(crate) fn note(&mut self, promise: Promise, seen: String) {
        if self.violations.iter().filter(|violation| violation.promise == promise).count() < 3 {
            self.violations.push(Violation { promise, seen });
        }
    }

    /// A request leaves.
    pub(crate) fn departs(&mut self, now: Moment) {
        self.departures.push(now);
    }

    /// A refusal of a permit of this epoch was written.
    pub(crate) fn held(&mut self, epoch: u64, hold: Hold) {
        self.refused_epochs.insert(epoch);
        self.holds.push(hold);
    }

    /// The run was opened; whether it had been before.
    pub(crate) fn opens(&mut self) -> bool {
        std::mem::replace(&mut self.opened, true)
    }

    /// Another run is due: it may be opened, and asked.
    pub(crate) fn next_run(&mut self) {
        self.opened = false;
        self.stopped = None;
    }

    /// It was noted that nothing more may be asked.
    pub(crate) fn stops(&mut self, now: Moment) {
        self.stopped.get_or_insert(now);
    }

    /// The latest end of the holds that had been written at `moment`.
    pub(crate) fn held_until(&self, moment: Moment) -> Option<Timestamp> {
        self.holds.iter().filter(|hold| hold.written <= moment).map(|hold| hold.until).max()
    }

    /// Judges what can only be judged at the end.
    pub(crate) fn judge(&mut self, world: &World) {
        self.judge_pace(world);
        let refused = world.refusals_counted();
        if refused != self.refused_epochs.len() as u64 {
            let seen = format!("{refused} refusals counted of {} epochs", self.refused_epochs.len());
            self.note(Promise::RefusalsCountOnce, seen);
        }
    }

    /// Permits are spaced by the clock of whoever leases them, so clocks that differ press requests together: what is due
    /// within 30 seconds of one clock and the difference may then leave within 30 seconds.
    fn judge_pace(&mut self, world: &World) {
        if let Some(per_day) = world.settings.pacing.per_day.filter(|_| world.faults.skew.is_zero()) {
            self.judge_window(per_day as usize, Duration::from_hours(24));
        }
        let Some(rate) = world.settings.pacing.rate else { return };
        let pressed = (WINDOW + world.faults.skew * 2 + Duration::from_secs(1)).as_secs_f64();
        let most = if world.faults.skew.is_zero() {
            rate.requests() as usize
        } else {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
            let most = (pressed / rate.interval().as_secs_f64()) as usize + 1;
            most
        };
        self.judge_window(most, WINDOW);
    }

    /// No window holds more than `most` requests.
    fn judge_window(&mut self, most: usize, window: Duration) {
        let later = self.departures.iter().skip(most);
        let too_many = self.departures.iter().zip(later).find(|(first, last)| last.since(**first) <= window);
        if let Some((first, _)) = too_many {
            self.note(
                Promise::PaceKept,
                format!("more than {most} requests in the {window:?} from {first} on"),
            );
        }
    }
}
