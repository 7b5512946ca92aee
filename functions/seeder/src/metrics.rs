//! Metrics once a minute while a run is open: how the run stands, the pace of the app, and every bucket that has been used.

use std::time::Duration;

use cloud::metrics;
use collect::operator::watch;
use collect::pace::{BucketState, PaceState, Pacing};
use collect::ports::Overview;
use collect::web_api::Bucket;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The dimension of what is a bucket's; what is the app's has the value `all`.
const BUCKET: &str = "Bucket";

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
    metrics::print(&app(&overview.pace, pacing, now));
    for (name, state) in &overview.pace.buckets {
        metrics::print(&bucket(*name, state, now));
    }
}

/// The app's pace. `Permits` and `Refusals` (for the rate) are totals since the deployment; the others describe the moment.
#[expect(clippy::cast_precision_loss, reason = "CloudWatch keeps doubles too")]
fn app(pace: &PaceState, pacing: Pacing, now: Timestamp) -> Value {
    let (rate, sent) = (pace.rate(pacing), pace.sent_before(now));
    let metrics = [
        ("Rate", "Count", rate),
        ("Ceiling", "Count", pace.learned.ceiling().unwrap_or_default()),
        ("Sent30s", "Count", sent),
        ("Utilisation", "Percent", 100.0 * sent / rate.max(1.0)),
        ("HoldSeconds", "Seconds", seconds_until(Some(pace.hold_until), now)),
        ("Permits", "Count", pace.granted as f64),
        ("Refusals", "Count", pace.refused as f64),
    ];
    metrics::line(now, (BUCKET, "all"), &metrics)
}

/// What is a bucket's own: `HoldSeconds` and `Refusals` are of its quota.
#[expect(clippy::cast_precision_loss, reason = "CloudWatch keeps doubles too")]
fn bucket(name: Bucket, state: &BucketState, now: Timestamp) -> Value {
    let metrics = [
        ("Sent30s", "Count", state.recent.within_window_before(now)),
        ("HoldSeconds", "Seconds", seconds_until(state.held_at(now), now)),
        ("UsedToday", "Count", f64::from(state.day.used(now))),
        ("Refusals", "Count", state.refused as f64),
    ];
    let mut line = metrics::line(now, (BUCKET, name.name()), &metrics);
    line["DayQuota"] = json!(state.day.quota());
    line
}

fn seconds_until(until: Option<Timestamp>, now: Timestamp) -> f64 {
    until.map_or(0.0, |until| until.duration_since(now).as_secs_f64().max(0.0))
}

#[cfg(test)]
mod tests {
    use collect::pace::LeaseRequest;

    use super::*;

    fn numbers(line: &Value) -> (usize, usize) {
        let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        let number = |metric: &&Value| line[metric["Name"].as_str().unwrap()].is_number();
        (declared.len(), declared.iter().filter(number).count())
    }

    #[test]
    fn every_metric_that_is_declared_has_a_number() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let mut pace = PaceState::default();
        pace.lease(&LeaseRequest {
            now,
            bucket: Bucket::Search,
            pacing: Pacing::default(),
            time_per_use: Duration::from_millis(100),
            horizon: Duration::from_secs(2),
            in_hand: None,
            settled: Vec::new(),
        });
        let later = now + Duration::from_secs(10);
        let app = app(&pace, Pacing::default(), later);
        assert_eq!((numbers(&app), &app["Permits"], &app["Sent30s"]), ((7, 7), &json!(10.0), &json!(10.0)));
        let search = bucket(Bucket::Search, &pace.buckets[&Bucket::Search], later);
        assert_eq!((numbers(&search), &search["UsedToday"]), ((4, 4), &json!(10.0)));
        assert_eq!((&app["Bucket"], &search["Bucket"]), (&json!("all"), &json!("search")));
    }
}
