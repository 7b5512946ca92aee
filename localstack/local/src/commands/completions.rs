//! `fermata completions SHELL`: prints a completion script for a shell.

use std::io::{Write, stdout};

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;

pub(super) fn execute(shell: Shell) -> Result<()> {
    // Generated in memory first: the generator panics if it cannot write its output.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "fermata", &mut script);
    Ok(stdout().write_all(&script)?)
}
