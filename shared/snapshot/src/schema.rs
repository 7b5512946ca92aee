//! A table's declaration as Arrow schemas.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use collect::snapshot::export::Export;
use collect::snapshot::manifest::{SCHEMA_VERSION, TERMS_NOTICE};
use collect::snapshot::table::{Kind, Table};

/// In sorted runs, after the table's columns: why a row could not be read, or null.
pub const PROBLEM: &str = "_problem";

/// The column of a changes file that says `new`, `changed` or `gone`.
pub const CHANGE: &str = "change";

/// The column of a changes file with the names of the columns that differ.
pub const FIELDS: &str = "changed_columns";

/// The type of a kind of column.
pub fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Json => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Texts => texts(),
    }
}

fn texts() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)))
}

/// The schema of a table's parts.
pub fn part(table: &Table) -> SchemaRef {
    let columns = table.columns.iter().map(|of| Field::new(of.name, data_type(of.kind), !of.required));
    Arc::new(Schema::new(columns.collect::<Vec<_>>()))
}

/// The schema of a table's sorted runs, in which every value may be missing.
pub fn sorted_run(table: &Table) -> SchemaRef {
    let columns = table.columns.iter().map(|of| Field::new(of.name, data_type(of.kind), true));
    let problem = Field::new(PROBLEM, DataType::Utf8, true);
    Arc::new(Schema::new(columns.chain([problem]).collect::<Vec<_>>()))
}

/// The schema of a table's changes: what happened, what differs, and the row as it is now. Of a row that is
/// gone no more than the key is kept.
pub fn changes(table: &Table) -> SchemaRef {
    let fields = [Field::new(CHANGE, DataType::Utf8, false), Field::new(FIELDS, texts(), true)];
    let columns =
        table.columns.iter().map(|of| Field::new(of.name, data_type(of.kind), of.name != table.key().name));
    Arc::new(Schema::new(fields.into_iter().chain(columns).collect::<Vec<_>>()))
}

/// What every file says of itself.
pub fn metadata(export: &Export) -> HashMap<String, String> {
    HashMap::from([
        ("fermata.schema_version".to_owned(), SCHEMA_VERSION.to_string()),
        ("fermata.run".to_owned(), export.run.to_string()),
        ("fermata.snapshot".to_owned(), export.snapshot.to_string()),
        ("fermata.sequence".to_owned(), export.sequence.to_string()),
        ("fermata.terms".to_owned(), TERMS_NOTICE.to_owned()),
    ])
}
