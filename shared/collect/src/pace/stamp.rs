//! Times in stored items: whole microseconds of the epoch.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.as_microsecond())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let micros = i64::deserialize(deserializer)?;
    Timestamp::from_microsecond(micros).map_err(serde::de::Error::custom)
}
