//! Rows of known artists, written again many in one call.
//!
//! Each is a statement of PartiQL: an update of one item, carried out only if nobody has written the row
//! since it was read.

use std::fmt::Write;

use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementRequest, ReturnValuesOnConditionCheckFailure as ReturnValues,
};
use collect::catalogue::{Artist, ArtistId};
use collect::plan::{ArtistRow, Entry, Sighting, Wrote, sight};
use collect::ports::PortError;

use super::DynamoArtists;
use super::row::{attributes, gone, stamp};
use crate::batches;
use crate::conditional::Conditional;
use crate::error::corrupt;

/// What became of the row of an artist, or the artist's id if it was erased.
pub(super) type Seen = Result<(ArtistRow, Wrote), ArtistId>;

/// An artist of an answer: on a mention with its prominence, and with the entry that was read or found.
pub(super) type Sighted<T> = (Artist, Option<u8>, T);

/// A row that a sighting has changed.
struct Change {
    artist: Artist,
    stub: Option<u8>,
    before: ArtistRow,
    row: ArtistRow,
    wrote: Wrote,
}

impl DynamoArtists {
    /// Applies a sighting to known rows and writes those that it changes. Gives the artists back whose rows
    /// somebody else has changed in between, with what was found instead.
    pub(super) async fn write_again(
        &self,
        known: Vec<Sighted<Entry>>,
        sighting: &Sighting,
    ) -> Result<(Vec<Seen>, Vec<Sighted<Option<Entry>>>), PortError> {
        let (mut seen, mut others, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        for (artist, stub, entry) in known {
            let before = entry.clone().row();
            match (sight(Some(entry), &artist, stub, sighting, self.retention), before) {
                (None, _) => seen.push(Err(artist.id)),
                (Some((row, wrote)), Some(before)) if wrote != Wrote::Nothing => {
                    changes.push(Change { artist, stub, before, row, wrote });
                }
                (Some(known), _) => seen.push(Ok(known)),
            }
        }
        let rows: Vec<&ArtistRow> = changes.iter().map(|change| &change.row).collect();
        self.put_entries(rows).await?;
        let statements: Vec<_> =
            changes.iter().map(|change| self.statement(change)).collect::<Result<_, _>>()?;
        let outcomes = batches::update(&self.client, &self.table, &statements).await?;
        for (change, outcome) in changes.into_iter().zip(outcomes) {
            let Change { artist, stub, before, row, wrote } = change;
            let standing = match outcome {
                Conditional::Written(()) => Conditional::Written(()),
                Conditional::Refused(item) => {
                    Self::unless_ours(&row, item.map(|item| self.parse(item)).transpose()?)
                }
            };
            match standing {
                Conditional::Written(()) => {
                    self.delete_entries(&before, &row).await;
                    seen.push(Ok((row, wrote)));
                }
                Conditional::Refused(found) => others.push((artist, stub, found)),
            }
        }
        Ok((seen, others))
    }

    /// Makes the row what it is now, with nothing left of the attributes that it no longer has, if its last
    /// sighting is the one that was read.
    fn statement(&self, change: &Change) -> Result<BatchStatementRequest, PortError> {
        let mut attributes = attributes(&change.row);
        attributes.retain(|(name, _)| *name != "id");
        let mut text = format!("UPDATE \"{}\"", self.table);
        for (name, _) in &attributes {
            _ = write!(text, " SET \"{name}\"=?");
        }
        for name in gone(&change.before, &change.row) {
            _ = write!(text, " REMOVE \"{name}\"");
        }
        text.push_str(" WHERE \"id\"=? AND \"last_seen\"=?");
        let read = [change.artist.id.as_str().to_owned(), stamp(change.before.last_seen)];
        let values = attributes.into_iter().map(|(_, value)| value).chain(read.map(AttributeValue::S));
        BatchStatementRequest::builder()
            .statement(text)
            .set_parameters(Some(values.collect()))
            .return_values_on_condition_check_failure(ReturnValues::AllOld)
            .build()
            .map_err(|error| corrupt(self.what("BatchExecuteStatement"), error))
    }

    /// What a refused write of `row` means. The SDK retries unanswered requests: if the first attempt was
    /// carried out, this very row is already there.
    pub(super) fn unless_ours(row: &ArtistRow, standing: Option<Entry>) -> Conditional<(), Option<Entry>> {
        match standing {
            Some(Entry::Row(standing)) if *standing == *row => Conditional::Written(()),
            standing => Conditional::Refused(standing),
        }
    }
}
