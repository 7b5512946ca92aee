//! Writes rows as files of a snapshot: Parquet, JSON Lines, CSV.

use std::fmt::Write as _;
use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use collect::ports::PortError;
use collect::ports::export::{Created, Objects, Upload};
use collect::snapshot::export::{Export, File};
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::OrPortError;
use crate::schema;

/// Rows of a row group: bounds what the writer holds back.
const ROW_GROUP: usize = 50_000;

/// Bytes that are gathered before they are sent.
const PIECE: usize = 8 * 1024 * 1024;

/// Digits of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        // Writing to a text cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// A file that is being written.
pub(crate) struct FileWriter<'a, O: Objects> {
    objects: &'a O,
    path: String,
    upload: O::Upload,
    format: Format,
    sum: Sha256,
    bytes: u64,
    rows: u64,
}

enum Format {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    JsonLines(GzEncoder<Vec<u8>>),
    PlainJsonLines(Vec<u8>),
    Csv(Box<csv::Writer<GzEncoder<Vec<u8>>>>),
}

impl<'a, O: Objects + Sync> FileWriter<'a, O> {
    async fn begin(objects: &'a O, path: String, format: Format) -> Result<Self, PortError> {
        let upload = objects.upload(&path).await?;
        Ok(Self { objects, path, upload, format, sum: Sha256::new(), bytes: 0, rows: 0 })
    }

    /// A Parquet file of this schema.
    pub(crate) async fn parquet(
        objects: &'a O,
        path: String,
        export: &Export,
        schema: SchemaRef,
        key: &str,
    ) -> Result<Self, PortError> {
        let mut metadata: Vec<KeyValue> =
            schema::metadata(export).into_iter().map(|(name, value)| KeyValue::new(name, value)).collect();
        metadata.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).port_error(&path)?))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            // Keys are all different: a dictionary of them would be built in vain.
            .set_column_dictionary_enabled(ColumnPath::from(key), false)
            .set_key_value_metadata(Some(metadata))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).port_error(&path)?;
        Self::begin(objects, path, Format::Parquet(Box::new(writer))).await
    }

    /// JSON Lines, compressed.
    pub(crate) async fn json_lines(objects: &'a O, path: String) -> Result<Self, PortError> {
        Self::begin(objects, path, Format::JsonLines(GzEncoder::new(Vec::new(), Level::fast()))).await
    }

    /// JSON Lines as they are.
    pub(crate) async fn plain_json_lines(objects: &'a O, path: String) -> Result<Self, PortError> {
        Self::begin(objects, path, Format::PlainJsonLines(Vec::new())).await
    }

    /// CSV, compressed, with the names of the columns on its first line.
    pub(crate) async fn csv(objects: &'a O, path: String, schema: &SchemaRef) -> Result<Self, PortError> {
        let mut writer = csv::Writer::from_writer(GzEncoder::new(Vec::new(), Level::fast()));
        writer.write_record(schema.fields().iter().map(|field| field.name())).port_error(&path)?;
        Self::begin(objects, path, Format::Csv(Box::new(writer))).await
    }

    /// Writes rows.
    pub(crate) async fn write(&mut self, batch: &RecordBatch) -> Result<(), PortError> {
        self.rows += batch.num_rows() as u64;
        match &mut self.format {
            Format::Parquet(writer) => writer.write(batch).port_error(&self.path)?,
            Format::JsonLines(writer) => {
                for row in 0..batch.num_rows() {
                    writeln!(writer, "{}", object(batch, row)).port_error(&self.path)?;
                }
            }
            Format::PlainJsonLines(_) => {}
            Format::Csv(writer) => {
                for row in 0..batch.num_rows() {
                    let fields = batch.columns().iter().map(|column| field(&value(column, row)));
                    writer.write_record(fields).port_error(&self.path)?;
                }
            }
        }
        self.send_gathered().await
    }

    /// Writes a line.
    pub(crate) async fn line(&mut self, line: &Value) -> Result<(), PortError> {
        self.rows += 1;
        if let Format::PlainJsonLines(lines) = &mut self.format {
            writeln!(lines, "{line}").port_error(&self.path)?;
        }
        self.send_gathered().await
    }

    /// Sends what was gathered, if it is worth it.
    async fn send_gathered(&mut self) -> Result<(), PortError> {
        let gathered = match &mut self.format {
            Format::Parquet(writer) => writer.inner_mut(),
            Format::JsonLines(writer) => writer.get_mut(),
            Format::PlainJsonLines(lines) => lines,
            // Its parts are small enough to be kept until the end.
            Format::Csv(_) => return Ok(()),
        };
        if gathered.len() < PIECE {
            return Ok(());
        }
        let piece = std::mem::take(gathered);
        self.push(piece).await
    }

    async fn push(&mut self, piece: Vec<u8>) -> Result<(), PortError> {
        if piece.is_empty() {
            return Ok(());
        }
        self.sum.update(&piece);
        self.bytes += piece.len() as u64;
        self.upload.push(piece).await
    }

    /// Creates the file. One that is there already must be the same.
    pub(crate) async fn finish(mut self, keys: Option<(String, String)>) -> Result<File, PortError> {
        let format = std::mem::replace(&mut self.format, Format::PlainJsonLines(Vec::new()));
        let rest = match format {
            Format::Parquet(writer) => writer.into_inner().port_error(&self.path)?,
            Format::JsonLines(writer) => writer.finish().port_error(&self.path)?,
            Format::PlainJsonLines(lines) => lines,
            Format::Csv(writer) => {
                let writer =
                    writer.into_inner().map_err(csv::IntoInnerError::into_error).port_error(&self.path)?;
                writer.finish().port_error(&self.path)?
            }
        };
        self.push(rest).await?;
        let Self { objects, path, upload, sum, bytes, rows, .. } = self;
        let sha256 = hex(&sum.finalize());
        if upload.finish().await? == Created::Exists {
            must_be_same(objects, &path, bytes, &sha256).await?;
        }
        Ok(File { path, rows, bytes, sha256, keys })
    }
}

async fn must_be_same(
    objects: &(impl Objects + Sync),
    path: &str,
    bytes: u64,
    sha256: &str,
) -> Result<(), PortError> {
    let Some(there) = objects.get(path).await? else {
        return Err(PortError::Unavailable {
            what: path.to_owned(),
            why: "it was there and is gone".to_owned(),
        });
    };
    if there.bytes.len() as u64 == bytes && hex(&Sha256::digest(&there.bytes)) == sha256 {
        return Ok(());
    }
    Err(PortError::Corrupt {
        what: path.to_owned(),
        why: "it was there before and has other content; export under another name".to_owned(),
    })
}

/// A row as a JSON object; what was not provided is null.
pub fn object(batch: &RecordBatch, row: usize) -> Value {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    fields.map(|(field, column)| (field.name().clone(), value(column, row))).collect()
}

/// A value as JSON: times as RFC 3339.
fn value(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::Timestamp(..) => {
            let time =
                Timestamp::from_microsecond(column.as_primitive::<TimestampMicrosecondType>().value(row));
            time.map_or(Value::Null, |time| time.to_string().into())
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).map(|index| value(&list, index)).collect()
        }
        _ => column.as_string_opt::<i32>().map_or(Value::Null, |texts| texts.value(row).into()),
    }
}

/// A JSON value as a field of CSV: null is empty, a list is JSON text.
fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
