//! Figures of past minutes: an item for each hour with an attribute for each minute.
//!
//! A tick writes one minute. The write is billed by the size of the item, at most some 4 KB, so a run that is
//! open for a whole month costs about ten cents.

use collect::ports::series::hours;
use collect::ports::{Minute, PortError, Series};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DynamoControl, item_key, number};
use crate::batches::{self, Item};
use crate::error::corrupt;
use crate::schema;

/// A minute as it is stored: the run and its figures.
#[derive(Serialize, Deserialize)]
struct Stored(String, u64, u64, u64, f64);

impl Series for DynamoControl {
    async fn note_minute(&self, minute: &Minute, end: Timestamp) -> Result<(), PortError> {
        let Minute { at, run, granted, refused, artists, utilisation } = minute;
        let rounded = (utilisation * 1000.0).round() / 1000.0;
        let stored = Stored(run.to_string(), *granted, *refused, *artists, rounded);
        let stored = serde_dynamo::to_attribute_value(stored)
            .map_err(|error| corrupt(self.what("UpdateItem"), error))?;
        let change = self
            .update(&hour_id(*at))
            .update_expression("SET #minute = :figures, expires_at = :end")
            .expression_attribute_names("#minute", minute_name(*at))
            .expression_attribute_values(":figures", stored)
            .expression_attribute_values(":end", number(end.as_second()));
        self.apply(change).await.map(|_| ())
    }

    async fn minutes(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Minute>, PortError> {
        let mut minutes = Vec::new();
        let keys = hours(from, to).map(|hour| item_key(&hour_id(hour))).collect();
        for item in batches::read(&self.client, &self.table, keys, false).await? {
            minutes.extend(self.minutes_of(&item)?);
        }
        minutes.retain(|minute| (from..to).contains(&minute.at));
        minutes.sort_by_key(|minute| minute.at);
        Ok(minutes)
    }
}

impl DynamoControl {
    fn minutes_of(&self, item: &Item) -> Result<Vec<Minute>, PortError> {
        schema::check(item, || self.item_name(item))?;
        let id = item.get("id").and_then(|id| id.as_s().ok()).map_or("", String::as_str);
        let hour = id.strip_prefix(PREFIX).unwrap_or_default();
        let mut minutes = Vec::new();
        for (name, value) in item.iter().filter(|(name, _)| name.starts_with('m')) {
            let what = || format!("{name} of {id} in table {}", self.table);
            let time = format!("{hour}:{}:00Z", &name[1..]);
            let at: Timestamp = time.parse().map_err(|error| corrupt(what(), error))?;
            let Stored(run, granted, refused, artists, utilisation) =
                serde_dynamo::from_attribute_value(value.clone()).map_err(|error| corrupt(what(), error))?;
            let run = run.try_into().map_err(|error| corrupt(what(), error))?;
            minutes.push(Minute { at, run, granted, refused, artists, utilisation });
        }
        Ok(minutes)
    }
}

const PREFIX: &str = "series#";

/// The id of the item of an hour, such as `series#2026-11-29T05`.
fn hour_id(at: Timestamp) -> String {
    format!("{PREFIX}{}", at.strftime("%Y-%m-%dT%H"))
}

/// The attribute of a minute, such as `m07`.
fn minute_name(at: Timestamp) -> String {
    format!("m{}", at.strftime("%M"))
}
