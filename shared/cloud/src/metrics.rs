//! What an operator is woken for, as a metric in CloudWatch's embedded format: one JSON line on standard output, from which
//! CloudWatch makes the metric without any call of ours.
//!
//! A metric costs money in every hour in which it is sent. So there is one, `Troubles`, and it is sent only while there is
//! trouble; whatever is only looked at stands in the log.

use collect::operator::Trouble;
use collect::ports::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calls;
use crate::clock::SystemClock;

/// Where the metric is found.
pub const NAMESPACE: &str = "Fermata";

/// The variable with the name of the stack, which is a dimension of the metric: two deployments in one account do not
/// answer for each other.
pub const STACK: &str = "FERMATA_STACK";

/// Tells CloudWatch of a trouble.
#[expect(clippy::print_stdout, reason = "the embedded metric format is a line on standard output")]
pub fn report(now: Timestamp, trouble: Trouble) {
    println!("{}", line(now, &std::env::var(STACK).unwrap_or_default(), trouble));
}

/// Tells CloudWatch that a service slowed calls of this process down, if one did since this was asked last.
pub fn report_throttling() {
    if calls::take_throttled() > 0 {
        report(SystemClock.now(), Trouble::StorageThrottled);
    }
}

/// The line: the metric with stack and trouble as its dimensions, and what the other lines of the log have too.
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
    fn every_dimension_and_metric_that_is_declared_has_its_value() {
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
