//! The command line.

mod examples;
mod place;
mod stack;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use collect::term::TermKey;

use self::values::term;
pub use self::{
    examples::{command, program},
    place::PlaceArgs,
    stack::{BackendName, StackArgs},
};

/// Fermata collects every artist that Spotify's Web API shows: try it on this machine, look after it in your AWS account.
///
/// The operator's commands (`status`, `dead-letters`, `redrive`) work on the local stack, on an emulator by its address, and
/// on AWS. All others need a clone of Fermata.
#[derive(Debug, Parser)]
#[command(name = "fermata", version)]
pub struct Cli {
    /// Show results and errors only, not what is being done
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect a whole catalogue on this machine, from an empty table to the report
    Run(RunArgs),
    /// Start a local stack and leave it running
    Up(StackArgs),
    /// Show how far the run is, and what is held, waiting or given up
    Status(StatusArgs),
    /// Open a run on the local stack, as the weekly schedule would
    Seed,
    /// Print one artist of the local stack as JSON
    Artist {
        /// The artist's Spotify id
        id: String,
    },
    /// List what was given up: term, reason, attempts, age
    DeadLetters(LettersArgs),
    /// Send terms that were given up again, after the cause is fixed
    Redrive(RedriveArgs),
    /// End the local stack
    Down,
    /// Check everything that CI checks
    Test,
    /// Measure the collector: `bench pace`, `plan` or `sources`; `bench --help` says more
    #[command(disable_help_flag = true)]
    Bench(OptimizedArgs),
    /// Play the collector in worlds where everything fails, and check its promises; `simulate --help` says more
    #[command(disable_help_flag = true)]
    Simulate(OptimizedArgs),
    /// Collect among crashes, restarts, repeated messages and a failing Spotify, and compare with an undisturbed run
    Chaos(ChaosArgs),
    /// Look for input that breaks what reads it; needs a nightly compiler and cargo-fuzz
    Fuzz(FuzzArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// The stand-in Spotify of a stack in the background
    #[command(hide = true)]
    Fake(FakeArgs),
}

/// Arguments of a program of the workspace that is only worth running optimised.
#[derive(Args, Debug)]
pub struct OptimizedArgs {
    /// Given to the program as they are
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// Arguments of `fuzz`.
#[derive(Args, Debug)]
pub struct FuzzArgs {
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// The targets; all of them if none is named
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// What the stack is made of.
    #[command(flatten)]
    pub stack: StackArgs,
    /// Leave the stack running at the end, as `up` does
    #[arg(long)]
    pub keep: bool,
    /// End with the result as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `chaos`.
#[derive(Args, Debug)]
pub struct ChaosArgs {
    /// Number of artists to generate for the stand-in
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    pub artists: u32,
    /// Seed of the order of the disturbances
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Number of disturbances, as far as the run lasts
    #[arg(long, value_name = "N", default_value_t = 18)]
    pub disturbances: usize,
    /// End with the verdict as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Where to look.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Keep showing the status until the run is closed or Ctrl-C
    #[arg(long, short, conflicts_with = "json")]
    pub watch: bool,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `dead-letters`.
#[derive(Args, Debug)]
pub struct LettersArgs {
    /// Where to look.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `redrive`.
#[derive(Args, Debug)]
pub struct RedriveArgs {
    /// Where to look.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Only the term of this key, such as `search:abc`
    #[arg(long, value_name = "KEY", value_parser = term)]
    pub term: Option<TermKey>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of the hidden `fake`.
#[derive(Args, Debug)]
pub struct FakeArgs {
    /// Its settings as JSON
    pub settings: String,
    /// Folder of the stack, by which the process is known
    pub folder: PathBuf,
}

#[cfg(test)]
mod tests;
