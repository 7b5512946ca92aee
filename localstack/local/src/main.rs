//! Entry point of `fermata`, which is also `cargo local`; the implementation is in the library.

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
        // The reader closed the pipe, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the command ended because its reader closed the pipe.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
