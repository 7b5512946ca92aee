//! Entry point of `fermata`, which is also `cargo local`; what it does lives in the library beside it.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{FromArgMatches, error::Error};
use local::{
    cli::{self, Cli},
    commands, terminal,
};

#[tokio::main]
async fn main() -> ExitCode {
    let cli =
        Cli::from_arg_matches(&cli::command().get_matches()).unwrap_or_else(|error| Error::exit(&error));
    match commands::execute(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough of it, as `head` has.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the command ended because nobody reads its output any more.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
