//! Programs as Lambda's archives.

use std::io::{Cursor, Write};

use anyhow::Result;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Zopfli's rounds, counted from 9 as the levels of other compressors end there: more rounds take longer and
/// bring next to nothing.
const LEVEL: i64 = 10;

/// The archive for AWS, as small as it gets. It says nothing about when and by whom it was made.
pub(super) fn compressed(program: &[u8]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL));
    archive(program, options)
}

fn archive(program: &[u8], options: SimpleFileOptions) -> Result<Vec<u8>> {
    let options = options.unix_permissions(0o755).last_modified_time(DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bootstrap", options)?;
    archive.write_all(program)?;
    Ok(archive.finish()?.into_inner())
}
