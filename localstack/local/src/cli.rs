//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use collect::settings::Strings;
use collect::term::{Sources, TermKey};
use fake_spotify::AppClass;

/// Fermata on this machine: no AWS account and no Spotify credentials are needed.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect a whole catalogue from the beginning to the end and say what came of it
    Run(RunArgs),
    /// Start a stack and leave it running
    Up(StackArgs),
    /// Show how far the running stack is
    Status,
    /// Open a run on the running stack, as the weekly schedule would
    Seed,
    /// Print one artist of the running stack as JSON
    Artist {
        /// The artist's Spotify id
        id: String,
    },
    /// List what was given up: reason, term, attempts, age
    DeadLetters(LettersArgs),
    /// Send terms that were given up again, once the cause is mended
    Redrive(RedriveArgs),
    /// End the running stack
    Down,
    /// Check everything that CI checks
    Test,
    /// Measure the collector: `bench pace`, `plan` or `sources`; `bench --help` says more
    #[command(disable_help_flag = true)]
    Bench(OptimizedArgs),
    /// Play the collector in worlds where everything fails, and check what it promises; `simulate --help` says more
    #[command(disable_help_flag = true)]
    Simulate(OptimizedArgs),
    /// Collect among crashes, restarts, repeated messages and a failing Spotify, and compare with an undisturbed run
    Chaos(ChaosArgs),
    /// Look for input that breaks what reads it; needs a nightly compiler and cargo-fuzz
    Fuzz(FuzzArgs),
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

/// What a stack is made of.
#[derive(Args, Debug)]
pub struct StackArgs {
    /// CSV file with the stand-in's artists (id,name,followers,popularity,genres)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["artists", "seed"])]
    pub catalogue: Option<PathBuf>,
    /// Number of artists to generate for the stand-in
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub artists: u32,
    /// Seed of the generated artists
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Requests that the stand-in allows in any 30 seconds [default: 3000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Let Fermata find the limit by itself instead of telling it
    #[arg(long)]
    pub learn: bool,
    /// Seconds that the stand-in asks for in Retry-After
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub penalty: u32,
    /// What the stand-in's app may do
    #[arg(long, value_enum, default_value_t = AppClass::Extended)]
    pub app_class: AppClass,
    /// Faults of the stand-in, as the JSON that its /_fake/faults takes
    #[arg(long, value_name = "JSON", value_parser = json)]
    pub faults: Option<serde_json::Value>,
    /// The ways to find artists, separated by commas
    #[arg(long, value_name = "LIST", env = "FERMATA_SOURCES")]
    pub sources: Option<Sources>,
    /// What the source `systematic` asks: all strings of a length over an alphabet, such as 0-9a-z:4
    #[arg(long, value_name = "ALPHABET:LENGTH", env = "FERMATA_SYSTEMATIC")]
    pub systematic: Option<Strings>,
    /// Playlists that are read whatever Spotify lists: ids or links, separated by commas
    #[arg(long, value_name = "LIST", env = "FERMATA_PLAYLISTS")]
    pub playlists: Option<String>,
    /// How many fetchers may run at once
    #[arg(long, value_name = "C", default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub concurrency: u32,
    /// The emulator
    #[arg(long, value_enum, default_value_t = BackendName::Ministack, conflicts_with = "endpoint")]
    pub backend: BackendName,
    /// Use the emulator that listens here
    #[arg(long, value_name = "URL", value_parser = address)]
    pub endpoint: Option<String>,
    /// Ask the Spotify at this address, or the real one with `live` (needs `SPOTIFY_CLIENT_ID`, `SPOTIFY_CLIENT_SECRET`)
    #[arg(long, value_name = "URL|live", value_parser = spotify)]
    pub spotify: Option<String>,
    /// Address that the stand-in listens on, for functions that run in containers and cannot reach 127.0.0.1
    #[arg(long, value_name = "IP")]
    pub fake_address: Option<std::net::IpAddr>,
    /// What the functions log, as a tracing filter
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// Arguments of `chaos`.
#[derive(Args, Debug)]
pub struct ChaosArgs {
    /// Number of artists to generate for the stand-in
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    pub artists: u32,
    /// From which the order of the disturbances follows
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Number of disturbances, as far as the run lasts
    #[arg(long, value_name = "N", default_value_t = 18)]
    pub disturbances: usize,
    /// End with the verdict as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// A deployed Fermata; the running local stack unless told otherwise.
#[derive(Args, Debug)]
pub struct PlaceArgs {
    /// The one on the emulator that listens here
    #[arg(long, value_name = "URL", value_parser = address, conflicts_with = "aws")]
    pub endpoint: Option<String>,
    /// The one in your AWS account (region and credentials from the environment or a profile)
    #[arg(long)]
    pub aws: bool,
    /// Name of its CloudFormation stack
    #[arg(long, value_name = "NAME", default_value = crate::deploy::STACK)]
    pub stack_name: String,
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

/// Emulators that can be started here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendName {
    /// `MiniStack`, which needs nothing but Python
    Ministack,
    /// `LocalStack` 4.12, which needs nothing but Python either and is slower
    Localstack,
    /// `LocalStack` 4.14, which needs Docker
    LocalstackDocker,
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))
}

fn address(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("an address begins with http:// or https://".to_owned())
}

fn term(text: &str) -> Result<TermKey, String> {
    TermKey::parse(text).map_err(|error| error.to_string())
}

fn spotify(text: &str) -> Result<String, String> {
    if text == "live" { Ok(text.to_owned()) } else { address(text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    proptest! {
        #[test]
        fn any_command_line_is_read_or_refused_without_a_panic(
            command in 0..COMMANDS.len(),
            options in proptest::collection::vec((0..OPTIONS.len(), "([0-9.e+-]{0,12}|\\PC{0,30}|search:\\PC{0,9})"), 0..6),
        ) {
            let options = options.into_iter().flat_map(|(option, value)| [OPTIONS[option].to_owned(), value]);
            let line = ["local", COMMANDS[command]].map(str::to_owned).into_iter().chain(options);
            if let Err(error) = Cli::try_parse_from(line) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    const COMMANDS: [&str; 8] = ["run", "up", "artist", "dead-letters", "redrive", "bench", "chaos", "fuzz"];

    /// The options that take a value.
    const OPTIONS: [&str; 17] = [
        "--catalogue",
        "--artists",
        "--seed",
        "--rate",
        "--penalty",
        "--app-class",
        "--faults",
        "--sources",
        "--playlists",
        "--concurrency",
        "--backend",
        "--endpoint",
        "--spotify",
        "--fake-address",
        "--term",
        "--stack-name",
        "--seconds",
    ];

    #[test]
    fn a_wrong_value_is_refused_where_it_is_given() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        assert!(parse("local run --concurrency 1").is_err());
        assert!(parse("local run --rate 0").is_err());
        assert!(parse("local run --endpoint 127.0.0.1:4566").is_err());
        assert!(parse("local run --faults nonsense").is_err());
        assert!(parse("local run --catalogue x.csv --artists 5").is_err());
        assert!(parse("local fuzz --seconds 0").is_err());
        assert!(parse("local fuzz --seconds 5 keys events").is_ok());
        assert!(parse("local run --rate 300 --penalty 5 --learn --json --keep").is_ok());
        assert!(parse("local run --spotify live --backend localstack").is_ok());
        assert!(parse("local redrive --term playlists").is_err());
        assert!(parse("local dead-letters --aws --endpoint http://127.0.0.1:4566").is_err());
    }
}
