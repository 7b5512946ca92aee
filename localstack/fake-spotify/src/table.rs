//! CSV files with named columns: an error names file, line and reason.

use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{Reader, ReaderBuilder, StringRecord};

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// The file cannot be opened, or is not CSV in UTF-8.
    #[error("cannot read the {what} {}: {source}", path.display())]
    Unreadable {
        /// What the file should be, such as `catalogue`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong; names the line where there is one.
        source: csv::Error,
    },
    /// The first line lacks columns.
    #[error("the {what} {} has no column {missing}; its first line must name {wanted}", path.display())]
    Columns {
        /// What the file should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The missing columns.
        missing: String,
        /// All columns that the file must have.
        wanted: String,
    },
    /// A row cannot be used.
    #[error("the {what} {}, line {line}: {reason}", path.display())]
    Row {
        /// What the file should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The line on which the row starts, the first being 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The rows are good, the whole is not.
    #[error("the {what} {}: {reason}", path.display())]
    Whole {
        /// What the file should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// A file whose columns are known and whose rows are still to be read.
pub(crate) struct Table<'a, R> {
    what: &'static str,
    path: &'a Path,
    reader: Reader<R>,
    places: Vec<Option<usize>>,
}

/// One row; its fields by the place of their columns in what [`Table::open`] was given.
pub(crate) struct Row<'a> {
    record: &'a StringRecord,
    places: &'a [Option<usize>],
    /// The line on which it starts.
    pub(crate) line: u64,
}

impl<'a, R: Read> Table<'a, R> {
    /// Reads the first line, which must name all `required` columns, in any order; `optional` ones come after
    /// those. `what` and `path` are what errors call the file.
    pub(crate) fn open(
        what: &'static str,
        path: &'a Path,
        input: R,
        required: &[&str],
        optional: &[&str],
    ) -> Result<Self, CsvError> {
        let mut reader = ReaderBuilder::new().from_reader(input);
        let header = reader.headers().map_err(|source| CsvError::Unreadable {
            what,
            path: path.to_owned(),
            source,
        })?;
        let place =
            |name: &&str| header.iter().position(|column| column.trim_start_matches('\u{feff}') == *name);
        let missing: Vec<&str> = required.iter().copied().filter(|name| place(name).is_none()).collect();
        if !missing.is_empty() {
            let (missing, wanted) = (missing.join(", "), required.join(","));
            return Err(CsvError::Columns { what, path: path.to_owned(), missing, wanted });
        }
        let places = required.iter().chain(optional).map(place).collect();
        Ok(Self { what, path, reader, places })
    }

    /// Hands every row to `take`, which says what is wrong with one.
    pub(crate) fn each(
        mut self,
        mut take: impl FnMut(&Row<'_>) -> Result<(), String>,
    ) -> Result<(), CsvError> {
        let (what, path) = (self.what, self.path);
        let mut record = StringRecord::new();
        loop {
            let more = self.reader.read_record(&mut record);
            let unreadable = |source| CsvError::Unreadable { what, path: path.to_owned(), source };
            if !more.map_err(unreadable)? {
                return Ok(());
            }
            let line = record.position().map_or(0, csv::Position::line);
            take(&Row { record: &record, places: &self.places, line }).map_err(|reason| CsvError::Row {
                what,
                path: path.to_owned(),
                line,
                reason,
            })?;
        }
    }
}

impl Row<'_> {
    /// A field without the spaces around it; empty where the file has no such column.
    pub(crate) fn field(&self, column: usize) -> &str {
        self.raw(column).trim()
    }

    /// A field as it stands.
    pub(crate) fn raw(&self, column: usize) -> &str {
        self.places
            .get(column)
            .copied()
            .flatten()
            .and_then(|place| self.record.get(place))
            .unwrap_or_default()
    }
}

/// A whole number, perhaps written as a float, of at most `most`; `None` when nothing is written.
pub(crate) fn whole_number(text: &str, most: u64) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let whole = text.split_once('.').map_or(text, |(whole, rest)| {
        if !rest.is_empty() && rest.bytes().all(|digit| digit == b'0') { whole } else { text }
    });
    match whole.parse() {
        Ok(number) if number <= most => Ok(Some(number)),
        _ => Err(format!("{:?} is not a whole number from 0 to {most}", shown(text))),
    }
}

/// The beginning of a text, for an error.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
