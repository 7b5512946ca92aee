//! The index of stubs, artists of which only id and name are known, most prominent first.
//!
//! A key of an index takes 1,000 writes a second, so the stubs are spread over several, one for each share of
//! the artists. Whoever reads asks one of them, and where it has too few, all of them. Rows from before that
//! share one key, which is asked with the others.

use std::cmp::Reverse;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::ArtistId;
use collect::plan::Entry;
use collect::ports::PortError;
use futures::{StreamExt, TryStreamExt, stream};

use super::DynamoArtists;
use crate::batches::READ_BATCH;
use crate::error::port_error;

/// The index of mention-only rows, which wait to be completed.
const INDEX: &str = "stubs";

/// The key of rows from before there were several.
const UNSHARDED: &str = "artist";

/// The key under which the index has the stubs of a share.
fn key(share: u32) -> String {
    format!("{UNSHARDED}#{share}")
}

/// The key under which the index has the stub of this artist.
pub(super) fn shard(id: &ArtistId) -> String {
    key(id.share())
}

impl DynamoArtists {
    /// Up to `limit` stubs, the most prominent first: of this share, or of all where it has fewer.
    pub(super) async fn most_prominent(&self, limit: usize, share: u32) -> Result<Vec<ArtistId>, PortError> {
        let share = share % ArtistId::SHARES;
        let mut found = self.of_shard(key(share), limit).await?;
        if found.len() < limit {
            let others = (0..ArtistId::SHARES).filter(|other| *other != share).map(key);
            let reads = others.chain([UNSHARDED.to_owned()]).map(|shard| self.of_shard(shard, limit));
            let others: Vec<Vec<(u8, ArtistId)>> =
                stream::iter(reads).buffer_unordered(usize::MAX).try_collect().await?;
            found.extend(others.into_iter().flatten());
        }
        found.sort_by(|(a, a_id), (b, b_id)| (Reverse(a), a_id).cmp(&(Reverse(b), b_id)));
        Ok(found.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    /// Up to `limit` stubs of one key, the most prominent first.
    async fn of_shard(&self, shard: String, limit: usize) -> Result<Vec<(u8, ArtistId)>, PortError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("stub = :stub")
            .expression_attribute_values(":stub", AttributeValue::S(shard))
            .scan_index_forward(false)
            .limit(i32::try_from(READ_BATCH).unwrap_or(i32::MAX))
            .into_paginator()
            .send();
        let mut found: Vec<(u8, ArtistId)> = Vec::with_capacity(limit);
        while found.len() < limit
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| port_error(self.what("Query"), &error))?;
            let ids =
                page.items().iter().map(|item| self.id_of(item)).collect::<Result<Vec<ArtistId>, _>>()?;
            // The index lags behind the table: an artist completed in the meantime may still be listed.
            let rows = self.read(&ids.iter().collect::<Vec<_>>(), true).await?;
            let prominence = |id: &ArtistId| match rows.get(id) {
                Some(Entry::Row(row)) => row.stub,
                Some(Entry::Forgotten(_)) | None => None,
            };
            let stubs = ids.into_iter().filter_map(|id| Some((prominence(&id)?, id)));
            found.extend(stubs.take(limit - found.len()));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn stubs_spread_evenly_over_the_keys() {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for number in 0..8_000_u32 {
            let id = ArtistId::new(format!("{:022}", number.wrapping_mul(2_654_435_761))).unwrap();
            *counts.entry(shard(&id)).or_default() += 1;
        }
        assert_eq!(counts.len(), 8, "{counts:?}");
        assert!(counts.values().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }
}
