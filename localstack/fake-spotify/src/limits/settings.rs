//! How the limits are set, in process, by command line or over HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The endpoints that share one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// `/search`
    Search,
    /// `/artists`, `/artists/{id}` and what related artists there are
    Artists,
    /// `/artists/{id}/albums`, `/albums`
    ArtistAlbums,
    /// `/playlists/...`, `/users/...`
    Playlists,
    /// `/browse/...`, `/markets`
    Browse,
    /// `/tracks...`
    Tracks,
    /// `/audio-features...`, `/audio-analysis/...`
    AudioFeatures,
    /// `/recommendations...`
    Recommendations,
    /// `/shows...`, `/episodes...`, `/audiobooks...`
    Podcasts,
}

/// How long an app must wait that has reached the rolling limit. In JSON a number of seconds, or `"window"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value", into = "serde_json::Value")]
pub enum Penalty {
    /// Until the oldest request leaves the window.
    #[default]
    Window,
    /// This long, and no less than [`Penalty::Window`]: the real service never asks for a wait after which it
    /// refuses.
    Fixed(Duration),
}

impl TryFrom<serde_json::Value> for Penalty {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, String> {
        let seconds = value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match (value.as_str(), seconds) {
            (Some("window"), _) => Ok(Self::Window),
            (_, Some(wait)) => Ok(Self::Fixed(wait)),
            _ => Err(format!("{value} is neither \"window\" nor a number of seconds")),
        }
    }
}

impl std::str::FromStr for Penalty {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text)).try_into()
    }
}

impl From<Penalty> for serde_json::Value {
    fn from(penalty: Penalty) -> Self {
        match penalty {
            Penalty::Window => "window".into(),
            Penalty::Fixed(wait) => wait.as_secs_f64().into(),
        }
    }
}

/// The limits of the app. In JSON, as `/_fake/limits` shows and takes them:
/// `{"rate": 180, "rate_period_s": 30, "penalty_s": 5, "lengthen_s": 0, "quotas": {"search": 700},
/// "quota_period_s": 86400}`; `rate` may be null, and `penalty_s` may be `"window"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Requests that are answered in any rate period; absent means no limit.
    pub rate: Option<u32>,
    /// Seconds of the rolling rate period; more than 0.
    #[serde(alias = "window_s")]
    pub rate_period_s: f64,
    /// What reaching the limit costs.
    pub penalty_s: Penalty,
    /// Seconds by which each request during a hold lengthens it.
    pub lengthen_s: f64,
    /// Requests that are answered per bucket in any quota period; absent means no quota.
    pub quotas: BTreeMap<Bucket, u32>,
    /// Seconds of the quota period: a day, or less where a test scales time. `Retry-After` is in these same
    /// seconds.
    #[serde(alias = "quota_window_s")]
    pub quota_period_s: f64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            rate: None,
            rate_period_s: 30.0,
            penalty_s: Penalty::Window,
            lengthen_s: 0.0,
            quotas: BTreeMap::new(),
            quota_period_s: 86_400.0,
        }
    }
}

impl LimitSettings {
    /// Says what is wrong with the numbers, if anything.
    pub fn check(&self) -> Result<(), String> {
        let positive = |name: &str, seconds: f64| match Duration::try_from_secs_f64(seconds) {
            Ok(time) if !time.is_zero() => Ok(()),
            _ => Err(format!("{name} is {seconds}, not a number of seconds above 0")),
        };
        positive("rate_period_s", self.rate_period_s)?;
        positive("quota_period_s", self.quota_period_s)?;
        Duration::try_from_secs_f64(self.lengthen_s)
            .map_err(|_| format!("lengthen_s is {}, not a number of seconds", self.lengthen_s))?;
        let none = self.quotas.iter().find(|(_, most)| **most == 0);
        match (self.rate, none) {
            (Some(0), _) => Err("rate is 0; leave it out or null for no limit".into()),
            (_, Some((bucket, _))) => Err(format!("the quota of {bucket:?} is 0; leave it out for none")),
            _ => Ok(()),
        }
    }

    /// The rolling rate period.
    pub fn rate_period(&self) -> Duration {
        seconds(self.rate_period_s)
    }

    /// By how much a request during a hold lengthens it.
    pub fn lengthen(&self) -> Duration {
        seconds(self.lengthen_s)
    }

    /// The quota period.
    pub fn quota_period(&self) -> Duration {
        seconds(self.quota_period_s)
    }
}

/// Seconds that [`LimitSettings::check`] has let pass; anything else is no time.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
