//! Reads parts of a snapshot, some thousand rows at a time.

use bytes::Bytes;
use collect::ports::PortError;
use collect::ports::export::Objects;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::error::OrPortError;

/// Rows that are looked at together.
const BATCH: usize = 8192;

/// The rows of a part, with these columns or all of them. A part of another schema may lack some.
pub(crate) async fn open(
    objects: &(impl Objects + Sync),
    path: &str,
    columns: Option<&[&str]>,
) -> Result<ParquetRecordBatchReader, PortError> {
    let gone = || PortError::Corrupt { what: path.to_owned(), why: "it is gone".to_owned() };
    let object = objects.get(path).await?.ok_or_else(gone)?;
    read(object.bytes, path, columns)
}

/// The same of the bytes of a part.
pub(crate) fn read(
    bytes: Vec<u8>,
    path: &str,
    columns: Option<&[&str]>,
) -> Result<ParquetRecordBatchReader, PortError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).port_error(path)?;
    let mask = columns.map_or_else(ProjectionMask::all, |columns| {
        ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied())
    });
    builder.with_projection(mask).with_batch_size(BATCH).build().port_error(path)
}
