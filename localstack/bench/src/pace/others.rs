//! The policies of older collectors and of the AWS SDKs, each from its description.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collect::ports::Clock;

use super::service::{Answer, Service};
use crate::virtual_time::VirtualTime;

fn retry_after(answer: Answer) -> Option<Duration> {
    match answer {
        Answer::Done => None,
        Answer::Throttled(wait) | Answer::QuotaSpent(wait) => Some(wait),
    }
}

/// (a) A task that sends as fast as it can and, when refused, sleeps for Retry-After on its own.
pub(crate) async fn sleeps_alone(time: VirtualTime, service: Service) {
    loop {
        if let Some(wait) = retry_after(service.ask_any().await) {
            time.sleep(wait).await;
        }
    }
}

/// (b) 1,500 requests, then 30 seconds of sleep; a refused request is retried after 5 seconds, then after
/// Retry-After.
pub(crate) async fn bursts(time: VirtualTime, service: Service) {
    loop {
        for _ in 0..1500 {
            if retry_after(service.ask_any().await).is_none() {
                continue;
            }
            time.sleep(Duration::from_secs(5)).await;
            while let Some(wait) = retry_after(service.ask_any().await) {
                time.sleep(wait).await;
            }
        }
        time.sleep(Duration::from_secs(30)).await;
    }
}

/// (c) Ten requests every 30 seconds; honours Retry-After.
pub(crate) async fn crawls(time: VirtualTime, service: Service) {
    let mut next = time.elapsed();
    loop {
        time.until(next).await;
        next = time.elapsed() + Duration::from_secs(3);
        if let Some(wait) = retry_after(service.ask_any().await) {
            time.sleep(wait).await;
        }
    }
}

/// The adaptive mode of the AWS SDKs: a token bucket. Its fill rate drops to 0.7 of the measured rate on a
/// refusal, grows back along CUBIC's curve (scale 0.4), and never exceeds twice the measured rate.
/// back along CUBIC's curve (scale 0.4), never above twice the measured rate.
#[derive(Debug)]
struct Cubic {
    enabled: bool,
    fill_rate: f64,
    capacity: f64,
    tokens: f64,
    filled_at: f64,
    measured: f64,
    bucket_started: f64,
    sent_in_bucket: f64,
    last_max: f64,
    throttled_at: f64,
    window: f64,
}

impl Cubic {
    fn new() -> Self {
        Self {
            enabled: false,
            fill_rate: 0.5,
            capacity: 1.0,
            tokens: 0.0,
            filled_at: 0.0,
            measured: 0.0,
            bucket_started: 0.0,
            sent_in_bucket: 0.0,
            last_max: 0.0,
            throttled_at: 0.0,
            window: 0.0,
        }
    }

    /// Takes a token and returns how long to wait for it.
    fn acquire(&mut self, now: f64) -> f64 {
        if !self.enabled {
            return 0.0;
        }
        self.fill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { 0.0 } else { -self.tokens / self.fill_rate }
    }

    fn fill(&mut self, now: f64) {
        self.tokens = (self.tokens + (now - self.filled_at) * self.fill_rate).min(self.capacity);
        self.filled_at = now;
    }

    fn answered(&mut self, now: f64, throttled: bool) {
        self.measure(now);
        let rate = if throttled {
            let rate = if self.enabled { self.measured.min(self.fill_rate) } else { self.measured };
            self.last_max = rate;
            self.window = (self.last_max * 0.3 / 0.4).cbrt();
            self.throttled_at = now;
            self.enabled = true;
            rate * 0.7
        } else {
            self.window = (self.last_max * 0.3 / 0.4).cbrt();
            0.4 * (now - self.throttled_at - self.window).powi(3) + self.last_max
        };
        self.fill(now);
        self.fill_rate = rate.min(2.0 * self.measured).max(0.5);
        self.capacity = self.fill_rate.max(1.0);
        self.tokens = self.tokens.min(self.capacity);
    }

    /// The measured send rate, smoothed over half seconds.
    fn measure(&mut self, now: f64) {
        let bucket = (now * 2.0).floor() / 2.0;
        self.sent_in_bucket += 1.0;
        if bucket > self.bucket_started {
            let current = self.sent_in_bucket / (bucket - self.bucket_started);
            self.measured = current * 0.8 + self.measured * 0.2;
            self.sent_in_bucket = 0.0;
            self.bucket_started = bucket;
        }
    }
}

/// A rate limiter shared by the workers of one client.
#[derive(Clone, Debug)]
pub(crate) struct Adaptive {
    limiter: Arc<Mutex<Cubic>>,
    honours_retry_after: bool,
}

impl Adaptive {
    pub(crate) fn new(honours_retry_after: bool) -> Self {
        Self { limiter: Arc::new(Mutex::new(Cubic::new())), honours_retry_after }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Cubic) -> T) -> T {
        act(&mut self.limiter.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// (d) A worker of such a client: three attempts with exponential backoff, then the next request.
    pub(crate) async fn worker(self, time: VirtualTime, service: Service) {
        loop {
            for attempt in 0..3 {
                let wait = self.with(|limiter| limiter.acquire(time.elapsed().as_secs_f64()));
                time.sleep(Duration::from_secs_f64(wait)).await;
                let answer = retry_after(service.ask_any().await);
                self.with(|limiter| limiter.answered(time.elapsed().as_secs_f64(), answer.is_some()));
                let Some(asked) = answer else { break };
                let backoff = Duration::from_secs_f64(f64::from(1 << attempt) * service.share());
                time.sleep(if self.honours_retry_after { asked } else { backoff }).await;
            }
        }
    }
}

/// (e) Additive increase, multiplicative decrease: each clean second adds one request per 30 seconds, a
/// refusal halves the rate; all workers honour Retry-After together.
/// Retry-After is honoured by all workers together.
#[derive(Clone, Debug)]
pub(crate) struct Aimd(Arc<Mutex<AimdState>>);

#[derive(Debug)]
struct AimdState {
    rate: f64,
    changed: f64,
    next: f64,
}

impl Aimd {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(AimdState { rate: 60.0, changed: 0.0, next: 0.0 })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut AimdState) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn worker(self, time: VirtualTime, service: Service) {
        loop {
            let due = self.with(|state| {
                let now = time.elapsed().as_secs_f64();
                state.rate += (now - state.changed).max(0.0);
                state.changed = state.changed.max(now);
                let due = state.next.max(now);
                state.next = due + 30.0 / state.rate;
                due
            });
            time.until(Duration::from_secs_f64(due)).await;
            if let Some(wait) = retry_after(service.ask_any().await) {
                self.with(|state| {
                    let until = time.elapsed().as_secs_f64() + wait.as_secs_f64();
                    if state.next < until {
                        state.rate = (state.rate / 2.0).max(1.0);
                        (state.next, state.changed) = (until, until);
                    }
                });
            }
        }
    }
}
