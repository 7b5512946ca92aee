//! What was seen while the world went on, as far as promises ask for it.

use std::collections::BTreeSet;
use std::time::Duration;

use collect::pace::{Hold, Limit, Pacing};
use collect::web_api::Bucket;
use jiff::Timestamp;

use super::vain::InVain;
use crate::moment::Moment;
use crate::promise::{Promise, Violation};

/// The window of the pace.
const RATE_PERIOD: Duration = Duration::from_secs(30);

/// A hold that stands in the control table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenHold {
    /// When it was written.
    pub(crate) written: Moment,
    /// Its end.
    pub(crate) until: Timestamp,
    /// The bucket, where it is not of the whole app.
    pub(crate) bucket: Option<Bucket>,
}

/// The bucket that a refusal holds, where it does not hold the whole app.
pub(crate) fn held_bucket(held: &Hold) -> Option<Bucket> {
    (held.limit == Limit::Day).then_some(held.bucket)
}

/// The book.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What was broken.
    pub(crate) violations: Vec<Violation>,
    /// When requests left, and of which bucket they were.
    departures: Vec<(Moment, Bucket)>,
    holds: Vec<WrittenHold>,
    /// The epochs whose permits were refused, of the app and of buckets.
    refused_epochs: BTreeSet<(Option<Bucket>, u64)>,
    /// When it was noted that nothing more may be asked.
    pub(crate) stopped: Option<Moment>,
    /// When a run was resumed last.
    resumed: Option<Moment>,
    opened: bool,
    /// What was done for terms without bringing them on.
    pub(super) in_vain: InVain,
}

impl Ledger {
    /// Notes a broken promise; of each promise the first sights are enough.
    pub(crate) fn note(&mut self, promise: Promise, seen: String) {
        if self.violations.iter().filter(|violation| violation.promise == promise).count() < 3 {
            self.violations.push(Violation { promise, seen });
        }
    }

    /// A request leaves.
    pub(crate) fn departs(&mut self, now: Moment, bucket: Bucket) {
        self.departures.push((now, bucket));
    }

    /// A refusal was written.
    pub(crate) fn held(&mut self, held: &Hold, written: Moment) {
        let bucket = held_bucket(held);
        let epoch = if bucket.is_some() { held.bucket_epoch } else { held.epoch };
        self.refused_epochs.insert((bucket, epoch));
        self.holds.push(WrittenHold { written, until: held.until, bucket });
    }

    /// The run was opened; whether it had been before.
    pub(crate) fn opens(&mut self) -> bool {
        std::mem::replace(&mut self.opened, true)
    }

    /// Another run is due: it may be opened, and asked.
    pub(crate) fn next_run(&mut self) {
        self.opened = false;
        self.in_vain.clear();
        self.stopped = None;
    }

    /// It was noted that nothing more may be asked.
    pub(crate) fn stops(&mut self, now: Moment) {
        self.stopped.get_or_insert(now);
    }

    /// The run goes on, and may be asked again.
    pub(crate) fn resumes(&mut self, now: Moment) {
        self.stopped = None;
        self.resumed = Some(now);
    }

    /// Whether a run was resumed within `time` before `now`. While it was stopped, fetchers let its messages
    /// go, so that leases from before that end without anybody to work their terms.
    pub(crate) fn resumed_within(&self, time: Duration, now: Moment) -> bool {
        self.resumed.is_some_and(|resumed| now.since(resumed) <= time)
    }

    /// The latest end of the holds of `bucket` or of the app that had been written at `moment`.
    pub(crate) fn held_until(&self, bucket: Bucket, moment: Moment) -> Option<Timestamp> {
        let concerns =
            |hold: &&WrittenHold| hold.written <= moment && hold.bucket.is_none_or(|held| held == bucket);
        self.holds.iter().filter(concerns).map(|hold| hold.until).max()
    }

    /// Judges what can only be judged at the end: under this pacing, with clocks that differ by up to `skew`,
    /// when `refused` refusals were counted.
    pub(crate) fn judge(&mut self, pacing: Pacing, skew: Duration, refused: u64) {
        self.judge_pace(pacing, skew);
        if refused != self.refused_epochs.len() as u64 {
            let seen = format!("{refused} refusals counted of {} epochs", self.refused_epochs.len());
            self.note(Promise::RefusalsCountOnce, seen);
        }
    }

    /// Permits are spaced by the clock of whoever leases them, so clocks that differ press requests together:
    /// what is due within 30 seconds of one clock and the difference may then leave within 30 seconds.
    fn judge_pace(&mut self, pacing: Pacing, skew: Duration) {
        for bucket in Bucket::ALL {
            let allowance = pacing.allowance(bucket).filter(|_| skew.is_zero());
            if let Some(per_day) = allowance {
                self.judge_period(per_day as usize, Duration::from_hours(24), |asked| asked == bucket);
            }
        }
        let Some(rate) = pacing.rate else { return };
        let pressed = (RATE_PERIOD + skew * 2 + Duration::from_secs(1)).as_secs_f64();
        let most = if skew.is_zero() {
            rate.requests() as usize
        } else {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
            let most = (pressed / rate.interval().as_secs_f64()) as usize + 1;
            most
        };
        self.judge_period(most, RATE_PERIOD, |_| true);
    }

    /// No window holds more than `most` requests of those buckets.
    fn judge_period(&mut self, most: usize, window: Duration, of: impl Fn(Bucket) -> bool) {
        let departures = self.departures.iter().filter(|(_, bucket)| of(*bucket)).map(|(at, _)| *at);
        let later = departures.clone().skip(most);
        let too_many = departures.zip(later).find(|(first, last)| last.since(*first) <= window);
        if let Some((first, _)) = too_many {
            self.note(
                Promise::PaceKept,
                format!("more than {most} requests in the {window:?} from {first} on"),
            );
        }
    }
}
