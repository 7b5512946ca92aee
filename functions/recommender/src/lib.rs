//! The recommender: makes a list of artists for each user, every night, from the latest snapshot.
//!
//! What it does lives in [`collect::recommender`], how it recommends in [`collect::recommend`]; this crate
//! knows events and the environment.
//!
//! | event | what it does |
//! |---|---|
//! | `{"job":"recommend"}` | makes the lists of today (UTC) that are missing, until none is or its time is over; the next event goes on |
//! | `{"job":"recommend","date":"2026-11-28"}` | the same for another day |
//! | `{"job":"recommend","spotify":false}` | the same without asking Spotify, which takes seconds for thousands of users |
//!
//! Where the Spotify app may use `GET /recommendations`, a list begins with the tracks that Spotify
//! recommends, under the pace that the fetchers keep too. Where it may not, or not soon, the list is
//! computed.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_USERS_TABLE` | name of the users table | none |
//! | `FERMATA_ARTISTS_TABLE` | name of the artists table, which knows who was erased | none |
//! | `FERMATA_BUCKET` | the bucket of the snapshots | none |
//! | `FERMATA_RETENTION_DAYS` | days until a list expires | 90 |
//! | `FERMATA_SPOTIFY_SECRET` | name of the secret with `client_id` and `client_secret` | none |
//! | `FERMATA_SPOTIFY_API_URL` | base address of the Web API | the real one |
//! | `FERMATA_SPOTIFY_TOKEN_URL` | address of the token service | the real one |
//! | `FERMATA_SPOTIFY_PLAIN_HTTP` | `true` lets another machine be asked over plain HTTP | `false` |
//! | `FERMATA_MARKET` | two-letter code of the country to recommend for | none |
//! | `FERMATA_CONTROL_TABLE` | name of the control table | none |
//! | `FERMATA_TERMS_TABLE`, `FERMATA_QUEUE_URL`, `FERMATA_DEAD_LETTER_QUEUE_URL` | required of every function; not used here | none |
//! | `FERMATA_RATE_PER_30S` | the operator's limit on requests in any 30 seconds | learned |
//! | `FERMATA_LOG` | log filter | `info` |
//! | `FERMATA_TRACES` | whether spans go to X-Ray's daemon | `false` |

mod ports;

use std::time::Duration;

use cloud::clock::SystemClock;
use collect::ports::{Clock, PortError};
use collect::recommender::spotify::AskSpotify;
use collect::recommender::{Night, Suggestions, recommend};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use tracing::Instrument;

pub use self::ports::{Ports, RecommenderConfig};

/// Why an event came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RecommenderError {
    /// It asks for nothing the recommender does.
    #[error("the event names no known job; it must be {{\"job\":\"recommend\"}}, not {0}")]
    Unknown(String),
    /// Its date cannot be read.
    #[error("the event's date must be a day, as \"2026-11-28\", not {0}")]
    Date(String),
    /// Whether Spotify is to be asked cannot be read.
    #[error("the event's `spotify` must be true or false, not {0}")]
    Spotify(String),
    /// The table or the bucket could not be used.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<RecommenderError> for Diagnostic {
    fn from(error: RecommenderError) -> Self {
        let error_type = match &error {
            RecommenderError::Unknown(_) | RecommenderError::Date(_) | RecommenderError::Spotify(_) => {
                "Event"
            }
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
    let span = cloud::traces::invocation(event.context.xray_trace_id.as_deref());
    let handled = act(ports, &event.payload, deadline).instrument(span).await;
    cloud::metrics::report_throttling();
    handled.inspect_err(|error| tracing::error!(%error, "recommender"))
}

async fn act(ports: &Ports, event: &Value, deadline: Timestamp) -> Result<Value, RecommenderError> {
    let Asked { date, spotify } = Asked::read(event, SystemClock.now())?;
    let mut permits = ports.permits.lock().await;
    let night = match ports.spotify.as_ref().filter(|_| spotify) {
        Some(client) => {
            let mut spotify = AskSpotify::begin(&ports.cloud, client, &mut permits).await?;
            make(ports, &mut spotify, date, deadline).await?
        }
        None => make(ports, &mut (), date, deadline).await?,
    };
    let Night { added, skipped, done, no_snapshot } = night;
    let state = match (done, no_snapshot) {
        (_, true) => "no-snapshot",
        (true, _) => "done",
        (false, _) => "goes-on",
    };
    tracing::info!(%date, added, skipped, state, "recommended");
    Ok(json!({"date": date, "added": added, "skipped": skipped, "state": state}))
}

async fn make<S: Suggestions>(
    ports: &Ports,
    suggestions: &mut S,
    date: Date,
    deadline: Timestamp,
) -> Result<Night, PortError> {
    let Ports { users, artists, library, .. } = ports;
    recommend(&SystemClock, users, artists, library, suggestions, date, deadline).await
}

/// What an event asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    date: Date,
    spotify: bool,
}

impl Asked {
    fn read(event: &Value, now: Timestamp) -> Result<Self, RecommenderError> {
        let quoted = |value: &Value| value.to_string().chars().take(200).collect();
        // A classic rule wraps its input in an envelope.
        let event = event.get("detail").filter(|detail| detail.get("job").is_some()).unwrap_or(event);
        if event.get("job").and_then(Value::as_str) != Some("recommend") {
            return Err(RecommenderError::Unknown(quoted(event)));
        }
        let given = |name| event.get(name).filter(|value| !value.is_null());
        let date = match given("date") {
            None => now.to_zoned(TimeZone::UTC).date(),
            Some(date) => {
                let read = date.as_str().and_then(|text| text.parse().ok());
                read.ok_or_else(|| RecommenderError::Date(quoted(date)))?
            }
        };
        let spotify = match given("spotify") {
            None => true,
            Some(spotify) => spotify.as_bool().ok_or_else(|| RecommenderError::Spotify(quoted(spotify)))?,
        };
        Ok(Self { date, spotify })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(event: &Value) -> Result<String, String> {
        let now = "2026-11-28T23:59:59Z".parse().unwrap();
        let asked = Asked::read(event, now).map_err(|error| error.to_string())?;
        Ok(format!("{} {}", asked.date, asked.spotify))
    }

    #[test]
    fn an_event_is_about_its_date_or_about_today() {
        let scheduled: Value = serde_json::from_str(include_str!("../fixtures/night.json")).unwrap();
        assert_eq!(on(&scheduled), Ok("2026-11-28 true".to_owned()));
        let rest = json!({"job": "recommend", "date": "2026-11-01", "spotify": false});
        assert_eq!(on(&rest), Ok("2026-11-01 false".to_owned()));
    }

    #[test]
    fn a_bad_event_is_named() {
        assert!(on(&json!({"job": "recomend"})).unwrap_err().contains("recomend"));
        assert!(on(&json!({"job": "recommend", "date": "soon"})).unwrap_err().contains("\"soon\""));
        assert!(on(&json!({"job": "recommend", "spotify": "no"})).unwrap_err().contains("\"no\""));
        assert!(on(&json!([1])).unwrap_err().contains("[1]"));
    }
}
