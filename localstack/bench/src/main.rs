//! Measures the collector in virtual time: its pace, and its plan of a whole catalogue.

mod plan;

use clap::{Parser, Subcommand};

/// Measurements of the collector in virtual time
#[derive(Debug, Parser)]
#[command(name = "cargo local bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Collects a catalogue in memory and counts the requests, beside other ways to do it
    Plan(plan::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Plan(args) => plan::execute(&args),
    }
}
