//! Rows of tracks, of their memberships and of playlists in one DynamoDB table.
//!
//! | `id` | row |
//! |---|---|
//! | `track#ID` | a track, with its audio features once they were answered |
//! | `member#TRACK#GENRE#PLAYLIST` | that the track belongs to the genre because it is on the playlist |
//! | `playlist#GENRE#PLAYLIST` | that the playlist was read to its end for the genre |
//!
//! Every answer is read first, and only new or changed rows are written: each on the condition that nobody
//! has written it since it was read, which its `revision` tells.

mod erasure;
mod item;
mod pending;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use collect::catalogue::{AudioFeatures, Genre, PlaylistId, TrackId};
use collect::plan::{MembershipRow, PlaylistRow, Reading, Recorded, Sighted, Sighting, TrackRow};
use collect::ports::{PortError, TrackRows, Tracks};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use self::item::{Row, membership_key, playlist_key, track_key};
use crate::batches::{self, Item};
use crate::conditional::Conditional;
use crate::error::{corrupt, port_error};
use crate::schema;

/// Attempts before a write is given up because others kept changing the row.
const TRIES: usize = 5;

/// Concurrent conditional writes.
const CONCURRENT_WRITES: usize = 8;

/// The tracks table.
#[derive(Debug)]
pub struct DynamoTracks {
    client: Client,
    table: String,
    retention: Duration,
}

impl DynamoTracks {
    /// The table of that name. Its rows expire `retention` after they were last seen.
    pub fn new(client: Client, table: &str, retention: Duration) -> Self {
        Self { client, table: table.to_owned(), retention }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    /// The rows with these distinct keys, by key; missing ones are left out.
    async fn read<R: Row>(&self, keys: Vec<String>) -> Result<BTreeMap<String, R>, PortError> {
        let key = |key: String| Item::from([("id".to_owned(), AttributeValue::S(key))]);
        let keys = keys.into_iter().map(key).collect();
        let items = batches::read(&self.client, &self.table, keys, true).await?;
        items.into_iter().map(|item| self.parse(item).map(|row: R| (row.key(), row))).collect()
    }

    fn parse<R: Row>(&self, item: Item) -> Result<R, PortError> {
        let id = item.get("id").and_then(|id| id.as_s().ok()).map_or("", String::as_str);
        let what = format!("the row {id:.100} of table {}", self.table);
        schema::check(&item, || what.clone())?;
        R::of_item(item).map_err(|why| corrupt(what, why))
    }

    /// Writes what `change` makes of the `known` row. If somebody else writes the row in between, `change` is
    /// applied to that row instead, so that no update is lost. Returns whether the row was new.
    async fn settle<R: Row>(
        &self,
        mut known: Option<R>,
        change: impl Fn(Option<R>) -> Option<R> + Send + Sync,
    ) -> Result<bool, PortError> {
        let mut what = String::new();
        for _ in 0..TRIES {
            let revision = known.as_ref().map(|row| row.times().revision);
            let is_new = known.is_none();
            let Some(row) = change(known.take()) else { return Ok(false) };
            match self.write(&row, revision).await? {
                Conditional::Written(()) => return Ok(is_new),
                Conditional::Refused(standing) => known = standing,
            }
            what = format!("the row {} of table {}", row.key(), self.table);
        }
        Err(PortError::Unavailable { what, why: format!("others changed it {TRIES} times in a row") })
    }

    /// Writes `row` if the standing one has this revision, or if there is none where none is named. `Refused`
    /// contains what was found instead.
    async fn write<R: Row>(
        &self,
        row: &R,
        revision: Option<u32>,
    ) -> Result<Conditional<(), Option<R>>, PortError> {
        let item = row.item().map_err(|why| corrupt(format!("a row for table {}", self.table), why))?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        // A row that has expired since it was read is gone: nothing stands in the way.
        let put = match revision {
            None => put.condition_expression("attribute_not_exists(id)"),
            Some(revision) => put
                .condition_expression("attribute_not_exists(id) OR revision = :read")
                .expression_attribute_values(":read", AttributeValue::N(revision.to_string())),
        };
        let Err(error) = put.send().await else { return Ok(Conditional::Written(())) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(port_error(self.what("PutItem"), &error));
        };
        let standing: Option<R> = failed.item.clone().map(|item| self.parse(item)).transpose()?;
        // The SDK retries unanswered requests. If the first attempt was carried out, this very row is already
        // there.
        let is_ours = standing.as_ref() == Some(row);
        Ok(if is_ours { Conditional::Written(()) } else { Conditional::Refused(standing) })
    }
}

impl TrackRows for DynamoTracks {
    async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<TrackRow>, PortError> {
        let distinct: std::collections::BTreeSet<String> = ids.iter().map(track_key).collect();
        Ok(self.read(distinct.into_iter().collect()).await?.into_values().collect())
    }
}

impl Tracks for DynamoTracks {
    async fn sight(&self, sighted: &Sighted, sighting: &Sighting) -> Result<Recorded, PortError> {
        let seen: Vec<_> = sighted.distinct().collect();
        let keys = seen.iter().map(|(track, _)| track_key(&track.id)).collect();
        let mut tracks: BTreeMap<String, TrackRow> = self.read(keys).await?;
        let keys = seen.iter().map(|(_, membership)| membership_key(membership)).collect();
        let mut memberships: BTreeMap<String, MembershipRow> = self.read(keys).await?;
        let (retention, began) = (self.retention, sighted.began);
        let writes: Vec<_> = seen
            .iter()
            .map(|(track, _)| {
                let known = tracks.remove(&track_key(&track.id));
                self.settle(known, move |known| {
                    let (row, write) = TrackRow::sighted(known, track, sighting, retention);
                    write.then_some(row)
                })
            })
            .collect();
        let recorded = self.all(writes).await?;
        let writes: Vec<_> = seen
            .iter()
            .map(|(_, membership)| {
                let known = memberships.remove(&membership_key(membership));
                self.settle(known, move |known| {
                    let (row, write) = MembershipRow::sighted(known, membership, began, sighting, retention);
                    write.then_some(row)
                })
            })
            .collect();
        Ok(Recorded { tracks: recorded, memberships: self.all(writes).await? })
    }

    async fn keep(&self, reading: &Reading, sighting: &Sighting) -> Result<(), PortError> {
        let key = playlist_key(reading.genre, &reading.playlist);
        let known: Option<PlaylistRow> = self.read(vec![key.clone()]).await?.remove(&key);
        let change = |known| {
            let (row, write) = PlaylistRow::read(known, reading, sighting, self.retention);
            write.then_some(row)
        };
        self.settle(known, change).await.map(drop)
    }

    async fn versions(
        &self,
        genre: Genre,
        playlists: &[PlaylistId],
        now: Timestamp,
    ) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        let distinct: std::collections::BTreeSet<&PlaylistId> = playlists.iter().collect();
        let keys = distinct.into_iter().map(|playlist| playlist_key(genre, playlist)).collect();
        let rows: BTreeMap<String, PlaylistRow> = self.read(keys).await?;
        let version = |row: PlaylistRow| {
            let version = row.version(now, self.retention)?.to_owned();
            Some((row.reading.playlist, version))
        };
        Ok(rows.into_values().filter_map(version).collect())
    }

    async fn featureless(&self, limit: usize) -> Result<Vec<TrackId>, PortError> {
        self.pending(limit).await
    }

    async fn describe(&self, features: &[(TrackId, Option<AudioFeatures>)]) -> Result<(), PortError> {
        let keys = features.iter().map(|(id, _)| track_key(id)).collect();
        let mut rows: BTreeMap<String, TrackRow> = self.read(keys).await?;
        let writes: Vec<_> = features
            .iter()
            .filter_map(|(id, features)| {
                let known = rows.remove(&track_key(id))?;
                Some(self.settle(Some(known), |known: Option<TrackRow>| known?.described(*features)))
            })
            .collect();
        self.all(writes).await.map(drop)
    }
}

impl DynamoTracks {
    /// Carries the writes out, some at a time. Returns how many rows were new.
    async fn all(
        &self,
        writes: Vec<impl Future<Output = Result<bool, PortError>> + Send>,
    ) -> Result<u32, PortError> {
        let new: Vec<bool> = stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).try_collect().await?;
        Ok(u32::try_from(new.into_iter().filter(|new| *new).count()).unwrap_or(u32::MAX))
    }
}
