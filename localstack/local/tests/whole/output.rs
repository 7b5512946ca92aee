//! What reaches a terminal or a pipe: output that is not read to its end, and text that a terminal would
//! obey.

use std::{
    io::pipe,
    process::{Command, Stdio},
};

use anyhow::Result;

use crate::typed::root;

/// Runs `down` with its own target folder, without a running stack: it prints one line.
fn down(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.arg("down").env("CARGO_TARGET_DIR", folder);
    command
}

#[test]
fn a_command_ends_quietly_when_its_reader_closes_the_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = down(folder.path()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{}: {stderr}", output.status);
}

#[test]
#[cfg(target_os = "linux")]
fn any_other_failure_to_write_output_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = down(folder.path()).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && stderr.contains("error: "), "{}: {stderr}", output.status);
}

/// Clears the screen.
const CLEAR: &str = "chr(27) || '[2J'";

/// What `fermata query` prints for a statement over a folder without snapshots, on standard output or error.
fn asked(statement: &str, form: &[&str]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("latest.json"), r#"{"sequence": 0}"#)?;
    let mut query = Command::new(env!("CARGO_BIN_EXE_fermata"));
    query.arg("query").arg(statement).arg("--from").arg(folder.path()).args(form).current_dir(root());
    let output = query.output()?;
    Ok(String::from_utf8(if output.status.success() { output.stdout } else { output.stderr })?)
}

#[test]
fn a_query_shows_no_character_that_a_terminal_would_obey() {
    for (statement, form, shown) in [
        (format!("SELECT {CLEAR} AS name"), &[][..], "\u{fffd}[2J"),
        (format!("SELECT {CLEAR} AS name"), &["--json"], "\\u001b[2J"),
        ("SELECT 1 AS \"a\u{1b}[2J\"".to_owned(), &[], "a\u{fffd}[2J"),
        // DuckDB quotes the value that it cannot convert.
        (format!("SELECT CAST({CLEAR} AS INTEGER)"), &[], "Conversion Error"),
    ] {
        let output = asked(&statement, form).unwrap();
        assert!(output.contains(shown) && !output.contains('\u{1b}'), "{statement}: {output:?}");
    }
}
