//! Changing settings by partial JSON: only what is named changes, and what is unknown is refused by name.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// `current` with the fields that `changes` names. Errs with every unknown field, or with the first bad
/// value.
pub fn patched<T: Serialize + DeserializeOwned>(current: &T, changes: Value) -> Result<T, String> {
    let Value::Object(changes) = changes else {
        return Err(format!("expected a JSON object, got {changes}"));
    };
    let mut fields = match serde_json::to_value(current) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let unknown: Vec<&str> =
        changes.keys().filter(|name| !fields.contains_key(*name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        let known: Vec<&str> = fields.keys().map(String::as_str).collect();
        return Err(format!("unknown: {}; known are {}", unknown.join(", "), known.join(", ")));
    }
    // One at a time, so that an error can name its field.
    for (name, value) in changes {
        fields.insert(name.clone(), value);
        let trial: Result<T, _> = serde_json::from_value(Value::Object(fields.clone()));
        trial.map_err(|error| format!("{name}: {error}"))?;
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Faults, LimitSettings};

    #[test]
    fn only_what_is_named_changes() {
        let faults = Faults { delay_ms: 7, ..Faults::default() };
        let changed = patched(&faults, json!({"error_rate": 0.5})).expect("a good change");
        assert_eq!(changed, Faults { error_rate: 0.5, ..faults });
    }

    #[test]
    fn every_unknown_field_is_named() {
        let error =
            patched(&Faults::default(), json!({"eror_rate": 1, "delay_ms": 1, "x": 2})).expect_err("unknown");
        assert!(error.starts_with("unknown: eror_rate, x; known are "), "{error}");
    }

    #[test]
    fn a_bad_value_is_named_with_its_field() {
        let error = patched(&LimitSettings::default(), json!({"penalty_s": "soon"})).expect_err("bad");
        assert!(error.contains("penalty_s: \"soon\" is neither"), "{error}");
        let error = patched(&Faults::default(), json!([1])).expect_err("no object");
        assert!(error.contains("expected a JSON object"), "{error}");
    }
}
