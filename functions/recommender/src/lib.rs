//! The recommender: makes a list of artists for each user, every night, from the latest snapshot.
//!
//! What it does lives in [`collect::recommender`], how it recommends in [`collect::recommend`]; this crate
//! knows events and the environment.
//!
//! | event | what it does |
//! |---|---|
//! | `{"job":"recommend"}` | makes the lists of today (UTC) that are missing, until none is or its time is over; the next event goes on |
//! | `{"job":"recommend","date":"2026-11-28"}` | the same for another day |
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_USERS_TABLE` | name of the users table | none |
//! | `FERMATA_BUCKET` | the bucket of the snapshots | none |
//! | `FERMATA_RETENTION_DAYS` | days until a list expires | 90 |
//! | `FERMATA_LOG` | log filter | `info` |

use std::time::Duration;

use aws_config::SdkConfig;
use cloud::clock::SystemClock;
use cloud::config::{ConfigError, Env};
use cloud::export::objects::{self, S3Objects};
use cloud::users::DynamoUsers;
use collect::ports::{Clock, PortError};
use collect::recommender::{Night, recommend};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use snapshot::knowledge::Shelf;

/// The recommender's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommenderConfig {
    users_table: String,
    bucket: String,
    retention: Duration,
}

impl RecommenderConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let config = Self {
            users_table: env.required("FERMATA_USERS_TABLE"),
            bucket: env.required("FERMATA_BUCKET"),
            retention: env.retention(),
        };
        env.finish(config)
    }
}

/// The ports on AWS.
#[derive(Debug)]
pub struct Ports {
    users: DynamoUsers,
    library: Shelf<S3Objects>,
}

impl Ports {
    /// The ports on what `config` names.
    pub fn new(aws: &SdkConfig, config: &RecommenderConfig) -> Self {
        Self {
            users: DynamoUsers::new(cloud::aws::dynamodb(aws), &config.users_table, config.retention),
            library: Shelf::new(S3Objects::new(objects::client(aws), &config.bucket)),
        }
    }
}

/// Why an event came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RecommenderError {
    /// It asks for nothing the recommender does.
    #[error("the event names no known job; it must be {{\"job\":\"recommend\"}}, not {0}")]
    Unknown(String),
    /// Its date cannot be read.
    #[error("the event's date must be a day, as \"2026-11-28\", not {0}")]
    Date(String),
    /// The table or the bucket could not be used.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<RecommenderError> for Diagnostic {
    fn from(error: RecommenderError) -> Self {
        let error_type = match &error {
            RecommenderError::Unknown(_) | RecommenderError::Date(_) => "Event",
            RecommenderError::Port(_) => "Port",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// Handles one event.
///
/// # Errors
/// See [`RecommenderError`].
pub async fn handle(ports: &Ports, event: LambdaEvent<Value>) -> Result<Value, RecommenderError> {
    let deadline = std::time::SystemTime::UNIX_EPOCH + Duration::from_millis(event.context.deadline);
    let deadline = Timestamp::try_from(deadline).unwrap_or(Timestamp::MAX);
    let handled = act(ports, &event.payload, deadline).await;
    handled.inspect_err(|error| tracing::error!(%error, "recommender"))
}

async fn act(ports: &Ports, event: &Value, deadline: Timestamp) -> Result<Value, RecommenderError> {
    let date = date(event, SystemClock.now())?;
    let Night { added, skipped, done, no_snapshot } =
        recommend(&SystemClock, &ports.users, &ports.library, date, deadline).await?;
    let state = match (done, no_snapshot) {
        (_, true) => "no-snapshot",
        (true, _) => "done",
        (false, _) => "goes-on",
    };
    tracing::info!(%date, added, skipped, state, "recommended");
    Ok(json!({"date": date, "added": added, "skipped": skipped, "state": state}))
}

/// The day that an event is about.
fn date(event: &Value, now: Timestamp) -> Result<Date, RecommenderError> {
    let quoted = |value: &Value| value.to_string().chars().take(200).collect();
    // A classic rule wraps its input in an envelope.
    let event = event.get("detail").filter(|detail| detail.get("job").is_some()).unwrap_or(event);
    if event.get("job").and_then(Value::as_str) != Some("recommend") {
        return Err(RecommenderError::Unknown(quoted(event)));
    }
    match event.get("date") {
        None | Some(Value::Null) => Ok(now.to_zoned(TimeZone::UTC).date()),
        Some(date) => {
            let read = date.as_str().and_then(|text| text.parse().ok());
            read.ok_or_else(|| RecommenderError::Date(quoted(date)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(event: &Value) -> Result<String, String> {
        let now = "2026-11-28T23:59:59Z".parse().unwrap();
        date(event, now).map(|date| date.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_event_is_about_its_date_or_about_today() {
        let scheduled: Value = serde_json::from_str(include_str!("../fixtures/night.json")).unwrap();
        assert_eq!(on(&scheduled), Ok("2026-11-28".to_owned()));
        assert_eq!(on(&json!({"job": "recommend", "date": "2026-11-01"})), Ok("2026-11-01".to_owned()));
    }

    #[test]
    fn a_bad_event_is_named() {
        assert!(on(&json!({"job": "recomend"})).unwrap_err().contains("recomend"));
        assert!(on(&json!({"job": "recommend", "date": "soon"})).unwrap_err().contains("\"soon\""));
        assert!(on(&json!([1])).unwrap_err().contains("[1]"));
    }

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let error = RecommenderConfig::read(Env::of(|_| None)).unwrap_err();
        assert_eq!(error.problems.len(), 2, "{error}");
    }
}
