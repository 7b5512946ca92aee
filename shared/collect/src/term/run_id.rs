//! The identity of a run.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The identity of a run: the day it was scheduled for (UTC), unless its opener named it otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A string that cannot name a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a run: 1 to 40 of a-z, A-Z, 0-9, `-`, `_` and `.`")]
pub struct InvalidRunId(String);

impl RunId {
    /// A run that its opener names.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidRunId> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=40).contains(&id.len()) && id.bytes().all(allowed) {
            Ok(Self(id))
        } else {
            Err(InvalidRunId(id.chars().take(60).collect()))
        }
    }

    /// The run of the day (UTC) that `scheduled` falls on: however often a schedule fires, a day has one run.
    pub fn of_day(scheduled: Timestamp) -> Self {
        Self(scheduled.to_zoned(TimeZone::UTC).date().to_string())
    }

    /// The id as it stands in tables, messages and logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(id: String) -> Result<Self, InvalidRunId> {
        Self::new(id)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_run() {
        let at = |time: &str| RunId::of_day(time.parse().unwrap());
        assert_eq!(at("2026-11-21T00:00:01Z"), at("2026-11-21T23:59:59Z"));
        assert_eq!(at("2026-11-21T23:59:59-02:00").as_str(), "2026-11-22");
    }

    #[test]
    fn a_run_name_that_would_not_fit_a_key_is_refused() {
        assert!(RunId::new("2026-11-21.b").is_ok());
        for bad in ["", "a#b", "tag der arbeit", &"x".repeat(41)] {
            assert!(RunId::new(bad).is_err(), "{bad}");
        }
    }
}
