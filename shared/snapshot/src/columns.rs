//! Columns that are being filled from stored attributes.

use std::sync::Arc;

use arrow_array::builder::{
    Float64Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use collect::snapshot::table::{Kind, Table};
use jiff::Timestamp;

use crate::schema;

/// Bytes of text that a row is expected to have in a column.
const TEXT: usize = 16;

/// One column.
pub(crate) enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Real(Float64Builder),
    Time(TimestampMicrosecondBuilder),
    Texts(ListBuilder<StringBuilder>),
}

impl Builder {
    fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text | Kind::Json => Self::Text(StringBuilder::with_capacity(rows, rows * TEXT)),
            Kind::Integer => Self::Integer(Int64Builder::with_capacity(rows)),
            Kind::Real => Self::Real(Float64Builder::with_capacity(rows)),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Kind::Texts => {
                Self::Texts(ListBuilder::with_capacity(StringBuilder::with_capacity(rows, rows * TEXT), rows))
            }
        }
    }

    fn append_null(&mut self) {
        match self {
            Self::Text(column) => column.append_null(),
            Self::Integer(column) => column.append_null(),
            Self::Real(column) => column.append_null(),
            Self::Time(column) => column.append_null(),
            Self::Texts(column) => column.append_null(),
        }
    }

    /// Appends a text as whatever the column holds; says what it should be if it is not that.
    fn append_text(&mut self, text: &str) -> Result<(), &'static str> {
        match self {
            Self::Text(column) => column.append_value(text),
            Self::Time(column) => column.append_value(microseconds(text).ok_or("a time")?),
            Self::Integer(_) => return Err("a whole number"),
            Self::Real(_) => return Err("a number"),
            Self::Texts(_) => return Err("a list of texts"),
        }
        Ok(())
    }

    fn append_number(&mut self, number: &str) -> Result<(), &'static str> {
        match self {
            Self::Integer(column) => column.append_value(number.parse().map_err(|_| "a whole number")?),
            Self::Real(column) => column.append_value(number.parse().map_err(|_| "a number")?),
            Self::Time(column) => {
                let seconds: i64 = number.parse().map_err(|_| "a time")?;
                column.append_value(seconds.checked_mul(1_000_000).ok_or("a time")?);
            }
            Self::Text(_) => return Err("a text"),
            Self::Texts(_) => return Err("a list of texts"),
        }
        Ok(())
    }

    fn append_integer(&mut self, value: i64) -> Result<(), &'static str> {
        match self {
            Self::Integer(column) => column.append_value(value),
            _ => return Err("a whole number"),
        }
        Ok(())
    }

    fn append_real(&mut self, value: f64) -> Result<(), &'static str> {
        match self {
            Self::Real(column) => column.append_value(value),
            _ => return Err("a number"),
        }
        Ok(())
    }

    fn append_microseconds(&mut self, value: i64) -> Result<(), &'static str> {
        match self {
            Self::Time(column) => column.append_value(value),
            _ => return Err("a time"),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Real(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
            Self::Texts(column) => Arc::new(column.finish()),
        }
    }
}

/// Microseconds of the epoch of an RFC 3339 time. The form that the tables have is read without a parser for
/// all others.
fn microseconds(text: &str) -> Option<i64> {
    let general = || text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
    usual(text.as_bytes()).or_else(general)
}

/// `2026-11-23T03:00:00.123Z`.
fn usual(text: &[u8]) -> Option<i64> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    if marks.iter().any(|(at, mark)| text[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = text[from..to].iter();
        digits
            .clone()
            .all(u8::is_ascii_digit)
            .then(|| digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second, milli) = (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        // The last days of a month, and whatever is wrong, are left to the library.
        return None;
    }
    let days = days_of(year, month, day);
    Some(((days * 86_400 + hour * 3600 + minute * 60 + second) * 1000 + milli) * 1000)
}

/// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, chrono-Compatible Low-Level Date
/// Algorithms, 2014).
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The columns of a table's sorted run, row by row.
pub(crate) struct Rows {
    table: &'static Table,
    builders: Vec<Builder>,
    problems: StringBuilder,
    /// The number of the row, from 1, in which each column was given a value last.
    filled: Vec<usize>,
    problem: Option<String>,
    count: usize,
}

impl Rows {
    pub(crate) fn new(table: &'static Table, capacity: usize) -> Self {
        Self {
            table,
            builders: table.columns.iter().map(|column| Builder::new(column.kind, capacity)).collect(),
            problems: StringBuilder::with_capacity(capacity, 0),
            filled: vec![0; table.columns.len()],
            problem: None,
            count: 0,
        }
    }

    pub(crate) fn table(&self) -> &'static Table {
        self.table
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Notes why the row that is being read is bad; the first reason stays.
    pub(crate) fn problem(&mut self, column: usize, expected: &str) {
        let name = self.table.columns[column].name;
        self.problem.get_or_insert_with(|| format!("{name} is not {expected}"));
    }

    fn set(&mut self, column: usize, append: impl FnOnce(&mut Builder) -> Result<(), &'static str>) {
        if self.filled[column] == self.count + 1 {
            return self.problem(column, "given once");
        }
        match append(&mut self.builders[column]) {
            Ok(()) => self.filled[column] = self.count + 1,
            Err(expected) => self.problem(column, expected),
        }
    }

    pub(crate) fn text(&mut self, column: usize, text: &str) {
        self.set(column, |builder| builder.append_text(text));
    }

    pub(crate) fn number(&mut self, column: usize, number: &str) {
        self.set(column, |builder| builder.append_number(number));
    }

    /// Appends the texts that `fill` gives; if it gives something else the value is missing.
    pub(crate) fn texts<T, E>(
        &mut self,
        column: usize,
        fill: impl FnOnce(&mut dyn FnMut(&str)) -> Result<T, E>,
    ) -> Result<T, E> {
        let Builder::Texts(list) = &mut self.builders[column] else {
            self.problem(column, "what it should be");
            return fill(&mut |_| ());
        };
        if self.filled[column] == self.count + 1 {
            return fill(&mut |_| ());
        }
        let result = fill(&mut |text| list.values().append_value(text));
        list.append(true);
        self.filled[column] = self.count + 1;
        result
    }

    /// Ends the row: what was not given is null.
    pub(crate) fn end_row(&mut self) {
        self.count += 1;
        for (builder, filled) in self.builders.iter_mut().zip(&self.filled) {
            if *filled != self.count {
                builder.append_null();
            }
        }
        self.problems.append_option(self.problem.take());
    }

    /// All rows so far.
    pub(crate) fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let problems: ArrayRef = Arc::new(self.problems.finish());
        let columns = self.builders.iter_mut().map(Builder::finish).chain([problems]).collect();
        RecordBatch::try_new(schema::sorted_run(self.table), columns)
    }
}

/// Fills a row value by value, in the order in which the table declares its columns.
pub(crate) struct Filler<'a> {
    rows: &'a mut Rows,
    column: usize,
}

impl<'a> Filler<'a> {
    /// Begins a row.
    pub(crate) fn new(rows: &'a mut Rows) -> Self {
        Self { rows, column: 0 }
    }

    fn put(mut self, append: Option<impl FnOnce(&mut Builder) -> Result<(), &'static str>>) -> Self {
        if let Some(append) = append {
            self.rows.set(self.column, append);
        }
        self.column += 1;
        self
    }

    pub(crate) fn text(self, value: &str) -> Self {
        self.some_text(Some(value))
    }

    pub(crate) fn some_text(self, value: Option<&str>) -> Self {
        self.put(value.map(|value| move |builder: &mut Builder| builder.append_text(value)))
    }

    pub(crate) fn some_integer(self, value: Option<i64>) -> Self {
        self.put(value.map(|value| move |builder: &mut Builder| builder.append_integer(value)))
    }

    pub(crate) fn some_real(self, value: Option<f64>) -> Self {
        self.put(value.map(|value| move |builder: &mut Builder| builder.append_real(value)))
    }

    /// A time in microseconds of the epoch.
    pub(crate) fn some_time(self, value: Option<i64>) -> Self {
        self.put(value.map(|value| move |builder: &mut Builder| builder.append_microseconds(value)))
    }

    /// Ends the row. Its last column, the number of the snapshot, is filled in later.
    pub(crate) fn end(self) {
        debug_assert_eq!(self.column + 1, self.rows.builders.len(), "a column was left out");
        self.rows.end_row();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_library_reads_them() {
        for text in [
            "2026-11-23T03:00:00.123Z",
            "1969-12-28T23:59:59.999Z",
            "2000-02-28T00:00:00.000Z",
            "2000-02-29T12:00:00.500Z",
            "2100-03-01T00:00:00.001Z",
            "2026-12-31T23:59:59.999Z",
            "2026-11-23T03:00:00Z",
            "2026-11-23T03:00:00+01:00",
        ] {
            let expected = text.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(microseconds(text), Some(expected), "{text}");
        }
        for bad in
            ["2026-13-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z", "2026-11-23T24:00:00.000Z", "soon"]
        {
            assert_eq!(microseconds(bad), None, "{bad}");
        }
    }
}
