//! Rows as items of the table.

use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::Artist;
use collect::plan::{ArtistRow, Field};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use super::stubs::shard;
use crate::batches::Item;

/// The attributes of a row in the artists table, in the order of their names. A missing one was in no answer
/// so far; an empty list of genres was.
///
/// By hand, like reading: every row of every answer goes through here.
pub(super) fn attributes(row: &ArtistRow) -> Vec<(&'static str, AttributeValue)> {
    let Artist { id, name, popularity, followers, genres } = &row.artist;
    let not_provided = row.not_provided();
    let optional = [
        // Of these, no answer so far has told anything: missing is not zero.
        ("followers", followers.map(number)),
        ("genres", genres.as_ref().map(|genres| texts(genres.iter().map(String::as_str)))),
        (
            "not_provided",
            (!not_provided.is_empty()).then(|| texts(not_provided.into_iter().map(Field::name))),
        ),
        ("popularity", popularity.map(number)),
        // On a stub, of which only id and name are known: how much completing it is worth, and its place in
        // the index of rows to be completed.
        ("prominence", row.stub.map(number)),
        ("stub", row.stub.map(|_| AttributeValue::S(shard(id)))),
    ];
    let mut attributes = vec![
        ("expires_at", number(row.expires_at.as_second())),
        ("first_seen", text(stamp(row.first_seen))),
        ("found_by", text(&row.found_by)),
        ("found_in", text(row.found_in.as_str())),
        ("id", text(id.as_str())),
        ("last_run", text(row.last_run.as_str())),
        ("last_seen", text(stamp(row.last_seen))),
        ("name", text(name)),
        ("sighted_by", text(&row.sighted_by)),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    attributes.sort_unstable_by_key(|(name, _)| *name);
    attributes
}

/// The attributes that a row no longer has. Nothing else of a row ever goes.
pub(super) fn gone(before: &ArtistRow, row: &ArtistRow) -> impl Iterator<Item = &'static str> {
    let withheld = |row: &ArtistRow| Field::ALL.into_iter().any(|field| !field.is_in(&row.artist));
    let are_gone = [
        ("not_provided", withheld(before) && !withheld(row)),
        ("prominence", before.is_stub() && !row.is_stub()),
        ("stub", before.is_stub() && !row.is_stub()),
    ];
    are_gone.into_iter().filter_map(|(name, is_gone)| is_gone.then_some(name))
}

/// The item of a row.
pub fn write_row(row: &ArtistRow) -> Item {
    attributes(row).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> AttributeValue {
    AttributeValue::L(texts.map(text).collect())
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
    use collect::catalogue::ArtistId;
    use collect::plan::Sighting;
    use collect::term::{RunId, TermKey};

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
        write_row(row)
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        for row in [row(None), row(Some(0)), row(Some(80))] {
            assert_eq!(read_row(item(&row)), Ok(row));
        }
    }

    #[test]
    fn what_a_row_loses_is_named_and_nothing_else() {
        let mut full = row(None);
        full.artist.followers = Some(7);
        for (before, after) in [(row(Some(3)), row(None)), (row(Some(3)), full.clone()), (row(None), full)] {
            let (before_item, after_item) = (item(&before), item(&after));
            let mut lost: Vec<&str> = before_item.keys().map(String::as_str).collect();
            lost.retain(|name| !after_item.contains_key(*name));
            lost.sort_unstable();
            assert_eq!(gone(&before, &after).collect::<Vec<_>>(), lost);
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
