//! The regimes: what the service allows, for how long, and how many workers there are.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use collect::pace::PaceState;
use collect::web_api::Bucket;
use serde::Serialize;

use super::others::{Adaptive, Aimd, bursts, crawls, sleeps_alone};
use super::ours::{PaceTable, worker};
use super::service::{Limits, Penalty, Service};
use crate::virtual_time::VirtualTime;

/// A service, the simulated time, and the workers.
#[derive(Clone, Debug)]
pub(crate) struct Regime {
    pub(crate) name: String,
    pub(crate) limits: Limits,
    pub(crate) duration: Duration,
    pub(crate) workers: u32,
    /// The times at which the limit changes, and its new values.
    pub(crate) changes: Vec<(Duration, u32)>,
    /// Whether a first run of the same length has already taught the pace.
    pub(crate) second_run: bool,
}

impl Regime {
    /// The regimes of the table.
    pub(crate) fn table() -> Vec<Self> {
        let hours = |hours| Duration::from_hours(hours);
        let seconds = |seconds| Penalty::Fixed(Duration::from_secs(seconds));
        let base = |name: &str, limit: u32, penalty: Penalty| Self {
            name: name.to_owned(),
            limits: Limits {
                limit,
                period: Duration::from_secs(30),
                penalty,
                buckets: &[Bucket::Search],
                quota: None,
                latency: Duration::from_millis(120),
            },
            duration: hours(24),
            workers: 2,
            changes: Vec::new(),
            second_run: false,
        };
        let mut quota = base("700 per 24 h, 7 days", 180, Penalty::Period);
        quota.limits.quota = Some(700);
        quota.duration = hours(7 * 24);
        let mut two = base("two buckets, one of them with 700 per 24 h, 7 days", 180, seconds(30));
        two.limits.buckets = &[Bucket::Search, Bucket::Artists];
        two.limits.quota = Some(700);
        two.duration = hours(7 * 24);
        vec![
            base("180 per 30 s, until the period has room", 180, Penalty::Period),
            base("180 per 30 s, Retry-After 30", 180, seconds(30)),
            base("180 per 30 s, Retry-After 600", 180, seconds(600)),
            Self {
                changes: vec![(hours(6), 90), (hours(12), 180)],
                ..base("180, 90 after 6 h, 180 after 12 h, Retry-After 30", 180, seconds(30))
            },
            Self { workers: 8, ..base("3,000 per 30 s, 8 workers", 3000, Penalty::Period) },
            quota,
            two,
            Self { second_run: true, ..base("second run, Retry-After 600", 180, seconds(600)) },
            Self { workers: 6, ..base("180 per 30 s, 6 workers, Retry-After 30", 180, seconds(30)) },
        ]
    }

    /// The most requests that limit, quota and workers allow together.
    fn allowed(&self) -> f64 {
        let mut allowed = 0.0;
        let (mut since, mut limit) = (Duration::ZERO, self.limits.limit);
        let ends = self.changes.iter().copied().chain([(self.duration, 0)]);
        for (end, next) in ends {
            let end = end.min(self.duration);
            let rate = f64::from(limit) / self.limits.period.as_secs_f64();
            allowed += rate.min(self.hard_cap()) * end.saturating_sub(since).as_secs_f64();
            (since, limit) = (end, next);
        }
        // Requests that one bucket may not send, another can.
        let searches = self.searches_allowed().filter(|_| self.limits.buckets == [Bucket::Search]);
        searches.map_or(allowed, |searches| allowed.min(searches))
    }

    /// The most searches that a quota allows.
    fn searches_allowed(&self) -> Option<f64> {
        let days = (self.duration.as_secs_f64() / 86_400.0).ceil();
        self.limits.quota.map(|quota| f64::from(quota) * days)
    }

    /// The rate per second that the workers can reach with one request in flight each.
    fn hard_cap(&self) -> f64 {
        f64::from(self.workers) / self.limits.latency.as_secs_f64()
    }

    /// The share of the limit that the workers can reach.
    fn reachable(&self) -> f64 {
        (self.hard_cap() * self.limits.period.as_secs_f64() / f64::from(self.limits.limit)).min(1.0)
    }
}

/// From the end of one run to the start of the next weekly one.
const BETWEEN_RUNS: Duration = Duration::from_hours(6 * 24);

/// One line of the results.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    policy: String,
    regime: String,
    /// Requests answered, as a share of what limit, quota and workers allow together.
    utilisation: f64,
    /// The same for the quota, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    quota_utilisation: Option<f64>,
    refused_share: f64,
    refusals: u64,
    requests: u64,
    write_units: u64,
    write_units_per_1000: f64,
    /// How often the pace was lowered.
    holds: u64,
    refusals_in_first_hour: u64,
    /// The share of the limit that the workers can reach with one request in flight each.
    reachable: f64,
}

impl Measured {
    /// The column headings.
    pub(crate) const HEADER: &str = "  policy                              utilisation  refused share  refusals    requests  holds  writes/1000";
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, utilisation, refusals, requests, holds, write_units_per_1000, .. } = self;
        let refused = self.refused_share * 100.0;
        write!(formatter, "  {policy:<36}{utilisation:>11.4} {refused:>13.4}% {refusals:>9} {requests:>11}")?;
        if self.write_units > 0 {
            write!(formatter, " {holds:>6} {write_units_per_1000:>12.1}")?;
        }
        Ok(())
    }
}

/// A pacing policy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Policy {
    Fermata,
    SleepsAlone,
    Bursts,
    Crawls,
    Adaptive { honours_retry_after: bool },
    Aimd,
}

impl Policy {
    pub(crate) const ALL: [Self; 7] = [
        Self::Fermata,
        Self::SleepsAlone,
        Self::Bursts,
        Self::Crawls,
        Self::Adaptive { honours_retry_after: false },
        Self::Adaptive { honours_retry_after: true },
        Self::Aimd,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fermata => "fermata",
            Self::SleepsAlone => "three tasks, Retry-After each alone",
            Self::Bursts => "1,500 requests, 30 s of sleep",
            Self::Crawls => "10 per 30 s",
            Self::Adaptive { honours_retry_after: false } => "SDK adaptive",
            Self::Adaptive { honours_retry_after: true } => "SDK adaptive, Retry-After",
            Self::Aimd => "AIMD",
        }
    }

    /// Runs the regime and measures it.
    pub(crate) fn measure(self, regime: &Regime, seed: u64) -> Measured {
        let (mut known, mut start) = (PaceState::default(), Duration::ZERO);
        if regime.second_run {
            known = self.play(regime, seed.wrapping_add(1), known, start).learned;
            start = regime.duration + BETWEEN_RUNS;
        }
        let played = self.play(regime, seed, known, start);
        let requests = played.answered + played.refused;
        Measured {
            policy: self.name().to_owned(),
            regime: regime.name.clone(),
            utilisation: ratio(played.answered, regime.allowed()),
            quota_utilisation: regime.searches_allowed().map(|allowed| ratio(played.searches, allowed)),
            refused_share: ratio(played.refused, count(requests.max(1))),
            refusals: played.refused,
            requests,
            write_units: played.write_units,
            write_units_per_1000: ratio(played.write_units * 1000, count(requests.max(1))),
            holds: played.holds,
            refusals_in_first_hour: played.refused_in_first_hour,
            reachable: regime.reachable(),
        }
    }

    fn play(self, regime: &Regime, seed: u64, known: PaceState, start: Duration) -> Played {
        let time = VirtualTime::starting_at(start);
        let service = Service::new(time.clone(), regime.limits, seed);
        let holds_before = holds(&known);
        let table = PaceTable::new(time.clone(), known);
        let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
        for (at, limit) in regime.changes.clone() {
            let (time, service) = (time.clone(), service.clone());
            tasks.push(Box::pin(async move {
                time.until(start + at).await;
                service.set_limit(limit);
            }));
        }
        let first_hour = Arc::new(AtomicU64::new(0));
        tasks.push(Box::pin(watch(
            time.clone(),
            service.clone(),
            first_hour.clone(),
            start + Duration::from_hours(1),
        )));
        let (adaptive, aimd) = (self.adaptive(), Aimd::new());
        for _ in 0..self.tasks(regime.workers) {
            let (time, service) = (time.clone(), service.clone());
            match self {
                Self::Fermata => {
                    tasks.push(Box::pin(worker(time, service, table.clone(), regime.limits.buckets)));
                }
                Self::SleepsAlone => tasks.push(Box::pin(sleeps_alone(time, service))),
                Self::Bursts => tasks.push(Box::pin(bursts(time, service))),
                Self::Crawls => tasks.push(Box::pin(crawls(time, service))),
                Self::Adaptive { .. } => tasks.push(Box::pin(adaptive.clone().worker(time, service))),
                Self::Aimd => tasks.push(Box::pin(aimd.clone().worker(time, service))),
            }
        }
        time.run(tasks, start + regime.duration);
        let counted = service.counted();
        let learned = table.state();
        Played {
            answered: counted.answered,
            searches: counted.searches,
            refused: counted.refused,
            write_units: table.write_units(),
            holds: holds(&learned) - holds_before,
            refused_in_first_hour: first_hour.load(Ordering::Relaxed),
            learned,
        }
    }

    fn adaptive(self) -> Adaptive {
        Adaptive::new(matches!(self, Self::Adaptive { honours_retry_after: true }))
    }

    /// How many tasks send requests at the same time.
    fn tasks(self, workers: u32) -> u32 {
        match self {
            Self::SleepsAlone => 3,
            Self::Bursts | Self::Crawls => 1,
            Self::Fermata | Self::Adaptive { .. } | Self::Aimd => workers,
        }
    }
}

/// Records the refusals until `moment`.
async fn watch(time: VirtualTime, service: Service, refused: Arc<AtomicU64>, moment: Duration) {
    time.until(moment).await;
    refused.store(service.counted().refused, Ordering::Relaxed);
}

/// Refusals that set a hold, for the app or for a bucket.
fn holds(pace: &PaceState) -> u64 {
    pace.refused + pace.buckets.values().map(|bucket| bucket.refused).sum::<u64>()
}

struct Played {
    answered: u64,
    searches: u64,
    refused: u64,
    write_units: u64,
    holds: u64,
    refused_in_first_hour: u64,
    learned: PaceState,
}

fn ratio(part: u64, whole: f64) -> f64 {
    count(part) / whole
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regime(workers: u32, penalty: Penalty, hours: u64) -> Regime {
        Regime {
            name: "test".to_owned(),
            limits: Limits {
                limit: 180,
                period: Duration::from_secs(30),
                penalty,
                buckets: &[Bucket::Search],
                quota: None,
                latency: Duration::from_millis(120),
            },
            duration: Duration::from_hours(hours),
            workers,
            changes: Vec::new(),
            second_run: false,
        }
    }

    #[test]
    fn an_unknown_limit_is_learned_with_few_refusals() {
        let measured = Policy::Fermata.measure(&regime(2, Penalty::Fixed(Duration::from_secs(30)), 2), 7);
        assert!(measured.utilisation > 0.94, "{measured}");
        assert!((1..=4).contains(&measured.refusals), "{measured}");
        assert!(measured.write_units_per_1000 < 120.0, "{measured}");
    }

    #[test]
    fn six_workers_that_hit_the_limit_together_lower_the_pace_once() {
        let measured = Policy::Fermata.measure(&regime(6, Penalty::Fixed(Duration::from_mins(50)), 1), 7);
        assert_eq!(measured.holds, 1, "{measured}");
    }

    #[test]
    fn a_second_run_is_refused_less_than_the_first() {
        let twice = Regime { second_run: true, ..regime(2, Penalty::Fixed(Duration::from_mins(10)), 2) };
        let measured = Policy::Fermata.measure(&twice, 7);
        assert_eq!(measured.refusals, 0, "{measured}");
        assert!(measured.utilisation > 0.96, "{measured}");
    }

    #[test]
    fn a_daily_quota_is_hit_once_and_then_kept() {
        let mut week = regime(2, Penalty::Period, 7 * 24);
        week.limits.quota = Some(100);
        let measured = Policy::Fermata.measure(&week, 7);
        assert!(measured.utilisation >= 0.97 && measured.refusals <= 3, "{measured}");
    }

    #[test]
    fn a_spent_quota_leaves_the_rate_to_the_other_bucket() {
        let one = regime(2, Penalty::Fixed(Duration::from_secs(30)), 3 * 24);
        let alone = Policy::Fermata.measure(&one, 7);
        let mut two = one;
        two.limits.buckets = &[Bucket::Search, Bucket::Artists];
        two.limits.quota = Some(500);
        let measured = Policy::Fermata.measure(&two, 7);
        assert!(measured.utilisation > 0.95, "{measured}");
        assert!(measured.quota_utilisation.unwrap() > 0.95, "{measured:?}");
        // The quota's own refusal and at most one more a day, in addition to those that the rate causes.
        assert!(measured.refusals <= alone.refusals + 3, "{measured}\n{alone}");
    }

    #[test]
    fn a_regime_replays_to_the_same_figures() {
        let play = || Policy::Fermata.measure(&regime(3, Penalty::Period, 1), 11).to_string();
        assert_eq!(play(), play());
    }
}
