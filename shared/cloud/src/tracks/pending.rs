//! The index of tracks whose audio features were never asked for.
//!
//! As with the stubs of artists, a key of an index takes 1,000 writes a second; so the tracks are spread over
//! several. Whoever reads asks one after the other until there are enough.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::TrackId;
use collect::plan::{Sound, TrackRow};
use collect::ports::PortError;

use super::DynamoTracks;
use super::item::track_key;
use crate::batches::READ_BATCH;
use crate::error::{corrupt, port_error};

/// The index.
const INDEX: &str = "pending";

/// Keys over which the tracks are spread.
const SHARDS: u8 = 8;

/// The key under which the index has this track.
pub(super) fn shard(id: &TrackId) -> String {
    // The last characters of an id are evenly spread, its first are not.
    let last = id.as_str().bytes().last().unwrap_or_default();
    format!("track#{}", last % SHARDS)
}

impl DynamoTracks {
    /// Up to `limit` tracks whose audio features were never asked for.
    pub(super) async fn pending(&self, limit: usize) -> Result<Vec<TrackId>, PortError> {
        let mut found = Vec::new();
        for shard in 0..SHARDS {
            if found.len() < limit {
                found.extend(self.of_shard(&format!("track#{shard}"), limit - found.len()).await?);
            }
        }
        Ok(found)
    }

    async fn of_shard(&self, shard: &str, limit: usize) -> Result<Vec<TrackId>, PortError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("pending = :shard")
            .expression_attribute_values(":shard", AttributeValue::S(shard.to_owned()))
            .limit(i32::try_from(READ_BATCH).unwrap_or(i32::MAX))
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| port_error(self.what("Query"), &error))?;
            let id = |item: &crate::batches::Item| {
                let id = item.get("id").and_then(|id| id.as_s().ok()).map_or("", String::as_str);
                let read = TrackId::new(id.strip_prefix("track#").unwrap_or(id));
                read.map_err(|error| corrupt(format!("an item of index {INDEX}"), error))
            };
            let ids = page.items().iter().map(id).collect::<Result<Vec<_>, _>>()?;
            // The index lags behind the table: a track that was described meanwhile may still be listed.
            let rows: BTreeMap<String, TrackRow> = self.read(ids.iter().map(track_key).collect()).await?;
            let is_pending =
                |id: &TrackId| rows.get(&track_key(id)).is_some_and(|row| row.sound == Sound::NotAsked);
            found.extend(ids.into_iter().filter(is_pending).take(limit - found.len()));
        }
        Ok(found)
    }
}
