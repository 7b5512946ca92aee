//! Artist rows in DynamoDB.
//!
//! Reading 50 known artists costs a tenth of writing them. So every answer is read first, and only new or
//! changed rows are written: known rows in batches of statements, each on the condition that nobody has
//! written its row since it was read.
//!
//! New rows are written in batches, which allow no condition. If two functions find the same new artist at
//! the same moment, the later row stays and both count it as new; both rows come from an artist object, so
//! the next sighting corrects any difference. What was read too long ago is no reason for such a write: an
//! artist may have been erased since. A new row for an artist that was only mentioned has fewer fields and
//! must not replace one from an object. Both are written alone, on the condition that no row exists.

mod edges;
mod erasure;
mod index;
mod rewrite;
mod row;
mod stale;
mod stubs;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use collect::catalogue::{Artist, ArtistId, Mention};
use collect::plan::{ArtistRow, Entry, Sighting, Upserted, Wrote, sight};
use collect::ports::{ArtistRows, Artists, PortError, Tombstones};
use collect::term::RunId;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use tokio::time::Instant;

pub use self::edges::EdgeItem;
#[cfg(feature = "export")]
pub(crate) use self::erasure::NOT_FORGOTTEN;
use self::rewrite::Seen;
use self::row::stamp;
pub use self::row::{read_row, write_row};
use crate::batches::{self, Item};
use crate::conditional::Conditional;
use crate::error::{condition_failed, corrupt, port_error};
use crate::schema;

/// Attempts before a sighting is given up because others kept changing the row.
const TRIES: usize = 5;

/// What was read longer ago does not justify a write without a condition. With the time limit of a call, this
/// is shorter than whoever erases an artist waits (`collect::operator::forget`).
const FRESH: Duration = Duration::from_secs(10);

/// Concurrent writes of single rows.
const CONCURRENT_WRITES: usize = 8;

/// The artists table.
#[derive(Debug)]
pub struct DynamoArtists {
    client: Client,
    table: String,
    /// The table of the index, if one is kept.
    index: Option<String>,
    /// The table of the edges, for those who keep or erase them.
    edges: Option<String>,
    retention: Duration,
}

impl DynamoArtists {
    /// The table with that name. Its rows expire `retention` after they were last seen.
    pub fn new(client: Client, table: &str, retention: Duration) -> Self {
        Self { client, table: table.to_owned(), index: None, edges: None, retention }
    }

    /// Keeps an index of the rows in the table `index`, if one is named.
    #[must_use]
    pub fn with_index(self, index: Option<&str>) -> Self {
        Self { index: index.map(str::to_owned), ..self }
    }

    /// Keeps edges in the table `edges`.
    #[must_use]
    pub fn with_edges(self, edges: &str) -> Self {
        Self { edges: Some(edges.to_owned()), ..self }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    /// A row's id as stored, even if the row is malformed.
    fn row(&self, id: &str) -> String {
        format!("the row {id:.60} of table {}", self.table)
    }

    fn id_of(&self, item: &Item) -> Result<ArtistId, PortError> {
        let id = id_text(item);
        ArtistId::new(id).map_err(|error| corrupt(self.row(id), error))
    }

    async fn read(
        &self,
        ids: &[&ArtistId],
        consistent: bool,
    ) -> Result<BTreeMap<ArtistId, Entry>, PortError> {
        let entry = |item| -> Result<_, PortError> { Ok((self.id_of(&item)?, self.parse(item)?)) };
        self.items(ids, consistent).await?.into_iter().map(entry).collect()
    }

    async fn items(&self, ids: &[&ArtistId], consistent: bool) -> Result<Vec<Item>, PortError> {
        let key = |id: &&ArtistId| Item::from([("id".to_owned(), AttributeValue::S(id.as_str().to_owned()))]);
        batches::read(&self.client, &self.table, ids.iter().map(key).collect(), consistent).await
    }

    fn parse(&self, item: Item) -> Result<Entry, PortError> {
        let id = id_text(&item).to_owned();
        schema::check(&item, || self.row(&id))?;
        let entry = match erasure::tombstone(&item) {
            Some(tombstone) => tombstone.map(Entry::Forgotten),
            None => read_row(item).map(|row| Entry::Row(Box::new(row))),
        };
        entry.map_err(|why| corrupt(self.row(&id), why))
    }

    /// Writes new rows in batches while it is fresh that there are none, which was read at `read`. Returns
    /// the artists whose rows were not written.
    async fn write_new(&self, rows: &[ArtistRow], read: Instant) -> Result<BTreeSet<ArtistId>, PortError> {
        self.put_entries(rows).await?;
        let (items, is_fresh) = (rows.iter().map(write_row).collect(), || read.elapsed() < FRESH);
        let left = batches::write_while(&self.client, &self.table, items, is_fresh).await?;
        left.iter().map(|item| self.id_of(item)).collect()
    }

    /// Applies a sighting to the known row. If somebody else writes the row in between, applies it to that
    /// row instead, so that neither update is lost. Gives the id back of an artist that was erased.
    async fn settle(
        &self,
        artist: Artist,
        stub: Option<u8>,
        sighting: &Sighting,
        mut known: Option<Entry>,
    ) -> Result<Seen, PortError> {
        for _ in 0..TRIES {
            let seen = sight(known.clone(), &artist, stub, sighting, self.retention);
            let Some((row, wrote)) = seen else { return Ok(Err(artist.id)) };
            if wrote == Wrote::Nothing {
                return Ok(Ok((row, wrote)));
            }
            self.put_entries([&row]).await?;
            let before = known.and_then(Entry::row);
            match self.write(&row, before.as_ref()).await? {
                Conditional::Written(()) => {
                    if let Some(before) = &before {
                        self.delete_entries(before, &row).await;
                    }
                    return Ok(Ok((row, wrote)));
                }
                Conditional::Refused(newer) => known = newer,
            }
        }
        let what = format!("the row {} of table {}", artist.id, self.table);
        Err(PortError::Unavailable { what, why: format!("others changed it {TRIES} times in a row") })
    }

    /// Writes `row` unless somebody has changed the `known` one; `Refused` contains what was found instead.
    async fn write(
        &self,
        row: &ArtistRow,
        known: Option<&ArtistRow>,
    ) -> Result<Conditional<(), Option<Entry>>, PortError> {
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_row(row)))
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(known) = known {
            put = put
                .condition_expression("attribute_not_exists(id) OR last_seen = :read")
                .expression_attribute_values(":read", AttributeValue::S(stamp(known.last_seen)));
        }
        let Err(error) = put.send().await else { return Ok(Conditional::Written(())) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(port_error(self.what("PutItem"), &error));
        };
        let standing = failed.item.clone().map(|item| self.parse(item)).transpose()?;
        Ok(Self::unless_ours(row, standing))
    }
}

impl ArtistRows for DynamoArtists {
    async fn entry(&self, id: &ArtistId) -> Result<Option<Entry>, PortError> {
        Ok(self.read(&[id], true).await?.remove(id))
    }

    async fn artist(&self, id: &ArtistId) -> Result<Option<ArtistRow>, PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = get.key("id", AttributeValue::S(id.as_str().to_owned())).send().await;
        let item = answer.map_err(|error| port_error(self.what("GetItem"), &error))?.item;
        Ok(item.map(|item| self.parse(item)).transpose()?.and_then(Entry::row))
    }
}

impl Tombstones for DynamoArtists {
    async fn erased(&self, artists: &BTreeSet<ArtistId>) -> Result<BTreeSet<ArtistId>, PortError> {
        let entries = self.read(&artists.iter().collect::<Vec<_>>(), false).await?.into_iter();
        let erased = entries.filter(|(_, entry)| matches!(entry, Entry::Forgotten(_)));
        Ok(erased.map(|(id, _)| id).collect())
    }
}

impl Artists for DynamoArtists {
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        let seen = Artist::full_and_mentioned(artists, mentions);
        let ids: Vec<&ArtistId> = seen.iter().map(|(artist, _)| &artist.id).collect();
        let read = Instant::now();
        let mut known = self.read(&ids, true).await?;
        let (mut new, mut again, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (artist, stub) in seen {
            match (known.remove(&artist.id), stub) {
                (None, None) => new.push(ArtistRow::first(&artist, None, sighting, self.retention)),
                (None, stub) => others.push((artist, stub, None)),
                (Some(entry), stub) => again.push((artist, stub, entry)),
            }
        }
        let left = self.write_new(&new, read).await?;
        let late: Vec<_> = new.extract_if(.., |row| left.contains(&row.artist.id)).collect();
        others.extend(late.into_iter().map(|row| (row.artist, None, None)));
        let (mut done, changed) = self.write_again(again, sighting).await?;
        others.extend(changed);
        let others =
            others.into_iter().map(|(artist, stub, entry)| self.settle(artist, stub, sighting, entry));
        let others = stream::iter(others).buffer_unordered(CONCURRENT_WRITES);
        done.extend(others.try_collect::<Vec<_>>().await?);
        let mut upserted = Upserted::default();
        for seen in new.into_iter().map(|row| Ok((row, Wrote::New))).chain(done) {
            match seen {
                Ok((row, wrote)) => upserted.count(&row, wrote, sighting),
                Err(forgotten) => drop(upserted.forgotten.insert(forgotten)),
            }
        }
        Ok(upserted)
    }

    async fn stubs(&self, limit: usize, share: u32) -> Result<Vec<ArtistId>, PortError> {
        self.most_prominent(limit, share).await
    }

    async fn stale(
        &self,
        before: Timestamp,
        run: &RunId,
        limit: usize,
        within: Duration,
    ) -> Result<Vec<ArtistId>, PortError> {
        self.longest_unseen(before, run, limit, within).await
    }

    async fn withdraw(&self, artists: &[ArtistId], _sighting: &Sighting) -> Result<(), PortError> {
        for id in artists {
            let answer = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("id", AttributeValue::S(id.as_str().to_owned()))
                .condition_expression(schema::if_understood("attribute_exists(id)"))
                .update_expression("REMOVE stub, prominence")
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

fn id_text(item: &Item) -> &str {
    item.get("id").and_then(|id| id.as_s().ok()).map_or("", String::as_str)
}
