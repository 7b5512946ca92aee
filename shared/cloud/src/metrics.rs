//! The metric behind the operator's alarms, in CloudWatch's embedded metric format: one JSON line on standard
//! output, which CloudWatch turns into a metric without an API call.
//!
//! A metric costs money in every hour in which it is sent. So there is only one, `Troubles`, sent only while
//! there is trouble; figures for dashboards are in the log.

use collect::operator::Trouble;
use collect::ports::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calls;
use crate::clock::SystemClock;

/// The metric's namespace.
pub const NAMESPACE: &str = "Fermata";

/// The variable with the stack's name, a dimension of the metric: it separates several deployments in one
/// account.
pub const STACK: &str = "FERMATA_STACK";

/// Reports a trouble to CloudWatch.
#[expect(clippy::print_stdout, reason = "the embedded metric format is a line on standard output")]
pub fn report(now: Timestamp, trouble: Trouble) {
    println!("{}", line(now, &std::env::var(STACK).unwrap_or_default(), trouble));
}

/// Reports throttling to CloudWatch if a service throttled calls of this process since the last report.
pub fn report_throttling() {
    if calls::take_throttled() > 0 {
        report(SystemClock.now(), Trouble::StorageThrottled);
    }
}

/// How many calls of this process were throttled since the last report.
pub fn throttled() -> u64 {
    calls::throttled()
}

/// The line: the metric with the dimensions stack and trouble, and the usual fields of a log line.
fn line(now: Timestamp, stack: &str, trouble: Trouble) -> Value {
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Stack", "Trouble"]],
                "Metrics": [{"Name": "Troubles", "Unit": "Count"}],
            }],
        },
        "Stack": stack,
        "Trouble": trouble.name(),
        "Troubles": 1,
        "timestamp": now.to_string(),
        "level": "WARN",
        "message": "trouble",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_dimension_and_metric_has_a_value() {
        let line = line(Timestamp::UNIX_EPOCH, "fermata", Trouble::RunStuck);
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Dimensions"], json!([["Stack", "Trouble"]]));
        assert_eq!(declared["Metrics"], json!([{"Name": "Troubles", "Unit": "Count"}]));
        assert_eq!(
            (&line["Stack"], &line["Trouble"], &line["Troubles"]),
            (&json!("fermata"), &json!("run-stuck"), &json!(1))
        );
        assert_eq!((&line["_aws"]["Timestamp"], &line["level"]), (&json!(0), &json!("WARN")));
    }
}
