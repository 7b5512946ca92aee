//! Output that is not read to its end.

use std::io::pipe;
use std::process::{Command, Stdio};

/// `down` with a target folder of its own, in which no stack is up: it has one line to say.
fn down(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.arg("down").env("CARGO_TARGET_DIR", folder);
    command
}

#[test]
fn a_command_ends_quietly_when_nobody_reads_its_output_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = down(folder.path()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{}: {told}", output.status);
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_for_another_reason_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = down(folder.path()).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("error: "), "{}: {told}", output.status);
}
