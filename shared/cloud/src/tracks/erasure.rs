//! Erasing an artist from the credits of tracks.

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::ArtistId;
use collect::plan::TrackRow;
use collect::ports::{PortError, TrackErasure};

use super::DynamoTracks;
use crate::error::port_error;

impl TrackErasure for DynamoTracks {
    async fn uncredit(&self, artist: &ArtistId) -> Result<u64, PortError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        let scan = scan.filter_expression("contains(artist_ids, :artist)");
        let scan = scan.expression_attribute_values(":artist", AttributeValue::S(artist.to_string()));
        let mut pages = scan.into_paginator().send();
        let mut credited = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| port_error(self.what("Scan"), &error))?;
            let mut writes = Vec::new();
            for item in page.items.unwrap_or_default() {
                let row: TrackRow = self.parse(item)?;
                writes.push(self.settle(Some(row), |row: Option<TrackRow>| row?.uncredited(artist)));
            }
            credited += u64::try_from(writes.len()).unwrap_or(u64::MAX);
            self.all(writes).await?;
        }
        Ok(credited)
    }
}
