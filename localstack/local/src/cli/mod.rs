//! The command line.

mod examples;
mod place;
mod stack;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use collect::{catalogue::ArtistId, recommend::Username, term::TermKey};

use self::values::{artist, monthly, named_file, shard, spotify, term, username};
pub use self::{
    examples::{command, program},
    place::PlaceArgs,
    stack::{BackendName, StackArgs},
};
use crate::{functions::FUNCTIONS, release::Architecture};

/// Fermata collects every artist that Spotify's Web API shows. Try it on this machine, and operate it in your
/// AWS account.
///
/// The operator's commands (`status`, `dashboard`, `query`, `export`, `dead-letters`, `redrive`, `resume`,
/// `forget`, `preflight`) work on the local stack, on any emulator (`--endpoint`) and on AWS (`--aws`). All
/// other commands except `cost` and `completions` need a clone of Fermata.
#[derive(Debug, Parser)]
#[command(name = "fermata", version)]
pub struct Cli {
    /// Show only results and errors, not progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// The command.
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
    /// Show the progress of the run, and what is on hold, waiting or dead-lettered
    Status(StatusArgs),
    /// Serve the dashboard, a page that shows the state of the run, with your own credentials
    Dashboard(DashboardArgs),
    /// Open a run on the local stack, as the weekly schedule would
    Seed(SeedArgs),
    /// Print one artist of the local stack as JSON
    Artist {
        /// The artist's Spotify id
        id: String,
    },
    /// Print the shell variables for using the local stack with the AWS CLI, SDKs and cargo-lambda:
    /// `eval "$(fermata env)"`
    Env {
        /// Also print the variables of this deployed function, so that you can run it by hand
        #[arg(value_parser = FUNCTIONS)]
        function: Option<String>,
    },
    /// Run SQL over the latest snapshot; without a statement, open a shell
    Query(QueryArgs),
    /// Make a snapshot now, or fetch the latest into a folder
    Export(ExportArgs),
    /// List the dead letters, the terms that were given up: key, reason, attempts, age
    DeadLetters(LettersArgs),
    /// Retry the terms in the dead letters, once the cause is fixed
    Redrive(RedriveArgs),
    /// Resume a run that was stopped, once the cause is fixed
    Resume(ResumeArgs),
    /// Erase an artist and keep it from coming back, or erase a user with `--user`
    Forget(ForgetArgs),
    /// Check, before the first deployment or run, what your Spotify app may do and whether your AWS account
    /// is ready
    Preflight(PreflightArgs),
    /// Print what a catalogue costs on AWS: counted calls times published prices
    Cost(CostArgs),
    /// Build the functions for AWS reproducibly, with checksums and bills of materials
    Package(PackageArgs),
    /// Stop the local stack
    Down,
    /// Run every check that CI runs
    Test,
    /// Measure the collector: `bench pace`, `plan`, `sources`, `export`, `fetch`, `api` or `recommend`;
    /// see `bench --help`
    #[command(disable_help_flag = true)]
    Bench(OptimizedArgs),
    /// Run the collector in simulated worlds where everything fails, and check its promises; see
    /// `simulate --help`
    #[command(disable_help_flag = true)]
    Simulate(OptimizedArgs),
    /// Collect despite crashes, restarts, repeated messages and a failing Spotify, and compare with an
    /// undisturbed run
    Chaos(ChaosArgs),
    /// Fuzz everything that reads outside input
    Fuzz(FuzzArgs),
    /// Plant small mistakes in the code and list those that no test catches; needs cargo-nextest
    Mutants(MutantsArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// The stand-in Spotify of a background stack
    #[command(hide = true)]
    Fake(FakeArgs),
}

/// Arguments of a workspace program that needs optimisation.
#[derive(Args, Debug)]
pub struct OptimizedArgs {
    /// Passed to the program unchanged
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// Arguments of `fuzz`.
#[derive(Args, Debug)]
pub struct FuzzArgs {
    /// How long to run each target
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// The targets; all of them by default
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Arguments of `mutants`.
#[derive(Args, Debug)]
pub struct MutantsArgs {
    /// Mutate only lines that have changed since this revision
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// Plant only every Nth mistake, from the Kth on, which begin at 0: the Nth part of a campaign, from all
    /// over the code
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<String>,
    /// Mutate only these files, relative to the root of the clone; by default `collect`, `cloud` and
    /// `spotify`
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The stack's options.
    #[command(flatten)]
    pub stack: StackArgs,
    /// What to collect
    #[arg(long, value_enum, default_value_t = Job::Collect)]
    pub job: Job,
    /// Leave the stack running at the end, as `up` does
    #[arg(long)]
    pub keep: bool,
    /// Print the result as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `seed`.
#[derive(Args, Debug)]
pub struct SeedArgs {
    /// What to collect
    #[arg(long, value_enum, default_value_t = Job::Collect)]
    pub job: Job,
}

/// What a run is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Job {
    /// Artists
    Collect,
    /// The tracks of the eleven genres, with their audio features
    Features,
}

impl Job {
    /// The name in the events of the schedules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Features => "features",
        }
    }
}

/// Arguments of `chaos`.
#[derive(Args, Debug)]
pub struct ChaosArgs {
    /// Number of artists to generate for the stand-in
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    pub artists: u32,
    /// Seed that determines the order of the disturbances
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Number of disturbances, if the run lasts that long
    #[arg(long, value_name = "N", default_value_t = 18)]
    pub disturbances: usize,
    /// Print the verdict as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Which deployment.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Keep showing the status until the run closes or you press Ctrl-C
    #[arg(long, short, conflicts_with = "json")]
    pub watch: bool,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `dashboard`.
#[derive(Args, Debug)]
pub struct DashboardArgs {
    /// Which deployment.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Port of 127.0.0.1 to serve it on [default: 8484, or any free port]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Folder of the background stack that it belongs to, which identifies the process
    #[arg(long, hide = true)]
    pub of: Option<PathBuf>,
}

/// Arguments of `dead-letters`.
#[derive(Args, Debug)]
pub struct LettersArgs {
    /// Which deployment.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `query`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("form").args(["csv", "json"]))]
pub struct QueryArgs {
    /// The statement
    #[arg(value_name = "SQL")]
    pub sql: Option<String>,
    /// Read the statement from a file
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub file: Option<PathBuf>,
    /// Load your own CSV, JSON or Parquet file as a table of this name; may be repeated
    #[arg(long = "with", value_name = "NAME=FILE", value_parser = named_file)]
    pub with: Vec<(String, PathBuf)>,
    /// Run the statement in Athena, which scans every file at $5 a terabyte; shows the price
    #[arg(long, conflicts_with_all = ["from", "with"])]
    pub athena: bool,
    /// Query this folder, filled by `export --to`, instead of a deployment
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["aws", "endpoint"])]
    pub from: Option<PathBuf>,
    /// Where to look; without an option, at the snapshot of the last local run.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print CSV
    #[arg(long)]
    pub csv: bool,
    /// Print an array of objects
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Where to look.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Fetch the latest snapshot into this folder instead of making one
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
    /// Fetch only the changes since the snapshot with this number
    #[arg(long, value_name = "N", requires = "to")]
    pub since: Option<u64>,
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `redrive`.
#[derive(Args, Debug)]
pub struct RedriveArgs {
    /// Which deployment.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Only the term with this key, such as `search:abc`
    #[arg(long, value_name = "KEY", value_parser = term)]
    pub term: Option<TermKey>,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `resume`.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Which deployment.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print the seeder's answer as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `forget`.
#[derive(Args, Debug)]
pub struct ForgetArgs {
    /// Which deployment.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The artist's Spotify id
    #[arg(value_name = "ARTIST_ID", value_parser = artist, required_unless_present = "user")]
    pub id: Option<ArtistId>,
    /// Erase a user of the recommendations instead: the profile and all lists
    #[arg(long, value_name = "NAME", value_parser = username, conflicts_with = "id")]
    pub user: Option<Username>,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `preflight`.
#[derive(Args, Debug)]
pub struct PreflightArgs {
    /// Which account; the stack need not exist yet.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Check what your app may do, in at most 20 requests to the real Spotify (`live`) or the one at this
    /// address
    #[arg(long, value_name = "URL|live", value_parser = spotify)]
    pub spotify: Option<String>,
    /// Send your app's credentials to the Spotify at that address instead of made-up ones
    #[arg(long, requires = "spotify")]
    pub send_credentials: bool,
    /// Number of artists for the forecast; by default what Spotify counts
    #[arg(long, value_name = "N", requires = "spotify", value_parser = clap::value_parser!(u32).range(1..))]
    pub artists: Option<u32>,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `cost`.
#[derive(Args, Debug)]
pub struct CostArgs {
    /// Number of artists in the catalogue
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub artists: u32,
    /// Requests of one run, from a run's report; by default as many as runs of that size took, page size 50
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub requests: Option<u32>,
    /// Runs in a month after the first one
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = monthly)]
    pub runs_per_month: f64,
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `package`.
#[derive(Args, Debug)]
pub struct PackageArgs {
    /// Folder to write to [default: target/fermata/package]
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Processor of the functions, as the template's parameter says
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Architecture::Arm64)]
    pub architecture: Architecture,
    /// Build a second time in another folder from nothing, and fail unless the bytes are the same
    #[arg(long)]
    pub twice: bool,
}

/// Arguments of the hidden `fake`.
#[derive(Args, Debug)]
pub struct FakeArgs {
    /// Its settings as JSON
    pub settings: String,
    /// Folder of the stack, which identifies the process
    pub folder: PathBuf,
}

#[cfg(test)]
mod tests;
