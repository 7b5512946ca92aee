//! What people see: output that is safe to show, the steps of a command, numbers and times in words.
//!
//! Everything the command prints goes through [`print`](fn@print), [`print_json`] or [`note`], or through [`steps::Steps`]. Text that
//! others control (reasons, names, answers of services) therefore never reaches a terminal with its control characters.

pub mod escape;
pub mod live;
pub mod steps;
pub mod words;

use std::io::{Write, stderr, stdout};

use anyhow::Result;
use serde::Serialize;

/// Writes lines to standard output.
///
/// # Errors
/// When nobody reads the output any more, or it cannot be written.
pub fn print(text: &str) -> Result<()> {
    Ok(writeln!(stdout(), "{}", escape::lines(text))?)
}

/// Writes one JSON document in one line to standard output. Its value is untouched by the escaping.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    Ok(writeln!(stdout(), "{}", escape::json(&serde_json::to_string(value)?))?)
}

/// Writes lines to standard error. A reader that has gone away is no reason to stop working.
pub fn note(text: &str) {
    let _ = writeln!(stderr(), "{}", escape::lines(text));
}
