//! Edges in DynamoDB: table `edges`, key `artist` and `edge`.
//!
//! What an answer shows is read first, and only what this run has not seen yet is written. Two functions that
//! write the same edge at the same moment write the same row but for the time, so no condition is needed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::{ArtistId, Edge};
use collect::plan::{EdgeRow, Sighting};
use collect::ports::{EdgeErasure, Edges, PortError};
use collect::term::RunId;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::{stamp, time};
use super::{CONCURRENT_WRITES, DynamoArtists};
use crate::batches::{self, Item};
use crate::error::{corrupt, port_error};
use crate::schema;

/// An item of the edges table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeItem {
    /// The artist; the hash key.
    artist: String,
    /// Artist, kind and other, joined by `#`: also the key in snapshots.
    edge: String,
    kind: String,
    other: String,
    first_seen: String,
    last_seen: String,
    last_run: RunId,
    expires_at: i64,
}

impl From<&EdgeRow> for EdgeItem {
    fn from(row: &EdgeRow) -> Self {
        Self {
            artist: row.edge.artist().to_string(),
            edge: row.edge.to_string(),
            kind: row.edge.kind().as_str().to_owned(),
            other: row.edge.other().to_owned(),
            first_seen: stamp(row.first_seen),
            last_seen: stamp(row.last_seen),
            last_run: row.last_run.clone(),
            expires_at: row.expires_at.as_second(),
        }
    }
}

impl EdgeItem {
    /// The row that the item keeps, or what in it cannot be read.
    pub fn into_row(self) -> Result<EdgeRow, String> {
        let edge = Edge::from_parts(&self.artist, &self.kind, &self.other);
        Ok(EdgeRow {
            edge: edge.ok_or("artist, kind or other is malformed")?,
            first_seen: time("first_seen", &self.first_seen)?,
            last_seen: time("last_seen", &self.last_seen)?,
            last_run: self.last_run,
            expires_at: Timestamp::from_second(self.expires_at).map_err(|error| error.to_string())?,
        })
    }
}

/// The key of an item.
fn key(artist: &str, edge: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([("artist".to_owned(), text(artist)), ("edge".to_owned(), text(edge))])
}

/// An item, even if it is malformed.
fn edge_name(table: &str, item: &Item) -> String {
    let edge = item.get("edge").and_then(|edge| edge.as_s().ok()).map_or("", String::as_str);
    format!("the edge {edge:.100} of table {table}")
}

impl DynamoArtists {
    fn edges_table(&self) -> Result<&str, PortError> {
        let none = || corrupt("the table of the edges", "none was named");
        self.edges.as_deref().ok_or_else(none)
    }

    async fn delete_edge(&self, table: &str, key: Item) -> Result<(), PortError> {
        let delete = self.client.delete_item().table_name(table).set_key(Some(key)).send().await;
        delete.map_err(|error| port_error(format!("DynamoDB DeleteItem on table {table}"), &error))?;
        Ok(())
    }
}

impl Edges for DynamoArtists {
    async fn keep(&self, edges: &[Edge], sighting: &Sighting) -> Result<(), PortError> {
        if edges.is_empty() {
            return Ok(());
        }
        let table = self.edges_table()?;
        let what = |error: &dyn std::fmt::Display| corrupt(format!("an item of table {table}"), error);
        let keys = edges.iter().map(|edge| key(edge.artist().as_str(), &edge.to_string())).collect();
        let mut known: HashMap<String, EdgeRow> = HashMap::with_capacity(edges.len());
        for item in batches::read(&self.client, table, keys, false).await? {
            schema::check(&item, || edge_name(table, &item))?;
            let item: EdgeItem = serde_dynamo::from_item(item).map_err(|error| what(&error))?;
            known.insert(item.edge.clone(), item.into_row().map_err(|error| what(&error))?);
        }
        let seen = edges
            .iter()
            .filter_map(|edge| EdgeRow::see(known.get(&edge.to_string()), edge, sighting, self.retention));
        let items = seen.map(|row| serde_dynamo::to_item(EdgeItem::from(&row)).map_err(|error| what(&error)));
        batches::write(&self.client, table, items.collect::<Result<_, _>>()?).await
    }
}

impl EdgeErasure for DynamoArtists {
    async fn erase_edges(&self, artist: &ArtistId) -> Result<u64, PortError> {
        let table = self.edges_table()?;
        let scan = self.client.scan().table_name(table).projection_expression("artist, edge, schema_version");
        let scan = scan.filter_expression("artist = :artist OR #other = :artist");
        let scan = scan.expression_attribute_names("#other", "other");
        let scan = scan.expression_attribute_values(":artist", AttributeValue::S(artist.to_string()));
        let mut pages = scan.into_paginator().send();
        let mut erased = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| port_error(format!("DynamoDB Scan on table {table}"), &error))?;
            let items = page.items.unwrap_or_default();
            items.iter().try_for_each(|item| schema::check(item, || edge_name(table, item)))?;
            erased += u64::try_from(items.len()).unwrap_or(u64::MAX);
            let deletes = items.into_iter().map(|item| self.delete_edge(table, item));
            stream::iter(deletes).buffer_unordered(CONCURRENT_WRITES).try_collect::<()>().await?;
        }
        Ok(erased)
    }
}
