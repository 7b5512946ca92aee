//! Artist rows in DynamoDB.
//!
//! Reading 50 known artists costs a tenth of writing them, so every answer is read first and only what is new or changed is
//! written. New rows go out in batches, which take no condition; changed ones one by one, on the condition that the row was
//! not observed later. A new row that another function writes between our read and our write is observed within the same
//! second, and the next sighting of the artist sets right what differs.

mod row;
mod stale;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use collect::catalogue::{Artist, ArtistId, Mention};
use collect::ports::{Artists, PortError, Rewritten, Sighting, Upserted};
use collect::term::RunId;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

pub use self::row::ArtistRow;
use self::row::{WANTED, stamp};
use crate::error::{condition_failed, corrupt, port_error};

/// DynamoDB reads this many keys in one call.
const READ_BATCH: usize = 100;

/// DynamoDB writes this many items in one call.
const WRITE_BATCH: usize = 25;

/// How often what DynamoDB left over is sent again, with a wait that doubles from 50 ms.
const LEFTOVER_ROUNDS: u32 = 7;

/// The index of the bare rows.
const WANTED_INDEX: &str = "wanted";

/// Conditional writes at a time.
const CONCURRENT_WRITES: usize = 8;

/// The artists table.
#[derive(Debug)]
pub struct DynamoArtists {
    client: Client,
    table: String,
    retention: Duration,
}

impl DynamoArtists {
    /// The table of that name, whose rows expire `retention` after they were last seen.
    pub fn new(client: Client, table: &str, retention: Duration) -> Self {
        Self { client, table: table.to_owned(), retention }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    /// A row by its id as it stands.
    fn row(&self, item: &HashMap<String, AttributeValue>) -> String {
        format!("the row {:.60} of table {}", id_text(item), self.table)
    }

    fn id_of(&self, item: &HashMap<String, AttributeValue>) -> Result<ArtistId, PortError> {
        ArtistId::new(id_text(item)).map_err(|error| corrupt(self.row(item), error))
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
                    let what = self.row(&item);
                    let row: ArtistRow =
                        serde_dynamo::from_item(item).map_err(|error| corrupt(what, error))?;
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

    /// Writes a row again. Returns `why` if it was written, and nothing if not.
    async fn write_again(&self, row: &ArtistRow, why: Rewritten) -> Result<Option<Rewritten>, PortError> {
        Ok(self.write_changed(row).await?.then_some(why))
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
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        let seen = Artist::told_and_mentioned(artists, mentions);
        let ids: Vec<&ArtistId> = seen.iter().map(|(artist, _)| &artist.id).collect();
        let known = self.read(&ids).await?;
        let (mut new, mut again) = (Vec::new(), Vec::new());
        let mut upserted = Upserted::default();
        for (artist, wanted) in &seen {
            let row = match known.get(&artist.id) {
                None => {
                    new.push(ArtistRow::first(artist, *wanted, sighting, self.retention));
                    new.last()
                }
                Some(row) => match row.again(artist, *wanted, sighting, self.retention) {
                    Some(rewritten) => {
                        again.push(rewritten);
                        again.last().map(|(row, _)| row)
                    }
                    None => Some(row),
                },
            };
            let Some(row) = row else { continue };
            upserted.bare += u32::from(row.is_bare());
            if row.last_run == sighting.run.as_str() && row.sighted_by == sighting.term.as_str() {
                upserted.sighted.insert(artist.id.clone());
            }
        }
        self.write_new(&new).await?;
        let writes: Vec<_> = again.iter().map(|(row, why)| self.write_again(row, *why)).collect();
        let written: Vec<Option<Rewritten>> =
            stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).try_collect().await?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mentioned = new.iter().filter(|row| row.is_bare()).count();
        upserted.new = count(new.len() - mentioned);
        upserted.new_mentions = count(mentioned);
        let written: Vec<Rewritten> = written.into_iter().flatten().collect();
        for why in &written {
            upserted.count_rewritten(*why);
        }
        upserted.unchanged = count(seen.len() - new.len() - written.len());
        Ok(upserted)
    }

    async fn wanted(&self, limit: usize) -> Result<Vec<ArtistId>, PortError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(WANTED_INDEX)
            .key_condition_expression("wanted = :wanted")
            .expression_attribute_values(":wanted", AttributeValue::S(WANTED.to_owned()))
            .scan_index_forward(false)
            .limit(i32::try_from(READ_BATCH).unwrap_or(i32::MAX))
            .into_paginator()
            .send();
        let mut wanted: Vec<ArtistId> = Vec::with_capacity(limit);
        while wanted.len() < limit
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| port_error(self.what("Query"), &error))?;
            let ids =
                page.items().iter().map(|item| self.id_of(item)).collect::<Result<Vec<ArtistId>, _>>()?;
            // The index lags behind the table: what was completed meanwhile is wanted no more.
            let rows = self.read(&ids.iter().collect::<Vec<_>>()).await?;
            let bare = ids.into_iter().filter(|id| rows.get(id).is_some_and(ArtistRow::is_bare));
            wanted.extend(bare.take(limit - wanted.len()));
        }
        Ok(wanted)
    }

    async fn stale(&self, before: Timestamp, run: &RunId, limit: usize) -> Result<Vec<ArtistId>, PortError> {
        self.longest_unseen(before, run, limit).await
    }

    async fn forgo(&self, artists: &[ArtistId], sighting: &Sighting) -> Result<(), PortError> {
        for id in artists {
            let answer = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("id", AttributeValue::S(id.as_str().to_owned()))
                .condition_expression("attribute_exists(id)")
                .update_expression("SET forgone = :at REMOVE wanted, prominence")
                .expression_attribute_values(":at", AttributeValue::S(stamp(sighting.at)))
                .send()
                .await;
            match answer {
                Err(error) if !condition_failed(&error) => {
                    return Err(port_error(self.what("UpdateItem"), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn id_text(item: &HashMap<String, AttributeValue>) -> &str {
    item.get("id").and_then(|id| id.as_s().ok()).map_or("", String::as_str)
}

/// Waits before the `round`-th repetition.
async fn pause(round: u32) {
    if round > 0 {
        tokio::time::sleep(Duration::from_millis(25 << round)).await;
    }
}
