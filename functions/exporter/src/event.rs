//! What triggers the exporter: its schedule, or somebody by hand.

use collect::snapshot::export::{Formats, SnapshotId};
use serde::Deserialize;
use serde_json::Value;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Begin what is due, and send again what was lost.
    Tick,
    /// Begin an export.
    Export {
        /// Its name, if it is given one.
        snapshot: Option<SnapshotId>,
        /// The formats beside Parquet, if they are named.
        formats: Option<Formats>,
        /// Whether it is accepted however few rows it has, compared with the snapshot before.
        accept_fewer: bool,
    },
}

/// An event that asks for nothing the exporter does.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It is no job that is known.
    #[error(
        "the event names no known job; it must be {{\"job\":\"tick\"}} or {{\"job\":\"export\"}}, not {0}"
    )]
    Unknown(String),
    /// A field cannot be read.
    #[error("the event's {field} cannot be read: {why}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Event {
    /// Reads an event.
    pub fn parse(event: &Value) -> Result<Self, EventError> {
        // A classic rule wraps its input in an envelope.
        let event = event.get("detail").filter(|detail| detail.get("job").is_some()).unwrap_or(event);
        match event.get("job").and_then(Value::as_str) {
            Some("tick") => Ok(Self::Tick),
            Some("export") => Ok(Self::Export {
                snapshot: field("snapshot", event.get("snapshot"))?,
                formats: field::<Vec<String>>("formats", event.get("formats"))?
                    .map(|names| formats(&names))
                    .transpose()?,
                accept_fewer: field("accept_fewer", event.get("accept_fewer"))?.unwrap_or(false),
            }),
            _ => Err(EventError::Unknown(event.to_string().chars().take(200).collect())),
        }
    }
}

/// Formats by their names.
///
/// # Errors
/// When there is no format of a name.
pub fn formats(names: &[String]) -> Result<Formats, EventError> {
    let mut formats = Formats::default();
    for name in names {
        match name.as_str() {
            "jsonl" => formats.jsonl = true,
            "csv" => formats.csv = true,
            other => {
                let why = format!("{:?} is none of jsonl, csv", other.chars().take(60).collect::<String>());
                return Err(EventError::Field { field: "formats", why });
            }
        }
    }
    Ok(formats)
}

fn field<'a, T: Deserialize<'a>>(
    field: &'static str,
    value: Option<&'a Value>,
) -> Result<Option<T>, EventError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let shortened = |error: serde_json::Error| error.to_string().chars().take(200).collect();
    T::deserialize(value).map(Some).map_err(|error| EventError::Field { field, why: shortened(error) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_event_is_read() {
        assert_eq!(Event::parse(&json!({"job": "tick", "scheduled_for": "now"})), Ok(Event::Tick));
        assert_eq!(
            Event::parse(&json!({"job": "export"})),
            Ok(Event::Export { snapshot: None, formats: None, accept_fewer: false })
        );
        let fewer = Event::parse(&json!({"job": "export", "accept_fewer": true}));
        assert_eq!(fewer, Ok(Event::Export { snapshot: None, formats: None, accept_fewer: true }));
        let named = Event::parse(&json!({"job": "export", "snapshot": "before-move", "formats": ["csv"]}));
        let formats = Some(Formats { csv: true, jsonl: false });
        let snapshot = SnapshotId::new("before-move").ok();
        assert_eq!(named, Ok(Event::Export { snapshot, formats, accept_fewer: false }));
        let scheduled: Value = serde_json::from_str(include_str!("../fixtures/tick.json")).unwrap();
        assert_eq!(Event::parse(&scheduled), Ok(Event::Tick));
    }

    #[test]
    fn a_bad_event_is_named() {
        let error = |event: Value| Event::parse(&event).unwrap_err().to_string();
        assert!(error(json!({"job": "exprot"})).contains("exprot"));
        assert!(error(json!([1])).contains("[1]"));
        assert!(error(json!({"job": "export", "snapshot": "a/b"})).contains("a/b"));
        assert!(error(json!({"job": "export", "formats": ["xml"]})).contains("xml"));
        assert!(error(json!({"job": "export", "accept_fewer": "yes"})).contains("accept_fewer"));
    }
}
