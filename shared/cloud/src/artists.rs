//! Artist rows in DynamoDB.
//!
//! Reading 50 known artists costs a tenth of writing them, so every answer is read first and only what is new or changed is
//! written. New rows go out in batches, which take no condition; changed ones one by one, on the condition that the row was
//! not observed later. A new row that another function writes between our read and our write is observed within the same
//! second, and the next sighting of the artist sets right what differs.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use collect::artist::Artist;
use collect::id::ArtistId;
use collect::ports::{Artists, PortError, Sighting, Upserted};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{condition_failed, corrupt, port_error};

/// DynamoDB reads this many keys in one call.
const READ_BATCH: usize = 100;

/// DynamoDB writes this many items in one call.
const WRITE_BATCH: usize = 25;

/// How often what DynamoDB left over is sent again, with a wait that doubles from 50 ms.
const LEFTOVER_ROUNDS: u32 = 7;

/// Conditional writes at a time.
const CONCURRENT_WRITES: usize = 8;

/// The artists table.
#[derive(Debug)]
pub struct DynamoArtists {
    client: Client,
    table: String,
    retention: Duration,
}

/// A row of the table. An absent field was not provided by any answer so far; an empty list of genres was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArtistRow {
    /// Spotify's id; the hash key.
    pub id: ArtistId,
    /// Display name.
    pub name: String,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popularity: Option<u8>,
    /// Number of followers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// Genres in Spotify's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genres: Option<Vec<String>>,
    /// Key of the term that found it first.
    pub found_by: String,
    /// Run that found it first.
    pub found_in: String,
    /// First sighting: RFC 3339, UTC, always three decimals, so that the texts sort as the times do.
    pub first_seen: String,
    /// Last sighting that was written, in the same form.
    pub last_seen: String,
    /// Run of that sighting.
    pub last_run: String,
    /// When the row expires, in epoch seconds.
    pub expires_at: i64,
}

impl ArtistRow {
    fn artist(&self) -> Artist {
        Artist {
            id: self.id.clone(),
            name: self.name.clone(),
            popularity: self.popularity,
            followers: self.followers,
            genres: self.genres.clone(),
        }
    }
}

impl DynamoArtists {
    /// The table of that name, whose rows expire `retention` after they were last seen.
    pub fn new(client: Client, table: &str, retention: Duration) -> Self {
        Self { client, table: table.to_owned(), retention }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    /// The row that a first sighting makes.
    fn first(&self, artist: &Artist, sighting: &Sighting) -> ArtistRow {
        let seen = stamp(sighting.at);
        ArtistRow {
            id: artist.id.clone(),
            name: artist.name.clone(),
            popularity: artist.popularity,
            followers: artist.followers,
            genres: artist.genres.clone(),
            found_by: sighting.term.to_string(),
            found_in: sighting.run.to_string(),
            first_seen: seen.clone(),
            last_seen: seen,
            last_run: sighting.run.to_string(),
            expires_at: self.expiry(sighting),
        }
    }

    /// The row that a later sighting makes of a known one; `None` where it would say nothing new.
    fn again(&self, known: &ArtistRow, artist: &Artist, sighting: &Sighting) -> Option<ArtistRow> {
        let seen = stamp(sighting.at);
        let merged = known.artist().merged(artist);
        let nothing_new = merged == known.artist() && known.last_run == sighting.run.as_str();
        if known.last_seen > seen || nothing_new {
            return None;
        }
        Some(ArtistRow {
            name: merged.name,
            popularity: merged.popularity,
            followers: merged.followers,
            genres: merged.genres,
            last_seen: seen,
            last_run: sighting.run.to_string(),
            expires_at: self.expiry(sighting),
            ..known.clone()
        })
    }

    fn expiry(&self, sighting: &Sighting) -> i64 {
        sighting.at.as_second().saturating_add(i64::try_from(self.retention.as_secs()).unwrap_or(i64::MAX))
    }

    async fn read(&self, ids: &[&ArtistId]) -> Result<BTreeMap<ArtistId, ArtistRow>, PortError> {
        let mut rows = BTreeMap::new();
        for batch in ids.chunks(READ_BATCH) {
            let keys = batch
                .iter()
                .map(|id| HashMap::from([("id".to_owned(), AttributeValue::S(id.as_str().to_owned()))]));
            let mut wanted = Some(self.keys(keys.collect())?);
            for round in 0..=LEFTOVER_ROUNDS {
                let Some(keys) = wanted.take() else { break };
                pause(round).await;
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, keys)
                    .send()
                    .await
                    .map_err(|error| port_error(self.what("BatchGetItem"), &error))?;
                for item in
                    answer.responses.into_iter().filter_map(|mut tables| tables.remove(&self.table)).flatten()
                {
                    let row: ArtistRow = serde_dynamo::from_item(item)
                        .map_err(|error| corrupt(format!("a row of table {}", self.table), error))?;
                    rows.insert(row.id.clone(), row);
                }
                wanted = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
            }
            self.all_done("BatchGetItem", wanted.is_none())?;
        }
        Ok(rows)
    }

    fn keys(&self, keys: Vec<HashMap<String, AttributeValue>>) -> Result<KeysAndAttributes, PortError> {
        KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|error| corrupt(self.what("BatchGetItem"), error))
    }

    async fn write_new(&self, rows: &[ArtistRow]) -> Result<(), PortError> {
        for batch in rows.chunks(WRITE_BATCH) {
            let mut wanted =
                Some(batch.iter().map(|row| self.put_request(row)).collect::<Result<Vec<_>, _>>()?);
            for round in 0..=LEFTOVER_ROUNDS {
                let Some(requests) = wanted.take().filter(|requests| !requests.is_empty()) else { break };
                pause(round).await;
                let answer = self
                    .client
                    .batch_write_item()
                    .request_items(&self.table, requests)
                    .send()
                    .await
                    .map_err(|error| port_error(self.what("BatchWriteItem"), &error))?;
                wanted = answer.unprocessed_items.and_then(|mut tables| tables.remove(&self.table));
            }
            self.all_done("BatchWriteItem", wanted.is_none_or(|left| left.is_empty()))?;
        }
        Ok(())
    }

    fn put_request(&self, row: &ArtistRow) -> Result<WriteRequest, PortError> {
        let put = PutRequest::builder().set_item(Some(self.item(row)?)).build();
        let put = put.map_err(|error| corrupt(self.what("BatchWriteItem"), error))?;
        Ok(WriteRequest::builder().put_request(put).build())
    }

    fn item(&self, row: &ArtistRow) -> Result<HashMap<String, AttributeValue>, PortError> {
        serde_dynamo::to_item(row).map_err(|error| corrupt(format!("a row for table {}", self.table), error))
    }

    fn all_done(&self, operation: &str, done: bool) -> Result<(), PortError> {
        if done {
            return Ok(());
        }
        let why = format!("left items over {} times in a row", LEFTOVER_ROUNDS + 1);
        Err(PortError::Unavailable { what: self.what(operation), why })
    }

    /// Writes a changed row unless the table has a later one by now. Returns whether it was written.
    async fn write_changed(&self, row: &ArtistRow) -> Result<bool, PortError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(self.item(row)?))
            .condition_expression("attribute_not_exists(id) OR last_seen <= :seen")
            .expression_attribute_values(":seen", AttributeValue::S(row.last_seen.clone()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(port_error(self.what("PutItem"), &error)),
        }
    }
}

impl Artists for DynamoArtists {
    async fn upsert(&self, artists: &[Artist], sighting: &Sighting) -> Result<Upserted, PortError> {
        let mut seen: BTreeMap<&ArtistId, Artist> = BTreeMap::new();
        for artist in artists {
            let merged =
                seen.get(&artist.id).map_or_else(|| artist.clone(), |earlier| earlier.merged(artist));
            seen.insert(&artist.id, merged);
        }
        let ids: Vec<&ArtistId> = seen.keys().copied().collect();
        let known = self.read(&ids).await?;
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for (id, artist) in &seen {
            match known.get(*id) {
                None => new.push(self.first(artist, sighting)),
                Some(row) => changed.extend(self.again(row, artist, sighting)),
            }
        }
        self.write_new(&new).await?;
        let writes: Vec<_> = changed.iter().map(|row| self.write_changed(row)).collect();
        let written: usize = stream::iter(writes)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_fold(0, |sum, written| async move { Ok(sum + usize::from(written)) })
            .await?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Upserted {
            new: count(new.len()),
            changed: count(written),
            unchanged: count(seen.len() - new.len() - written),
        })
    }
}

/// A time as the rows keep it.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Waits before the `round`-th repetition.
async fn pause(round: u32) {
    if round > 0 {
        tokio::time::sleep(Duration::from_millis(25 << round)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals_and_so_sort_as_texts() {
        let at = |millis| stamp(Timestamp::from_millisecond(millis).unwrap());
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert!(at(999) < at(1000) && at(1000) < at(1001) && at(59_999) < at(60_000));
    }
}
