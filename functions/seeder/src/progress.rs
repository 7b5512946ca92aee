//! Log lines written once a minute while a run is open: the run, the app's pace, and every bucket in use. The
//! dashboard is built from them; `infra/README.md` lists their fields.

use std::time::Duration;

use collect::operator::watch;
use collect::pace::{BucketState, PaceState, Pacing};
use collect::ports::Overview;
use jiff::Timestamp;

/// Logs the three kinds of line if a run is open.
pub(crate) fn log(overview: &Overview, pacing: Pacing, now: Timestamp) {
    let Some(run) = overview.open_run() else { return };
    let Some(at) = watch(overview, now) else { return };
    let brought = overview.yields();
    let sum = |figure: fn(&collect::plan::Yield) -> f64| brought.0.values().map(figure).sum::<f64>();
    let (requests, artists) = (sum(|of| of.asked), sum(|of| of.found));
    let (age_days, idle_min) = (at.age.as_secs_f64() / 86_400.0, at.idle.as_secs_f64() / 60.0);
    tracing::info!(run = %run.id, age_days, idle_min, requests, artists, "progress");
    log_pace(&overview.pace, pacing, now);
    for (bucket, state) in &overview.pace.buckets {
        log_bucket(bucket.name(), state, now);
    }
}

/// `permits` and `refusals` count since the deployment; the other fields are current values.
fn log_pace(pace: &PaceState, pacing: Pacing, now: Timestamp) {
    let (rate, ceiling, sent_30s) = (pace.rate(pacing), pace.learned.ceiling(), pace.sent_before(now));
    let (permits, refusals) = (pace.granted, pace.refused);
    let hold_s = seconds_until(Some(pace.hold_until), now);
    tracing::info!(rate, ceiling, sent_30s, hold_s, permits, refusals, "pace");
}

/// `hold_s` and `refusals` refer to the bucket's quota.
fn log_bucket(bucket: &str, state: &BucketState, now: Timestamp) {
    let (used_day, day_quota) = (state.day.used(now), state.day.quota());
    let (sent_30s, refusals) = (state.recent.within_rate_period_before(now), state.refused);
    let hold_s = seconds_until(state.held_at(now), now);
    tracing::info!(bucket, sent_30s, hold_s, used_day, day_quota, refusals, "bucket");
}

fn seconds_until(until: Option<Timestamp>, now: Timestamp) -> f64 {
    let left = until.and_then(|until| Duration::try_from(until.duration_since(now)).ok());
    left.map_or(0.0, |left| left.as_secs_f64())
}
