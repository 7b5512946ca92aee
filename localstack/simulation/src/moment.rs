//! Virtual time.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use jiff::Timestamp;

/// When the world begins, in epoch seconds: 2026-11-21, three in the morning (UTC).
const BEGIN: i64 = 1_795_230_000;

/// Virtual microseconds since the world began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// The time from `earlier` to here; none if that is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// What a clock shows that is wrong by `skew` microseconds.
    pub(crate) fn shown(self, skew: i64) -> Timestamp {
        let since_begin = i64::try_from(self.0).unwrap_or(i64::MAX / 2);
        let micros = BEGIN.saturating_mul(1_000_000).saturating_add(since_begin).saturating_add(skew);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// The moment at which a clock that is wrong by `skew` shows this.
    pub(crate) fn when_shown(shown: Timestamp, skew: i64) -> Self {
        let micros = shown.as_microsecond().saturating_sub(BEGIN * 1_000_000).saturating_sub(skew);
        Self(u64::try_from(micros).unwrap_or_default())
    }

    /// The beginning of the next whole minute.
    pub(crate) fn next_minute(self) -> Self {
        Self((self.0 / 60_000_000 + 1) * 60_000_000)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// Rounded up: whoever waits for a part of a microsecond must not find that no time has passed.
    fn add(self, duration: Duration) -> Self {
        let micros = duration.as_nanos().div_ceil(1000);
        Self(self.0.saturating_add(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
        let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
        write!(formatter, "{days}d {hours:02}:{minutes:02}:{seconds:02}.{micros:06}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_wrong_clock_shows_is_read_back() {
        let moment = Moment::default() + Duration::from_secs(100_000);
        assert_eq!(moment.to_string(), "1d 03:46:40.000000");
        assert_eq!(Moment::when_shown(moment.shown(-2_500_000), -2_500_000), moment);
        assert_eq!(Moment::default().shown(0).to_string(), "2026-11-21T03:00:00Z");
        assert_eq!(moment.next_minute().since(moment), Duration::from_secs(20));
    }
}
