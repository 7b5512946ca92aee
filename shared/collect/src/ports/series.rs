//! The port to the figures of past minutes.

use jiff::{SignedDuration, Timestamp};

use super::control::Overview;
use super::error::PortError;
use crate::term::RunId;

/// Figures of the minutes in which a run was open, kept for a while.
#[trait_variant::make(Send)]
pub trait Series {
    /// Keeps the figures of a minute, in place of those kept for it before. They may be deleted after `end`.
    async fn note_minute(&self, minute: &Minute, end: Timestamp) -> Result<(), PortError>;

    /// The minutes that begin at `from` or later and before `to`, oldest first. Reads an item for each hour.
    async fn minutes(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Minute>, PortError>;
}

/// Figures at one moment of a minute. Totals only grow, so two of them say what happened in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Minute {
    /// The beginning of the minute.
    pub at: Timestamp,
    /// The open run.
    pub run: RunId,
    /// Permits granted since the deployment.
    pub granted: u64,
    /// Refusals for the rate and for quotas since the deployment.
    pub refused: u64,
    /// Artists that the run has seen.
    pub artists: u64,
    /// Permits of the last 30 seconds, as a share of the learned rate.
    pub utilisation: f64,
}

impl Minute {
    /// The minute of `now`; `None` if no run is open.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast is meant to saturate"
    )]
    pub fn of(overview: &Overview, now: Timestamp) -> Option<Self> {
        let pace = &overview.pace;
        let found: f64 = overview.yields().0.values().map(|of| of.found).sum();
        let quotas = pace.buckets.values().map(|bucket| bucket.refused);
        Some(Self {
            at: beginning(now, MINUTE),
            run: overview.open_run()?.id.clone(),
            granted: pace.granted,
            refused: quotas.fold(pace.refused, u64::saturating_add),
            artists: found.max(0.0).round() as u64,
            utilisation: pace.sent_before(now).max(0.0) / pace.learned.rate().max(0.1),
        })
    }
}

/// The hours that a time from `from` to `to` touches.
pub fn hours(from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> {
    let first = beginning(from, HOUR);
    std::iter::successors(Some(first), |hour| hour.checked_add(SignedDuration::from_hours(1)).ok())
        .take_while(move |hour| *hour < to)
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

/// The beginning of the minute or hour in which `time` lies.
fn beginning(time: Timestamp, seconds: i64) -> Timestamp {
    let begun = time.as_second() - time.as_second().rem_euclid(seconds);
    Timestamp::from_second(begun).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_counts_as_soon_as_the_time_touches_it() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let touched = |from, to| hours(at(from), at(to)).map(|hour| hour.to_string()).collect::<Vec<_>>();
        let (five, six) = ("2026-11-29T05:00:00Z".to_owned(), "2026-11-29T06:00:00Z".to_owned());
        assert_eq!(touched("2026-11-29T05:59:59Z", "2026-11-29T06:00:01Z"), [five.clone(), six]);
        assert_eq!(touched("2026-11-29T05:00:00Z", "2026-11-29T06:00:00Z"), [five]);
        assert!(touched("2026-11-29T05:00:00Z", "2026-11-29T05:00:00Z").is_empty());
    }
}
