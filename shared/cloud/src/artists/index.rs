//! The index of the artists, in a table of its own: an item for each entry, by shelf and place.
//!
//! Entries are written before their row, with the row's expiry. Those that a row no longer has are deleted
//! after it, and only if the row's last writer has not put them again.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::ArtistId;
use collect::plan::index::{Entry, Stretch, entries};
use collect::plan::{ArtistRow, Entry as Row};
use collect::ports::{ArtistIndex, PortError};

use super::DynamoArtists;
use super::row::stamp;
use crate::batches::{self, Item};
use crate::error::{condition_failed, corrupt, port_error};

fn key(shelf: &str, place: &str) -> Item {
    [("shelf", shelf), ("place", place)]
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())))
        .into()
}

fn item(entry: &Entry, row: &ArtistRow) -> Item {
    let mut item = key(entry.shelf.name(), &entry.place);
    item.insert("last_seen".to_owned(), AttributeValue::S(stamp(row.last_seen)));
    item.insert("expires_at".to_owned(), AttributeValue::N(row.expires_at.as_second().to_string()));
    item
}

impl DynamoArtists {
    /// Puts the entries of rows that are about to be written, if an index is kept.
    pub(super) async fn put_entries(
        &self,
        rows: impl IntoIterator<Item = &ArtistRow>,
    ) -> Result<(), PortError> {
        let Some(index) = &self.index else { return Ok(()) };
        let items = rows.into_iter().flat_map(|row| entries(row).into_iter().map(|entry| item(&entry, row)));
        batches::write(&self.client, index, items.collect()).await
    }

    /// Deletes the entries of `known` that `row`, which has replaced it, does not have. If that fails, they
    /// stay until they expire, and readers skip them.
    pub(super) async fn delete_entries(&self, known: &ArtistRow, row: &ArtistRow) {
        let Some(index) = &self.index else { return };
        let outdated: BTreeSet<Entry> = &entries(known) - &entries(row);
        for entry in outdated {
            if let Err(error) = self.delete_entry(index, entry, known).await {
                tracing::warn!(%error, artist = %row.artist.id, "an outdated entry of the index stays");
            }
        }
    }

    /// Deletes the entries of a row that is erased.
    pub(super) async fn erase_entries(&self, row: &ArtistRow) -> Result<(), PortError> {
        let Some(index) = &self.index else { return Ok(()) };
        for entry in entries(row) {
            self.delete_entry(index, entry, row).await?;
        }
        Ok(())
    }

    async fn delete_entry(&self, index: &str, entry: Entry, known: &ArtistRow) -> Result<(), PortError> {
        let answer = self
            .client
            .delete_item()
            .table_name(index)
            .set_key(Some(key(entry.shelf.name(), &entry.place)))
            .condition_expression("last_seen <= :read")
            .expression_attribute_values(":read", AttributeValue::S(stamp(known.last_seen)))
            .send()
            .await;
        match answer {
            Err(error) if !condition_failed(&error) => {
                Err(port_error(format!("DynamoDB DeleteItem on table {index}"), &error))
            }
            _ => Ok(()),
        }
    }
}

impl ArtistIndex for DynamoArtists {
    fn is_kept(&self) -> bool {
        self.index.is_some()
    }

    async fn places(
        &self,
        stretch: &Stretch,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, PortError> {
        let index = self.index.as_deref().unwrap_or_default();
        let what = || format!("DynamoDB Query on table {index}");
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let name = stretch.shelf.name();
        let page = self
            .client
            .query()
            .table_name(index)
            .key_condition_expression("shelf = :shelf AND place BETWEEN :from AND :to")
            .expression_attribute_values(":shelf", text(name))
            .expression_attribute_values(":from", text(&stretch.from))
            .expression_attribute_values(":to", text(&stretch.to))
            .set_exclusive_start_key(after.map(|after| key(name, after)))
            .projection_expression("place")
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| port_error(what(), &error))?;
        let place = |mut item: Item| match item.remove("place") {
            Some(AttributeValue::S(place)) => Ok(place),
            other => Err(corrupt(what(), format!("an entry has the place {other:?}"))),
        };
        page.items.unwrap_or_default().into_iter().map(place).collect()
    }

    async fn rows(&self, ids: &[ArtistId]) -> Result<Vec<ArtistRow>, PortError> {
        let ids: BTreeSet<&ArtistId> = ids.iter().collect();
        let ids: Vec<&ArtistId> = ids.into_iter().collect();
        let row = |item| self.parse(item).map(Row::row).transpose();
        self.items(&ids, false).await?.into_iter().filter_map(row).collect()
    }
}
