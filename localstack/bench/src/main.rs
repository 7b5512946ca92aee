//! Measures the collector in virtual time (its pace, its plan for a whole catalogue, its sources), by CPU
//! time and memory the exporter and the functions as they are deployed, and the recommendations by what they
//! guess.

#[cfg(feature = "fetch")]
mod api;
mod export;
#[cfg(feature = "fetch")]
mod fetch;
mod pace;
mod plan;
mod process;
mod python;
mod recommend;
mod sources;
mod virtual_time;

use std::io::ErrorKind;

use clap::{Parser, Subcommand};

/// Benchmarks of Fermata.
#[derive(Debug, Parser)]
#[command(name = "bench", bin_name = "cargo local bench")]
struct Cli {
    /// The benchmark.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How much of an unknown limit each policy uses, and how often it is refused
    Pace(pace::PaceArgs),
    /// How many requests a whole catalogue takes, compared with other strategies
    Plan(plan::Args),
    /// How many rows an export processes per second of CPU, and in how much memory, compared with pandas
    Export(export::Args),
    /// How large the functions are, how fast they start, and how much CPU the fetcher needs for a request,
    /// compared with Python
    #[cfg(feature = "fetch")]
    Fetch(fetch::Args),
    /// How much CPU the API needs for a request, how long its slowest ones take, and how fast it starts,
    /// compared with Python
    #[cfg(feature = "fetch")]
    Api(api::Args),
    /// What each set of sources finds for its requests
    Sources(sources::Args),
    /// How well recommendations guess the rest of a playlist, and how many users they serve
    Recommend(recommend::Args),
}

fn main() -> anyhow::Result<()> {
    let done = match Cli::parse().command {
        Command::Pace(args) => pace::execute(&args),
        Command::Plan(args) => plan::execute(&args),
        Command::Export(args) => export::execute(&args),
        #[cfg(feature = "fetch")]
        Command::Fetch(args) => fetch::execute(&args),
        #[cfg(feature = "fetch")]
        Command::Api(args) => api::execute(&args),
        Command::Sources(args) => sources::execute(&args),
        Command::Recommend(args) => recommend::execute(&args),
    };
    match done {
        // The reader closed the pipe, as `head` does.
        Err(error) if is_broken_pipe(&error) => Ok(()),
        done => done,
    }
}

/// Whether the measurement ended because its reader closed the pipe.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
