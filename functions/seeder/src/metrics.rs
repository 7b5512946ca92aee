//! Metrics once a minute while a run is open: how the run stands, and the pace of every bucket that has been used.

use std::time::Duration;

use cloud::metrics;
use collect::pace::{BucketState, Pacing};
use collect::ports::Overview;
use collect::term::Bucket;
use collect::watch::watch;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Prints them, if a run is open.
pub(crate) fn emit(overview: &Overview, pacing: Pacing, now: Timestamp) {
    let Some(run) = watch(overview, now) else { return };
    let in_units = |time: Duration, unit: Duration| time.as_secs_f64() / unit.as_secs_f64();
    metrics::emit(
        now,
        &[
            ("RunAgeDays", "None", in_units(run.age, Duration::from_hours(24))),
            ("IdleMinutes", "None", in_units(run.idle, Duration::from_mins(1))),
        ],
    );
    for (bucket, state) in &overview.buckets {
        metrics::print(&line(*bucket, state, pacing, now));
    }
}

/// The pace of a bucket. `Permits` and `Refusals` are totals since the deployment; the others describe the moment.
#[expect(clippy::cast_precision_loss, reason = "CloudWatch keeps doubles too")]
fn line(bucket: Bucket, state: &BucketState, pacing: Pacing, now: Timestamp) -> Value {
    let rate = state.rate(pacing);
    let sent = state.recent.within_window_before(now);
    let held = state.held_at(now).map_or(0.0, |until| until.duration_since(now).as_secs_f64());
    let metrics = [
        ("Rate", "Count", rate),
        ("Ceiling", "Count", state.learned.ceiling().unwrap_or_default()),
        ("Sent30s", "Count", sent),
        ("Utilisation", "Percent", 100.0 * sent / rate.max(1.0)),
        ("HoldSeconds", "Seconds", held),
        ("UsedToday", "Count", f64::from(state.day.used(now))),
        ("Permits", "Count", state.granted as f64),
        ("Refusals", "Count", state.refused as f64),
    ];
    let mut line = metrics::line(now, ("Bucket", bucket.name()), &metrics);
    line["DayQuota"] = json!(state.day.quota());
    line
}

#[cfg(test)]
mod tests {
    use collect::pace::LeaseRequest;

    use super::*;

    #[test]
    fn every_metric_that_is_declared_has_a_number() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let mut state = BucketState::default();
        let request = LeaseRequest {
            now,
            pacing: Pacing::default(),
            time_per_use: Duration::from_millis(100),
            horizon: Duration::from_secs(2),
            unused: 0,
        };
        state.lease(&request);
        let line = line(Bucket::Search, &state, Pacing::default(), now + Duration::from_secs(10));
        let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        assert_eq!(declared.len(), 8);
        for metric in declared {
            let name = metric["Name"].as_str().unwrap();
            assert!(line[name].is_number(), "{name} in {line}");
        }
        assert_eq!((&line["Permits"], &line["Sent30s"]), (&json!(10.0), &json!(10.0)));
    }
}
