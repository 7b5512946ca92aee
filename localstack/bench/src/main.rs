//! Measures the collector in virtual time: its pace, and its plan of a whole catalogue.

mod pace;
mod virtual_time;

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
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Pace(args) => pace::execute(&args),
    }
}
