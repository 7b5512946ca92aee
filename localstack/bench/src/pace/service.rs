//! A simulated service with Spotify's two limits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collect::ports::Clock;
use collect::web_api::Bucket;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::virtual_time::VirtualTime;

const DAY: Duration = Duration::from_hours(24);

/// The wait that a refusal for the rate asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Penalty {
    /// Until the rate period has room again.
    Period,
    /// A fixed time.
    Fixed(Duration),
}

/// The limits of a service, and how it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Requests in the rolling rate period.
    pub(crate) limit: u32,
    /// The rate period.
    pub(crate) period: Duration,
    /// The wait that a refusal asks for.
    pub(crate) penalty: Penalty,
    /// The buckets of the requests, in turn.
    pub(crate) buckets: &'static [Bucket],
    /// Searches in rolling 24 hours; other buckets have no quota.
    pub(crate) quota: Option<u32>,
    /// Mean latency of a request; varies evenly by half of it either way.
    pub(crate) latency: Duration,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The request succeeded.
    Done,
    /// 429 for the rate, with Retry-After in whole seconds.
    Throttled(Duration),
    /// 429 for the daily quota.
    QuotaSpent(Duration),
}

/// The service's counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// Requests answered.
    pub(crate) answered: u64,
    /// Searches among them.
    pub(crate) searches: u64,
    /// Requests refused.
    pub(crate) refused: u64,
    /// Requests refused because a hold was in force.
    pub(crate) during_hold: u64,
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    accepted: VecDeque<Duration>,
    accepted_of_day: VecDeque<Duration>,
    held_until: Duration,
    spent_until: Duration,
    counted: Counted,
    asked: usize,
    random: SmallRng,
}

/// The service, shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    time: VirtualTime,
    inner: Arc<Mutex<Inner>>,
}

impl Service {
    pub(crate) fn new(time: VirtualTime, limits: Limits, seed: u64) -> Self {
        let inner = Inner {
            limits,
            accepted: VecDeque::new(),
            accepted_of_day: VecDeque::new(),
            held_until: Duration::ZERO,
            spent_until: Duration::ZERO,
            counted: Counted::default(),
            asked: 0,
            random: SmallRng::seed_from_u64(seed),
        };
        Self { time, inner: Arc::new(Mutex::new(inner)) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn counted(&self) -> Counted {
        self.with(|inner| inner.counted)
    }

    /// Changes the rate limit from now on.
    pub(crate) fn set_limit(&self, limit: u32) {
        self.with(|inner| inner.limits.limit = limit);
    }

    /// A number between 0 and 1.
    pub(crate) fn share(&self) -> f64 {
        self.with(|inner| inner.random.random())
    }

    /// Sends one request of the next bucket in turn.
    pub(crate) async fn ask_any(&self) -> Answer {
        let bucket = self.with(|inner| {
            inner.asked += 1;
            inner.limits.buckets.get(inner.asked % inner.limits.buckets.len().max(1)).copied()
        });
        self.ask(bucket.unwrap_or(Bucket::Search)).await
    }

    /// Sends one request: half of its latency passes before the service decides, half after.
    pub(crate) async fn ask(&self, bucket: Bucket) -> Answer {
        let latency = self.with(|inner| inner.limits.latency.mul_f64(inner.random.random_range(0.5..1.5)));
        self.time.sleep(latency / 2).await;
        let answer = self.with(|inner| inner.judge(bucket, self.time.elapsed()));
        self.time.sleep(latency / 2).await;
        answer
    }
}

impl Inner {
    fn judge(&mut self, bucket: Bucket, now: Duration) -> Answer {
        let Limits { period, penalty, quota, .. } = self.limits;
        let quota = quota.filter(|_| bucket == Bucket::Search);
        while self.accepted.front().is_some_and(|at| *at + period <= now) {
            self.accepted.pop_front();
        }
        while self.accepted_of_day.front().is_some_and(|at| *at + DAY <= now) {
            self.accepted_of_day.pop_front();
        }
        let spent_until = quota.map_or(Duration::ZERO, |_| self.spent_until);
        if now < spent_until || now < self.held_until {
            self.counted.refused += 1;
            self.counted.during_hold += 1;
            return if now < spent_until {
                Answer::QuotaSpent(whole_seconds(spent_until.saturating_sub(now)))
            } else {
                Answer::Throttled(whole_seconds(self.held_until.saturating_sub(now)))
            };
        }
        if quota.is_some_and(|quota| self.accepted_of_day.len() >= quota as usize) {
            self.counted.refused += 1;
            self.spent_until = self.accepted_of_day.front().map_or(now, |first| *first + DAY);
            return Answer::QuotaSpent(whole_seconds(self.spent_until.saturating_sub(now)));
        }
        if self.accepted.len() >= self.limits.limit as usize {
            self.counted.refused += 1;
            let excess = self.accepted.len() - self.limits.limit as usize;
            self.held_until = match penalty {
                Penalty::Period => self.accepted.get(excess).map_or(now, |at| *at + period),
                Penalty::Fixed(hold) => now + hold,
            };
            return Answer::Throttled(whole_seconds(self.held_until.saturating_sub(now)));
        }
        self.accepted.push_back(now);
        self.counted.searches += u64::from(bucket == Bucket::Search);
        if quota.is_some() {
            self.accepted_of_day.push_back(now);
        }
        self.counted.answered += 1;
        Answer::Done
    }
}

fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs_f64(wait.as_secs_f64().ceil().max(1.0))
}
