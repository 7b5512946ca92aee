//! The dimensions that follow from no row: genres and days.

use collect::catalogue::Genre;
use collect::ports::PortError;
use collect::snapshot::export::Export;
use jiff::ToSpan;
use jiff::civil::Date;

use super::fill;
use super::surrogate::key;
use crate::columns::Rows;
use crate::error::OrPortError;

pub(super) fn genres(rows: &mut Rows) {
    for genre in Genre::ALL {
        let code = genre.code();
        fill(rows).text(&key(&code.to_string())).some_integer(Some(i64::from(code))).text(genre.name()).end();
    }
}

/// The day of an export.
pub(super) fn day(export: &Export, rows: &mut Rows) -> Result<(), PortError> {
    let day: Date = export.day.parse().port_error("the day of the export")?;
    let monday = day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days());
    fill(rows)
        .text(&export.day)
        .some_integer(Some(day.year().into()))
        .some_integer(Some(day.month().into()))
        .some_integer(Some(day.day().into()))
        .text(&monday.port_error("the week of the export")?.to_string())
        .end();
    Ok(())
}
