//! Times in stored items: whole microseconds of the epoch. And amounts: what nobody computes with in earnest
//! is refused when it is read, so that no sum of a time and a wait can overflow afterwards.

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.as_microsecond())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let micros = i64::deserialize(deserializer)?;
    if !(0..=LATEST).contains(&micros) {
        return Err(Error::custom(format!("{micros} is no time between 1970 and 2200")));
    }
    Timestamp::from_microsecond(micros).map_err(Error::custom)
}

/// The beginning of the year 2200.
const LATEST: i64 = 7_258_118_400_000_000;

/// Whether `second` of the epoch is a time that [`deserialize`] would take.
pub(super) fn is_second(second: i64) -> bool {
    (0..=LATEST / 1_000_000).contains(&second)
}

/// A count that grows by one at a time: beyond 2^53, no machine has counted it.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let count = u64::deserialize(deserializer)?;
    if count <= MOST_COUNTED { Ok(count) } else { Err(Error::custom(format!("{count} is no count"))) }
}

const MOST_COUNTED: u64 = 1 << 53;

/// A count and what has come to it, as [`count`] reads it again.
pub(super) fn counted(count: u64, more: u64) -> u64 {
    count.saturating_add(more).min(MOST_COUNTED)
}

/// The largest amount.
pub(super) const MOST: f64 = 1e9;

/// A number of requests or seconds, at most a billion.
pub(super) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let amount = f64::deserialize(deserializer)?;
    if (0.0..=MOST).contains(&amount) {
        Ok(amount)
    } else {
        Err(Error::custom(format!("{amount} is no number of requests or seconds")))
    }
}

/// Requests in 30 seconds, at least one.
pub(super) fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let rate = amount(deserializer)?;
    if rate >= 1.0 {
        Ok(rate)
    } else {
        Err(Error::custom(format!("{rate} is no number of requests in 30 seconds")))
    }
}

/// The same where there may be none.
pub(super) fn rate_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    rate(deserializer).map(Some)
}

/// What a rate is multiplied by to grow.
pub(super) fn growth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let growth = f64::deserialize(deserializer)?;
    let grows = growth > 1.0 && growth <= 10.0;
    if grows { Ok(growth) } else { Err(Error::custom(format!("{growth} is no growth of a rate"))) }
}

/// A part of one.
pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(Error::custom(format!("{share} is no part of one")))
    }
}
