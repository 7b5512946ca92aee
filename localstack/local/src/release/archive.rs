//! Programs as Lambda's archives.

use std::io::{Cursor, Read, Write};

use anyhow::{Context, Result};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The program's name in an archive, which Lambda's custom runtimes prescribe.
const PROGRAM: &str = "bootstrap";

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
    archive.start_file(PROGRAM, options)?;
    archive.write_all(program)?;
    Ok(archive.finish()?.into_inner())
}

/// The program in an archive.
pub(super) fn program(archive: &[u8]) -> Result<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).context("it is no archive")?;
    let mut program = Vec::new();
    archive.by_name(PROGRAM).context("it has no program")?.read_to_end(&mut program)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_unpacked_as_it_was_packed() {
        let bytes = b"\x7fELF and more".repeat(100);
        assert_eq!(program(&compressed(&bytes).unwrap()).unwrap(), bytes);
        assert!(program(b"PK").is_err());
    }
}
