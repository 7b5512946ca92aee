//! Tombstones: items with an id and the time of the erasure, and nothing else. They have no `expires_at`, so
//! DynamoDB never deletes them, and no `stub`, so no index has them.

use std::str::FromStr;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use collect::catalogue::ArtistId;
use collect::plan::{Entry, Tombstone};
use collect::ports::{ArtistRows, Erasure, PortError};
use jiff::Timestamp;

use super::{DynamoArtists, id_text};
use crate::batches::Item;
use crate::error::port_error;
use crate::schema;

/// The attribute that only tombstones have.
const FORGOTTEN_AT: &str = "forgotten_at";

/// The condition that an item is no tombstone.
pub(crate) const NOT_FORGOTTEN: &str = "attribute_not_exists(forgotten_at)";

impl Erasure for DynamoArtists {
    async fn forget(&self, tombstone: &Tombstone) -> Result<bool, PortError> {
        // The index first: if this fails, the row still says which entries it has.
        if self.index.is_some()
            && let Some(Entry::Row(row)) = self.entry(&tombstone.id).await?
        {
            self.erase_entries(&row).await?;
        }
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", AttributeValue::S(tombstone.id.as_str().to_owned()))
            .item(FORGOTTEN_AT, AttributeValue::S(tombstone.forgotten_at.to_string()))
            .condition_expression(schema::if_understood(NOT_FORGOTTEN))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let Some(old) = answer.attributes.filter(|old| !old.is_empty()) else { return Ok(false) };
                // A sighting may have put entries in between.
                if self.index.is_some()
                    && let Entry::Row(row) = self.parse(old)?
                {
                    self.erase_entries(&row).await?;
                }
                Ok(true)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    let standing = failed.item.clone().unwrap_or_default();
                    schema::check(&standing, || self.row(tombstone.id.as_str()))?;
                    Ok(false)
                }
                _ => Err(port_error(self.what("PutItem"), &error)),
            },
        }
    }
}

/// The tombstone that an item is, or what in it cannot be read; nothing for an item that is a row.
pub(super) fn tombstone(item: &Item) -> Option<Result<Tombstone, String>> {
    let at = item.get(FORGOTTEN_AT)?;
    let read = || {
        let at = at.as_s().map_err(|_| format!("{FORGOTTEN_AT} is no text"))?;
        let forgotten_at = Timestamp::from_str(at).map_err(|error| format!("{FORGOTTEN_AT}: {error}"))?;
        let id = ArtistId::new(id_text(item)).map_err(|error| error.to_string())?;
        Ok(Tombstone { id, forgotten_at })
    };
    Some(read())
}
