//! What a stack is started with: its folder, the functions, the emulator, Spotify and the parameters.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Result;

use super::Options;
use crate::{
    deploy::Parameters,
    emulator::{Backend, Emulator, Target},
    functions::{self, Version, architecture},
    previous, process,
    python::{Environment, Requirements},
    spotify::{Choice, Spotify},
    template::Template,
    workspace::{Workspace, create_dir, create_private_dir},
};

/// The environment with cargo-lambda and the emulator. The first time, the functions are compiled while it is
/// filled, which is mostly waiting for downloads.
pub(super) async fn environment(workspace: &Workspace, options: &Options) -> Result<Environment> {
    let step = options.steps.begin("Preparing Python's packages", "about half a minute the first time");
    let is_first = !Environment::is_filled(workspace, Requirements::Run)?;
    let filled = async {
        let environment = Environment::ensure(workspace, Requirements::Run).await?;
        step.done("Prepared Python's packages");
        Ok(environment)
    };
    if !is_first || options.backend.target() != Target::ThisMachine {
        return filled.await;
    }
    let compiling = options.steps.begin("Compiling the functions", "about two minutes");
    let compiled = async {
        functions::compile_ahead(workspace, &compiling).await?;
        compiling.done("Compiled the functions");
        Ok(())
    };
    Ok(tokio::try_join!(filled, compiled)?.0)
}

/// The functions and their template.
pub(super) async fn build(
    workspace: &Workspace,
    environment: &Environment,
    options: &Options,
) -> Result<Version> {
    let step = options.steps.begin("Building the functions", "about a minute the first time");
    let mut packages = functions::build(workspace, environment, options.backend.target(), &step).await?;
    let template = match &options.before {
        None => Template::read(&workspace.template())?,
        Some(commit) => {
            let before = previous::build(workspace, environment, commit, &step).await?;
            packages.retain(|package| before.packages.iter().all(|other| other.name != package.name));
            packages.extend(before.packages);
            before.template
        }
    };
    step.done("Built the functions");
    Ok(Version { template, packages })
}

/// The emulator, started.
pub(super) async fn emulator(workspace: &Workspace, folder: &Path, options: &Options) -> Result<Emulator> {
    let step = options.steps.begin("Starting the emulator", "a few seconds");
    let emulator = Emulator::start(&options.backend, workspace, folder, options.lifetime).await?;
    step.done("Started the emulator");
    Ok(emulator)
}

/// The Spotify that the functions ask, started if it is a stand-in.
pub(super) async fn spotify(folder: &Path, options: &Options) -> Result<Spotify> {
    let (begins, usual, done) = match options.spotify {
        Choice::Fake(_) => {
            ("Starting the Spotify stand-in", "a second for 100,000 artists", "Started the Spotify stand-in")
        }
        Choice::At(..) => ("Looking for Spotify", "a few seconds", "Found Spotify"),
        Choice::Live(_) => return Spotify::start(&options.spotify, folder, options.lifetime).await,
    };
    let step = options.steps.begin(begins, usual);
    let spotify = Spotify::start(&options.spotify, folder, options.lifetime).await?;
    step.done(done);
    Ok(spotify)
}

/// The template's parameters for a local stack.
pub(super) fn parameters(options: &Options, spotify: &Spotify) -> Parameters {
    let mut parameters = Parameters::from([
        ("Architecture".to_owned(), architecture().to_owned()),
        ("Concurrency".to_owned(), options.concurrency.to_string()),
        ("RatePer30s".to_owned(), options.rate.map(|rate| rate.to_string()).unwrap_or_default()),
        ("Emulator".to_owned(), "true".to_owned()),
        // The shortest there is: who kills a function to see what happens gets its terms back after two
        // minutes.
        ("FetcherTimeout".to_owned(), "20".to_owned()),
        // LocalStack's open releases have no Glue.
        ("SqlCatalogue".to_owned(), (options.backend == Backend::MiniStack).to_string()),
    ]);
    // The template takes an address without encryption for emulators only, as the base of both.
    match spotify.api_url.strip_suffix("/v1").filter(|url| url.starts_with("http://")) {
        Some(base) => _ = parameters.insert("LocalSpotifyUrl".to_owned(), base.to_owned()),
        None => parameters.extend([
            ("SpotifyApiUrl".to_owned(), spotify.api_url.clone()),
            ("SpotifyTokenUrl".to_owned(), spotify.token_url.clone()),
        ]),
    }
    parameters.extend(options.parameters.clone());
    parameters
}

/// A fresh folder for the files of one stack. Its name ends with the process that it is for.
pub(super) async fn new_folder(workspace: &Workspace) -> Result<PathBuf> {
    let stacks = workspace.home().join("stacks");
    create_dir(&stacks)?;
    remove_abandoned(&stacks).await?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let folder = stacks.join(format!("{now}-{}", std::process::id()));
    create_private_dir(&folder)?;
    Ok(folder)
}

/// Removes the folders of stacks that have ended without doing so, as after a failure whose log was to be
/// read.
async fn remove_abandoned(stacks: &Path) -> Result<()> {
    let running = process::running().await?;
    for folder in std::fs::read_dir(stacks)?.flatten().map(|entry| entry.path()) {
        let (path, name) = (folder.display().to_string(), folder.file_name().unwrap_or_default());
        let owner = name.to_str().and_then(|name| name.rsplit_once('-')?.1.parse::<i32>().ok());
        let is_used =
            running.iter().any(|program| Some(program.pid) == owner || program.command.contains(&path));
        if !is_used {
            // What cannot be removed now can be removed by the next.
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
    Ok(())
}
