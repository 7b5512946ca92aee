//! Rows as items of the table.

use std::str::FromStr;

use collect::catalogue::{Artist, ArtistId};
use collect::plan::{ArtistRow, Field};
use collect::term::RunId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::stubs::shard;

/// An item of the artists table. A missing field was in no answer so far; an empty list of genres was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowItem {
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
    /// Key of the term that first found it.
    pub found_by: String,
    /// Run that found it first.
    pub found_in: RunId,
    /// First sighting: RFC 3339, UTC, always three decimals, so that the texts sort in time order.
    pub first_seen: String,
    /// Last recorded sighting, in the same form.
    pub last_seen: String,
    /// Run of that sighting.
    pub last_run: RunId,
    /// Key of the term that saw it first in that run.
    #[serde(default)]
    pub sighted_by: String,
    /// Fields that no answer has provided so far: missing, which is not zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_provided: Vec<Field>,
    /// On a stub, of which only id and name are known: puts it in the index of rows to be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stub: Option<String>,
    /// On a stub: how much completing it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prominence: Option<u8>,
    /// When the row expires, in epoch seconds.
    pub expires_at: i64,
}

impl From<&ArtistRow> for RowItem {
    fn from(row: &ArtistRow) -> Self {
        let Artist { id, name, popularity, followers, genres } = row.artist.clone();
        Self {
            id,
            name,
            popularity,
            followers,
            genres,
            found_by: row.found_by.clone(),
            found_in: row.found_in.clone(),
            first_seen: stamp(row.first_seen),
            last_seen: stamp(row.last_seen),
            last_run: row.last_run.clone(),
            sighted_by: row.sighted_by.clone(),
            not_provided: row.not_provided(),
            stub: row.stub.map(|_| shard(&row.artist.id)),
            prominence: row.stub,
            expires_at: row.expires_at.as_second(),
        }
    }
}

impl RowItem {
    /// The row that the item keeps, or what in it cannot be read.
    pub fn into_row(self) -> Result<ArtistRow, String> {
        let Self { id, name, popularity, followers, genres, .. } = self;
        Ok(ArtistRow {
            artist: Artist { id, name, popularity, followers, genres },
            found_by: self.found_by,
            found_in: self.found_in,
            first_seen: time("first_seen", &self.first_seen)?,
            last_seen: time("last_seen", &self.last_seen)?,
            last_run: self.last_run,
            sighted_by: self.sighted_by,
            stub: self.stub.map(|_| self.prominence.unwrap_or(0)),
            expires_at: Timestamp::from_second(self.expires_at)
                .map_err(|error| format!("expires_at: {error}"))?,
        })
    }
}

/// The time that `text` tells in the form that the rows keep, which conditions compare as a text.
pub(super) fn time(field: &str, text: &str) -> Result<Timestamp, String> {
    let at = Timestamp::from_str(text).map_err(|error| format!("{field}: {error}"))?;
    if stamp(at) == text {
        Ok(at)
    } else {
        Err(format!("{field}: {text:?} is not written as {:?}", stamp(at)))
    }
}

/// A time in the form that rows use.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use collect::plan::Sighting;
    use collect::term::TermKey;

    use super::*;

    fn row(stub: Option<u8>) -> ArtistRow {
        let id = ArtistId::new("000Dq0VqTZpxOP6jQMscVL").unwrap();
        let genres = Some(vec!["pop".to_owned()]);
        let artist = Artist { id, name: "Ånn".to_owned(), popularity: Some(0), followers: None, genres };
        let at = Timestamp::from_millisecond(1_800_000_000_123).unwrap();
        let (run, term) = (RunId::new("1").unwrap(), TermKey::parse("search:a").unwrap());
        ArtistRow::first(&artist, stub, &Sighting { run, term, at }, std::time::Duration::from_hours(24))
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        for row in [row(None), row(Some(0)), row(Some(80))] {
            let item: serde_dynamo::Item = serde_dynamo::to_item(RowItem::from(&row)).unwrap();
            let read: RowItem = serde_dynamo::from_item(item).unwrap();
            assert_eq!(read.into_row(), Ok(row));
        }
    }

    #[test]
    fn a_row_that_was_edited_into_nonsense_is_refused_with_what_is_wrong() {
        let item = || RowItem::from(&row(None));
        for (edited, wrong) in [
            (RowItem { first_seen: "soon".to_owned(), ..item() }, "first_seen"),
            (RowItem { last_seen: String::new(), ..item() }, "last_seen"),
            (RowItem { last_seen: "2026-11-23T06:00:00Z".to_owned(), ..item() }, "06:00:00.000Z"),
            (RowItem { expires_at: i64::MAX, ..item() }, "expires_at"),
        ] {
            let error = edited.into_row().unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn times_have_three_decimals_so_that_texts_sort() {
        let at = |millis| stamp(Timestamp::from_millisecond(millis).unwrap());
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert!(at(999) < at(1000) && at(1000) < at(1001) && at(59_999) < at(60_000));
    }
}
