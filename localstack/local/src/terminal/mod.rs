//! What people see: safe output, the steps of a command, numbers and times in words.
//!
//! All output of the command goes through [`print`](fn@print), [`print_json`], [`note`] or [`steps::Steps`].
//! Text from other parties (reasons, names, answers of services) therefore never reaches a terminal
//! unescaped.

pub mod escape;
pub mod foreground;
pub mod live;
pub mod steps;

use std::io::{Write, stderr, stdout};

use anyhow::Result;
pub use collect::operator::words;
use serde::Serialize;

/// Writes lines to standard output.
///
/// # Errors
/// Fails if the reader closed the pipe, or the output cannot be written.
pub fn print(text: &str) -> Result<()> {
    Ok(writeln!(stdout(), "{}", escape::lines(text))?)
}

/// Writes one JSON document on one line to standard output. Escaping does not change its value.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    Ok(writeln!(stdout(), "{}", escape::json(&serde_json::to_string(value)?))?)
}

/// Writes lines to standard error. A closed pipe is ignored.
pub fn note(text: &str) {
    let _ = writeln!(stderr(), "{}", escape::lines(text));
}
