//! `fermata completions SHELL`: a script by which a shell completes this command.

use std::io::{Write, stdout};

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;

pub(super) fn execute(shell: Shell) -> Result<()> {
    // Into memory first: the generator panics when its output cannot be written.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "fermata", &mut script);
    Ok(stdout().write_all(&script)?)
}
