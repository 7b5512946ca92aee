//! Metrics of the pace, once a minute while a run is open, in CloudWatch's embedded metric format: one JSON line on standard
//! output, from which CloudWatch makes the metrics without any call of ours.

use collect::pace::{BucketState, Pacing};
use collect::ports::Overview;
use collect::term::Bucket;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Names and units. `Permits` and `Refusals` are totals since the deployment; the others describe the moment.
const METRICS: [(&str, &str); 8] = [
    ("Rate", "Count"),
    ("Ceiling", "Count"),
    ("Sent30s", "Count"),
    ("Utilisation", "Percent"),
    ("HoldSeconds", "Seconds"),
    ("UsedToday", "Count"),
    ("Permits", "Count"),
    ("Refusals", "Count"),
];

/// Prints the metrics of every bucket that has been used, if a run is open.
#[expect(clippy::print_stdout, reason = "the embedded metric format is a line on standard output")]
pub(crate) fn emit(overview: &Overview, pacing: Pacing, now: Timestamp) {
    if overview.open_run().is_some() {
        for (bucket, state) in &overview.buckets {
            println!("{}", line(*bucket, state, pacing, now));
        }
    }
}

fn line(bucket: Bucket, state: &BucketState, pacing: Pacing, now: Timestamp) -> Value {
    let rate = state.rate(pacing);
    let sent = state.recent.within_window_before(now);
    let held = state.held_at(now).map_or(0.0, |until| until.duration_since(now).as_secs_f64());
    let metrics: Vec<Value> =
        METRICS.iter().map(|(name, unit)| json!({"Name": name, "Unit": unit})).collect();
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "Fermata", "Dimensions": [["Bucket"]], "Metrics": metrics}],
        },
        "Bucket": bucket.name(),
        "Rate": rate,
        "Ceiling": state.learned.ceiling().unwrap_or_default(),
        "Sent30s": sent,
        "Utilisation": 100.0 * sent / rate.max(1.0),
        "HoldSeconds": held,
        "UsedToday": state.day.used(now),
        "DayQuota": state.day.quota(),
        "Permits": state.granted,
        "Refusals": state.refused,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
        for (name, _) in METRICS {
            assert!(line[name].is_number(), "{name} in {line}");
        }
        assert_eq!((&line["Permits"], &line["Sent30s"]), (&json!(10), &json!(10.0)));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().len(), METRICS.len());
    }
}
