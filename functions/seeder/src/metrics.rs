//! Metrics of the pace, once a minute while a run is open, in CloudWatch's embedded metric format: JSON lines on standard
//! output, from which CloudWatch makes the metrics without any call of ours.
//!
//! One line is of the app, and one of each bucket that has been used, told apart by the dimension `Bucket`.

use collect::pace::{BucketState, PaceState, Pacing};
use collect::ports::Overview;
use collect::term::Bucket;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Of the app: names and units. `Permits` and `Refusals` are totals since the deployment; the others describe the moment.
const APP: [(&str, &str); 7] = [
    ("Rate", "Count"),
    ("Ceiling", "Count"),
    ("Sent30s", "Count"),
    ("Utilisation", "Percent"),
    ("HoldSeconds", "Seconds"),
    ("Permits", "Count"),
    ("Refusals", "Count"),
];

/// Of a bucket. `Refusals` for its quota are a total since the deployment; `HoldSeconds` is of the quota alone.
const BUCKET: [(&str, &str); 4] =
    [("Sent30s", "Count"), ("HoldSeconds", "Seconds"), ("UsedToday", "Count"), ("Refusals", "Count")];

/// Prints the metrics of the app and of every bucket that has been used, if a run is open.
#[expect(clippy::print_stdout, reason = "the embedded metric format is a line on standard output")]
pub(crate) fn emit(overview: &Overview, pacing: Pacing, now: Timestamp) {
    if overview.open_run().is_some() {
        println!("{}", app(&overview.pace, pacing, now));
        for (name, state) in &overview.pace.buckets {
            println!("{}", bucket(*name, state, now));
        }
    }
}

fn app(pace: &PaceState, pacing: Pacing, now: Timestamp) -> Value {
    let (rate, sent) = (pace.rate(pacing), pace.sent_before(now));
    let hold = Some(pace.hold_until).filter(|until| *until > now);
    let values = json!({
        "Rate": rate,
        "Ceiling": pace.learned.ceiling().unwrap_or_default(),
        "Sent30s": sent,
        "Utilisation": 100.0 * sent / rate.max(1.0),
        "HoldSeconds": seconds_until(hold, now),
        "Permits": pace.granted,
        "Refusals": pace.refused,
    });
    line(&APP, &[], values, now)
}

fn bucket(name: Bucket, state: &BucketState, now: Timestamp) -> Value {
    let values = json!({
        "Bucket": name.name(),
        "Sent30s": state.recent.within_window_before(now),
        "HoldSeconds": seconds_until(state.held_at(now), now),
        "UsedToday": state.day.used(now),
        "DayQuota": state.day.quota(),
        "Refusals": state.refused,
    });
    line(&BUCKET, &["Bucket"], values, now)
}

fn seconds_until(until: Option<Timestamp>, now: Timestamp) -> f64 {
    until.map_or(0.0, |until| until.duration_since(now).as_secs_f64())
}

fn line(metrics: &[(&str, &str)], dimensions: &[&str], values: Value, now: Timestamp) -> Value {
    let metrics: Vec<Value> =
        metrics.iter().map(|(name, unit)| json!({"Name": name, "Unit": unit})).collect();
    let declared = json!({
        "Timestamp": now.as_millisecond(),
        "CloudWatchMetrics": [{"Namespace": "Fermata", "Dimensions": [dimensions], "Metrics": metrics}],
    });
    let mut line = Map::from_iter([("_aws".to_owned(), declared)]);
    if let Value::Object(values) = values {
        line.extend(values);
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use collect::pace::LeaseRequest;

    use super::*;

    fn used_pace(now: Timestamp) -> PaceState {
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
        pace
    }

    fn numbers(line: &Value) -> usize {
        let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        declared.iter().filter(|metric| line[metric["Name"].as_str().unwrap()].is_number()).count()
    }

    #[test]
    fn every_metric_that_is_declared_has_a_number() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let (pace, later) = (used_pace(now), now + Duration::from_secs(10));
        let app = app(&pace, Pacing::default(), later);
        assert_eq!((numbers(&app), &app["Permits"], &app["Sent30s"]), (APP.len(), &json!(10), &json!(10.0)));
        let search = bucket(Bucket::Search, &pace.buckets[&Bucket::Search], later);
        assert_eq!((numbers(&search), &search["UsedToday"]), (BUCKET.len(), &json!(10)));
        let dimensions = |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Dimensions"].clone();
        assert_eq!((dimensions(&app), dimensions(&search)), (json!([[]]), json!([["Bucket"]])));
    }
}
