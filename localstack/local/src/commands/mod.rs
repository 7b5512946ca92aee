//! The subcommands, one file each.

mod artist;
mod chaos;
mod completions;
mod dead_letters;
mod down;
mod fake;
mod fuzz;
mod optimized;
mod redrive;
mod run;
mod seed;
mod status;
mod test;
mod up;

use std::{net::IpAddr, path::PathBuf};

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::{BackendName, Cli, Command, StackArgs},
    deploy::Parameters,
    emulator::{Backend, Lifetime, bridge},
    http::probe,
    spotify::{
        Choice, Credentials,
        fake::{DEFAULT_RATE, Settings},
    },
    stack::Options,
    terminal::steps::Steps,
    workspace::Workspace,
};

/// Runs the command. An interrupt stops it and everything that it started.
pub async fn execute(cli: Cli) -> Result<()> {
    let steps = if cli.quiet { Steps::quiet() } else { Steps::on_standard_error() };
    // When one finishes, the other is dropped; dropping the work stops what it started.
    tokio::select! {
        // Boxed, because some commands are large.
        result = Box::pin(work(&cli.command, &steps)) => result,
        name = interrupt() => bail!("stopped by {}; everything it had started was stopped", name?),
    }
}

/// Only commands that need a clone of Fermata look for one.
async fn work(command: &Command, steps: &Steps) -> Result<()> {
    let workspace = Workspace::find();
    match command {
        Command::Run(args) => run::execute(&workspace.await?, args, steps).await,
        Command::Up(args) => up::execute(&workspace.await?, args, steps).await,
        Command::Status(args) => status::execute(args, steps).await,
        Command::Seed => seed::execute(&workspace.await?).await,
        Command::Artist { id } => artist::execute(&workspace.await?, id).await,
        Command::DeadLetters(args) => dead_letters::execute(args, steps).await,
        Command::Redrive(args) => redrive::execute(args, steps).await,
        Command::Down => down::execute(&workspace.await?, steps).await,
        Command::Bench(args) => optimized::execute(&workspace.await?, "bench", args, steps).await,
        Command::Simulate(args) => optimized::execute(&workspace.await?, "simulation", args, steps).await,
        Command::Chaos(args) => chaos::execute(&workspace.await?, args, steps).await,
        Command::Fuzz(args) => fuzz::execute(&workspace.await?, args).await,
        Command::Test => test::execute(&workspace.await?, steps).await,
        Command::Completions { shell } => completions::execute(*shell),
        Command::Fake(args) => fake::execute(args).await,
    }
}

/// Waits for Ctrl-C, a termination request or a hang-up.
async fn interrupt() -> Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle signals")?;
    let mut hang_up = signal(SignalKind::hangup()).context("cannot handle signals")?;
    Ok(tokio::select! {
        _ = tokio::signal::ctrl_c() => "Ctrl-C",
        _ = terminate.recv() => "a termination request",
        _ = hang_up.recv() => "the terminal's hang-up",
    })
}

/// The stack options from the arguments.
async fn options(args: &StackArgs, lifetime: Lifetime, steps: &Steps) -> Result<Options> {
    let backend = match (&args.endpoint, args.backend) {
        (Some(url), _) => Backend::Endpoint(url.clone()),
        (None, BackendName::Ministack) => Backend::MiniStack,
        (None, BackendName::Localstack) => Backend::LocalStack,
        (None, BackendName::LocalstackDocker) => Backend::LocalStackInDocker,
    };
    let spotify = match args.spotify.as_deref() {
        Some("live") => Choice::Live(Credentials::from_env().context(
            "--spotify live needs the credentials of your Spotify app: set SPOTIFY_CLIENT_ID and \
             SPOTIFY_CLIENT_SECRET and run the command again",
        )?),
        Some(url) => Choice::At(url.to_owned()),
        None => Choice::Fake(settings(args, fake_address(args, &backend).await?)?),
    };
    let limit = match spotify {
        Choice::Fake(_) => Some(args.rate.unwrap_or(DEFAULT_RATE)),
        // Only the operator knows the limit of another service.
        Choice::At(_) | Choice::Live(_) => args.rate,
    };
    Ok(Options {
        backend,
        spotify,
        rate: limit.filter(|_| !args.learn),
        concurrency: args.concurrency,
        parameters: parameters(args),
        lifetime,
        steps: steps.clone(),
    })
}

/// Template parameters that are options of this command.
fn parameters(args: &StackArgs) -> Parameters {
    let sources = args.sources.map(|sources| ("Sources".to_owned(), sources.to_string()));
    let strings = args.systematic.as_ref().map(|strings| ("Systematic".to_owned(), strings.to_string()));
    let playlists = args.playlists.clone().map(|playlists| ("Playlists".to_owned(), playlists));
    let log = ("LogLevel".to_owned(), args.log.clone());
    sources.into_iter().chain(strings).chain(playlists).chain([log]).collect()
}

/// The address at which functions reach the stand-in, if it is not 127.0.0.1.
async fn fake_address(args: &StackArgs, backend: &Backend) -> Result<Option<IpAddr>> {
    match (args.fake_address, backend) {
        (None, Backend::LocalStackInDocker) => bridge().await.map(Some),
        // An emulator of another kind may run its functions in containers; without Docker it cannot.
        (None, Backend::Endpoint(url)) if probe(&format!("{url}/_ministack/health")).await != Some(true) => {
            Ok(bridge().await.ok())
        }
        (address, _) => Ok(address),
    }
}

fn settings(args: &StackArgs, address: Option<IpAddr>) -> Result<Settings> {
    // The stand-in may run in another folder.
    let file = |path: &Option<PathBuf>, what: &str| {
        let found = path.as_ref().map(|path| {
            path.canonicalize().with_context(|| format!("cannot read the {what} {}", path.display()))
        });
        found.transpose()
    };
    Ok(Settings {
        catalogue: file(&args.catalogue, "catalogue")?,
        tracks: file(&args.tracks, "file of tracks")?,
        artists: args.artists,
        seed: args.seed,
        rate: args.rate.unwrap_or(DEFAULT_RATE),
        penalty_s: args.penalty,
        app_class: args.app_class,
        faults: args.faults.clone(),
        address,
    })
}
