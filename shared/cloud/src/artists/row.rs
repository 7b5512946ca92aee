//! Rows as items of the table.

use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::{Artist, ArtistId};
use collect::plan::{ArtistRow, Field};
use collect::term::RunId;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::Serialize;

use super::stubs::shard;
use crate::batches::Item;

/// An item of the artists table. A missing field was in no answer so far; an empty list of genres was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowItem {
    /// Spotify's id; the hash key.
    pub id: ArtistId,
    /// Display name.
    pub name: String,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub popularity: Option<u8>,
    /// Number of followers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// Genres in Spotify's order.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    pub sighted_by: String,
    /// Fields that no answer has provided so far: missing, which is not zero.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_provided: Vec<Field>,
    /// On a stub, of which only id and name are known: puts it in the index of rows to be completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stub: Option<String>,
    /// On a stub: how much completing it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// The row that an item keeps, or what in it cannot be read.
///
/// By hand: the way over serde takes five times as long, and a page of the API reads up to a hundred rows.
pub fn read_row(item: Item) -> Result<ArtistRow, String> {
    let mut attributes = Attributes(item);
    Ok(ArtistRow {
        artist: Artist {
            id: attributes.checked("id")?,
            name: attributes.text("name")?,
            popularity: attributes.number("popularity")?,
            followers: attributes.number("followers")?,
            genres: attributes.texts("genres")?,
        },
        found_by: attributes.text("found_by")?,
        found_in: attributes.checked("found_in")?,
        first_seen: attributes.time("first_seen")?,
        last_seen: attributes.time("last_seen")?,
        last_run: attributes.checked("last_run")?,
        // Rows from before it was kept have none.
        sighted_by: attributes.optional_text("sighted_by")?.unwrap_or_default(),
        stub: match attributes.optional_text("stub")? {
            Some(_) => Some(attributes.number("prominence")?.unwrap_or(0)),
            None => None,
        },
        expires_at: attributes.end("expires_at")?,
    })
}

/// The attributes of an item that have not been read. Whoever reads one takes it; an error names it.
struct Attributes(Item);

impl Attributes {
    fn take(&mut self, name: &str) -> Option<AttributeValue> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn optional_text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{name} is not a text")),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, String> {
        self.optional_text(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    /// A text in the form of its type.
    fn checked<T: TryFrom<String, Error: Display>>(&mut self, name: &str) -> Result<T, String> {
        T::try_from(self.text(name)?).map_err(|error| format!("{name}: {error}"))
    }

    fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, String> {
        let text = |value| match value {
            AttributeValue::S(text) => Ok(text),
            _ => Err(format!("{name} is not a list of texts")),
        };
        match self.take(name) {
            None => Ok(None),
            Some(AttributeValue::L(values)) => {
                values.into_iter().map(text).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(format!("{name} is not a list of texts")),
        }
    }

    fn number<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Option<T>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(AttributeValue::N(number)) => {
                number.parse().map(Some).map_err(|error| format!("{name}: {error}"))
            }
            Some(_) => Err(format!("{name} is not a number")),
        }
    }

    fn time(&mut self, name: &str) -> Result<Timestamp, String> {
        time(name, &self.text(name)?)
    }

    /// A time in epoch seconds.
    fn end(&mut self, name: &str) -> Result<Timestamp, String> {
        let seconds = self.number(name)?.ok_or_else(|| format!("{name} is missing"))?;
        Timestamp::from_second(seconds).map_err(|error| format!("{name}: {error}"))
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
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    PRINTER.timestamp_to_string(&at)
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

    fn item(row: &ArtistRow) -> Item {
        serde_dynamo::to_item(RowItem::from(row)).unwrap()
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        for row in [row(None), row(Some(0)), row(Some(80))] {
            assert_eq!(read_row(item(&row)), Ok(row));
        }
    }

    #[test]
    fn a_row_from_before_an_attribute_was_kept_is_read() {
        let row = row(None);
        let mut old = item(&row);
        old.remove("sighted_by");
        old.insert("followers".to_owned(), AttributeValue::Null(true));
        assert_eq!(read_row(old), Ok(ArtistRow { sighted_by: String::new(), ..row }));
    }

    #[test]
    fn a_row_that_was_edited_into_nonsense_is_refused_with_what_is_wrong() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: &str| AttributeValue::N(number.to_owned());
        for (name, edited, wrong) in [
            ("id", text("short"), "id: "),
            ("name", number("7"), "name is not a text"),
            ("popularity", number("-1"), "popularity: "),
            ("popularity", text("7"), "popularity is not a number"),
            ("genres", text("pop"), "genres is not a list of texts"),
            ("genres", AttributeValue::L(vec![number("7")]), "genres is not a list of texts"),
            ("first_seen", text("soon"), "first_seen"),
            ("last_seen", text(""), "last_seen"),
            ("last_seen", text("2026-11-23T06:00:00Z"), "06:00:00.000Z"),
            ("last_run", AttributeValue::Null(true), "last_run is missing"),
            ("expires_at", number("9223372036854775807"), "expires_at"),
            ("expires_at", AttributeValue::Bool(true), "expires_at is not a number"),
        ] {
            let mut item = item(&row(None));
            item.insert(name.to_owned(), edited);
            let error = read_row(item).unwrap_err();
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
