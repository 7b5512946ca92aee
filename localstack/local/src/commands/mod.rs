//! The subcommands, one file each.

mod artist;
mod chaos;
mod completions;
mod cost;
mod dashboard;
mod dead_letters;
mod down;
mod env;
mod export;
mod fake;
mod forget;
mod fuzz;
mod mutants;
mod optimized;
mod package;
mod preflight;
mod query;
mod redrive;
mod resume;
mod run;
mod seed;
mod status;
mod test;
mod up;

use std::{net::IpAddr, path::PathBuf};

use anyhow::{Context, Result, bail, ensure};
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
    terminal::{foreground, steps::Steps},
    workspace::Workspace,
};

/// Runs the command. An interrupt stops it and everything that it started.
pub async fn execute(cli: Cli) -> Result<()> {
    let steps = if cli.quiet { Steps::quiet() } else { Steps::on_standard_error() };
    // When one finishes, the other is dropped; dropping the work stops what it started.
    tokio::select! {
        // Boxed, because some commands are large.
        result = Box::pin(work(&cli.command, &steps)) => result,
        name = interrupt() => bail!("stopped by {}, with everything that this command had started", name?),
    }
}

/// Only commands that need a clone of Fermata look for one.
async fn work(command: &Command, steps: &Steps) -> Result<()> {
    let workspace = Workspace::find();
    match command {
        Command::Run(args) => run::execute(&workspace.await?, args, steps).await,
        Command::Up(args) => up::execute(&workspace.await?, args, steps).await,
        Command::Status(args) => status::execute(args, steps).await,
        Command::Dashboard(args) => dashboard::execute(args, steps).await,
        Command::Env { function } => env::execute(&workspace.await?, function.as_deref()).await,
        Command::Seed(args) => seed::execute(&workspace.await?, args.job).await,
        Command::Artist { id } => artist::execute(&workspace.await?, id).await,
        Command::Query(args) => query::execute(args, steps).await,
        Command::Export(args) => export::execute(args, steps).await,
        Command::DeadLetters(args) => dead_letters::execute(args, steps).await,
        Command::Redrive(args) => redrive::execute(args, steps).await,
        Command::Resume(args) => resume::execute(args, steps).await,
        Command::Forget(args) => forget::execute(args, steps).await,
        Command::Preflight(args) => preflight::execute(args, steps).await,
        Command::Cost(args) => cost::execute(args),
        Command::Package(args) => package::execute(&workspace.await?, args, steps).await,
        Command::Down => down::execute(&workspace.await?, steps).await,
        Command::Bench(args) => optimized::bench(&workspace.await?, args, steps).await,
        Command::Simulate(args) => optimized::execute(&workspace.await?, "simulation", args, steps).await,
        Command::Chaos(args) => chaos::execute(&workspace.await?, args, steps).await,
        Command::Fuzz(args) => fuzz::execute(&workspace.await?, args).await,
        Command::Mutants(args) => mutants::execute(&workspace.await?, args).await,
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
        () = ctrl_c() => "Ctrl-C",
        _ = terminate.recv() => "a termination request",
        _ = hang_up.recv() => "the terminal's hang-up",
    })
}

/// Waits for a Ctrl-C that is meant for this command, and not for the program that it shows.
async fn ctrl_c() {
    // Without a handler, the signal would end this process by itself.
    while tokio::signal::ctrl_c().await.is_ok() && foreground::is_given() {}
}

/// The stack options from the arguments.
async fn options(args: &StackArgs, lifetime: Lifetime, steps: &Steps) -> Result<Options> {
    let backend = match (&args.endpoint, args.backend) {
        (Some(url), _) => Backend::Endpoint(url.clone()),
        (None, BackendName::Ministack) => Backend::MiniStack,
        (None, BackendName::Localstack) => Backend::LocalStack,
        (None, BackendName::LocalstackDocker) => Backend::LocalStackInDocker,
    };
    let spotify = match elsewhere(args.spotify.as_deref(), args.send_credentials, Credentials::from_env)? {
        Some(choice) => choice,
        None => Choice::Fake(settings(args, fake_address(args, &backend).await?)?),
    };
    can_keep(&backend, &spotify)?;
    let limit = match spotify {
        Choice::Fake(_) => Some(args.rate.unwrap_or(DEFAULT_RATE)),
        // Only the operator knows the limit of another service.
        Choice::At(..) | Choice::Live(_) => args.rate,
    };
    Ok(Options {
        backend,
        spotify,
        rate: limit.filter(|_| !args.learn),
        concurrency: args.concurrency,
        parameters: parameters(args),
        before: None,
        lifetime,
        steps: steps.clone(),
    })
}

/// The Spotify that is not started here, if one is asked for. The operator's credentials go to the real one,
/// and to another only when the arguments say so.
fn elsewhere(
    spotify: Option<&str>,
    send_credentials: bool,
    credentials: impl Fn() -> Option<Credentials>,
) -> Result<Option<Choice>> {
    let needed = |option: &str| {
        credentials().with_context(|| {
            format!(
                "{option} needs the credentials of your Spotify app: set SPOTIFY_CLIENT_ID and \
                 SPOTIFY_CLIENT_SECRET and run the command again"
            )
        })
    };
    Ok(match spotify {
        None => None,
        Some("live") => Some(Choice::Live(needed("--spotify live")?)),
        Some(url) => {
            let credentials = if send_credentials { Some(needed("--send-credentials")?) } else { None };
            Some(Choice::At(url.to_owned(), credentials))
        }
    })
}

/// Whether the emulator can keep the credentials to itself. The container takes any signature, so every user
/// of this machine could read what is stored there.
fn can_keep(backend: &Backend, spotify: &Choice) -> Result<()> {
    let is_real = matches!(spotify, Choice::Live(_) | Choice::At(_, Some(_)));
    ensure!(
        !is_real || !matches!(backend, Backend::LocalStackInDocker),
        "LocalStack in a container lets every user of this machine read the credentials of your Spotify app; \
         use `--backend localstack`, or leave --backend out"
    );
    Ok(())
}

/// Template parameters that are options of this command.
fn parameters(args: &StackArgs) -> Parameters {
    let sources = args.sources.map(|sources| ("Sources".to_owned(), sources.to_string()));
    let strings = args.systematic.as_ref().map(|strings| ("Systematic".to_owned(), strings.to_string()));
    let playlists = args.playlists.clone().map(|playlists| ("Playlists".to_owned(), playlists));
    let genres = args.genre_playlists.clone().map(|playlists| ("GenrePlaylists".to_owned(), playlists));
    let indexes = ("SearchIndexes".to_owned(), args.search_indexes.to_string());
    let log = ("LogLevel".to_owned(), args.log.clone());
    sources.into_iter().chain(strings).chain(playlists).chain(genres).chain([indexes, log]).collect()
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// The Spotify that a command line asks for.
    fn asked(line: &str, credentials: impl Fn() -> Option<Credentials>) -> Result<Option<Choice>> {
        let args = args(line);
        elsewhere(args.spotify.as_deref(), args.send_credentials, credentials)
    }

    fn args(line: &str) -> StackArgs {
        match Cli::try_parse_from(line.split(' ')).unwrap().command {
            Command::Up(args) => args,
            other => panic!("{other:?}"),
        }
    }

    fn own() -> Credentials {
        Credentials { client_id: "own".to_owned(), client_secret: "hush".to_owned() }
    }

    #[test]
    fn own_credentials_go_elsewhere_only_when_that_is_asked_for() {
        let sent = |line: &str| match asked(line, || Some(own())).unwrap() {
            Some(Choice::At(_, sent)) => sent.map(|sent| sent.client_id),
            Some(Choice::Live(sent)) => Some(sent.client_id),
            Some(Choice::Fake(_)) | None => None,
        };
        assert_eq!(sent("fermata up"), None);
        assert_eq!(sent("fermata up --spotify https://example.com"), None);
        assert_eq!(sent("fermata up --spotify http://127.0.0.1:8080"), None);
        assert_eq!(
            sent("fermata up --spotify https://example.com --send-credentials").as_deref(),
            Some("own")
        );
        assert_eq!(sent("fermata up --spotify live").as_deref(), Some("own"));
    }

    #[test]
    fn own_credentials_are_not_stored_where_everybody_can_read_them() {
        for (choice, is_kept) in [
            (Choice::Live(own()), false),
            (Choice::At("https://example.com".to_owned(), Some(own())), false),
            (Choice::At("http://127.0.0.1:8080".to_owned(), None), true),
            (Choice::Fake(settings(&args("fermata up"), None).unwrap()), true),
        ] {
            let kept = can_keep(&Backend::LocalStackInDocker, &choice);
            assert_eq!(kept.is_ok(), is_kept, "{choice:?}: {kept:?}");
            for backend in [Backend::MiniStack, Backend::LocalStack] {
                assert!(can_keep(&backend, &choice).is_ok(), "{choice:?}");
            }
        }
    }

    #[test]
    fn credentials_that_are_to_be_sent_must_be_there() {
        for line in
            ["fermata up --spotify live", "fermata up --spotify https://example.com --send-credentials"]
        {
            let error = asked(line, || None).unwrap_err().to_string();
            assert!(error.contains("SPOTIFY_CLIENT_SECRET"), "{error}");
        }
    }
}
