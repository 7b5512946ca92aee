//! Metrics in CloudWatch's embedded format: one JSON line on standard output, from which CloudWatch makes the metrics
//! without any call of ours.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Where all metrics are found.
pub const NAMESPACE: &str = "Fermata";

/// The variable in which Lambda tells a function its name. Metrics that an alarm watches have it as dimension, so that
/// two deployments in one account do not answer for each other.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// One number, such as `("Permits", "Count", 12.0)`: name, CloudWatch's unit, value.
pub type Metric = (&'static str, &'static str, f64);

/// The line for `metrics`, which all have the one dimension (name, value).
pub fn line(now: Timestamp, (dimension, of): (&str, &str), metrics: &[Metric]) -> Value {
    let declared: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = Map::from_iter([
        (
            "_aws".to_owned(),
            json!({
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [[dimension]], "Metrics": declared}],
            }),
        ),
        (dimension.to_owned(), of.into()),
    ]);
    line.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), (*value).into())));
    Value::Object(line)
}

/// Prints the metrics of this function.
pub fn emit(now: Timestamp, metrics: &[Metric]) {
    let function = std::env::var(FUNCTION_NAME).unwrap_or_default();
    print(&line(now, ("Function", &function), metrics));
}

/// Prints a line as it is.
#[expect(clippy::print_stdout, reason = "the embedded metric format is a line on standard output")]
pub fn print(line: &Value) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_declared_and_has_its_number_beside_its_dimension() {
        let line = line(
            Timestamp::UNIX_EPOCH,
            ("Function", "seeder"),
            &[("RunAgeDays", "None", 1.5), ("Held", "Count", 0.0)],
        );
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Dimensions"], json!([["Function"]]));
        assert_eq!(declared["Metrics"][0], json!({"Name": "RunAgeDays", "Unit": "None"}));
        assert_eq!(
            (&line["Function"], &line["RunAgeDays"], &line["Held"]),
            (&json!("seeder"), &json!(1.5), &json!(0.0))
        );
        assert_eq!(line["_aws"]["Timestamp"], 0);
    }
}
