//! Figures per minute.

use collect::ports;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Figures of the minutes in which a run was open, oldest first. Minutes without a tick are missing.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Series {
    /// The beginning of the time that was asked for.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// The minutes.
    pub points: Vec<Point>,
}

/// Figures at the last tick of one minute. Totals only grow, so the difference of two points is what happened
/// between them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Point {
    /// The minute.
    pub at: Timestamp,
    /// The run that was open.
    pub run: String,
    /// Permits granted for requests since the deployment.
    pub granted: u64,
    /// Refusals for the rate and for quotas since the deployment.
    pub refused: u64,
    /// Artists that the run has seen.
    pub artists: u64,
    /// Requests in the 30 seconds before, as a share of the learned rate.
    pub utilisation: f64,
}

impl From<ports::Minute> for Point {
    fn from(minute: ports::Minute) -> Self {
        let ports::Minute { at, run, granted, refused, artists, utilisation } = minute;
        Self { at, run: run.into(), granted, refused, artists, utilisation }
    }
}
