//! Entry point of `cargo local`; what it does lives in the library beside it.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use local::{cli::Cli, commands};

#[tokio::main]
async fn main() -> ExitCode {
    match commands::execute(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough of it, as `head` has.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether what ended the command is that nobody reads its output any more.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
