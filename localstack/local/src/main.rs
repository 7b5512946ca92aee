//! Entry point of `cargo local`; what it does lives in the library beside it.

use std::process::ExitCode;

use clap::Parser;
use local::{cli::Cli, commands};

#[tokio::main]
async fn main() -> ExitCode {
    match commands::execute(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
