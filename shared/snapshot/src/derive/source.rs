//! Reads the rows of merged parts.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use collect::ports::PortError;
use collect::ports::export::Objects;
use collect::snapshot::export::File;

use crate::error::OrPortError;
use crate::part_file;

/// A row of a part. A column that is missing, null or of another type has no value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    batch: &'a RecordBatch,
    number: usize,
}

impl<'a> Row<'a> {
    fn column(self, name: &str) -> Option<&'a ArrayRef> {
        self.batch.column_by_name(name).filter(|column| column.is_valid(self.number))
    }

    /// A text; empty if there is none.
    pub(super) fn text(self, name: &str) -> &'a str {
        self.some_text(name).unwrap_or_default()
    }

    /// A text, if there is one.
    pub(super) fn some_text(self, name: &str) -> Option<&'a str> {
        Some(self.column(name)?.as_string_opt::<i32>()?.value(self.number))
    }

    /// A whole number.
    pub(super) fn integer(self, name: &str) -> Option<i64> {
        Some(self.column(name)?.as_primitive_opt::<Int64Type>()?.value(self.number))
    }

    /// A number.
    pub(super) fn real(self, name: &str) -> Option<f64> {
        Some(self.column(name)?.as_primitive_opt::<Float64Type>()?.value(self.number))
    }

    /// A time, in microseconds of the epoch.
    pub(super) fn time(self, name: &str) -> Option<i64> {
        Some(self.column(name)?.as_primitive_opt::<TimestampMicrosecondType>()?.value(self.number))
    }

    /// A list of texts.
    pub(super) fn texts(self, name: &str) -> Vec<String> {
        let list = self.column(name).and_then(|column| column.as_list_opt::<i32>());
        let list = list.map(|list| list.value(self.number));
        let texts = list.as_ref().and_then(|list| list.as_string_opt::<i32>());
        texts.into_iter().flatten().map(|text| text.unwrap_or_default().to_owned()).collect()
    }
}

/// Gives each row of a part to `take`, in key order.
pub(super) async fn each(
    objects: &(impl Objects + Sync),
    part: &File,
    mut take: impl FnMut(Row<'_>),
) -> Result<(), PortError> {
    for batch in part_file::open(objects, &part.path, None).await? {
        let batch = batch.port_error(&part.path)?;
        for number in 0..batch.num_rows() {
            take(Row { batch: &batch, number });
        }
    }
    Ok(())
}
