//! Measures the collector in virtual time: its pace, its plan of a whole catalogue, and its sources.

mod pace;
mod plan;
mod sources;
mod virtual_time;

use std::io::ErrorKind;

use clap::{Parser, Subcommand};

/// Measurements of Fermata.
#[derive(Debug, Parser)]
#[command(name = "bench", bin_name = "cargo local bench")]
struct Cli {
    /// What to measure.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How much of an unknown limit each policy gets, and how often it is refused
    Pace(pace::PaceArgs),
    /// How many requests a whole catalogue takes, beside other ways to ask for it
    Plan(plan::Args),
    /// What each set of sources brings for its requests
    Sources(sources::Args),
}

fn main() -> anyhow::Result<()> {
    let done = match Cli::parse().command {
        Command::Pace(args) => pace::execute(&args),
        Command::Plan(args) => plan::execute(&args),
        Command::Sources(args) => sources::execute(&args),
    };
    match done {
        // Whoever read the output has seen enough of it, as `head` has.
        Err(error) if is_broken_pipe(&error) => Ok(()),
        done => done,
    }
}

/// Whether what ended the measurement is that nobody reads its output any more.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
