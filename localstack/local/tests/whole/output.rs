//! Output that is not read to its end.

use std::io::pipe;
use std::process::{Command, Stdio};

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
