//! Times in stored items: whole microseconds of the epoch. And amounts: what nobody computes with in earnest is refused when
//! it is read, so that no sum of a time and a wait can overflow afterwards.

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

/// A number of requests or seconds, at most a billion.
pub(super) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let amount = f64::deserialize(deserializer)?;
    if (0.0..=1e9).contains(&amount) {
        Ok(amount)
    } else {
        Err(Error::custom(format!("{amount} is no number of requests or seconds")))
    }
}

/// The same where there may be none.
pub(super) fn amount_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    amount(deserializer).map(Some)
}
