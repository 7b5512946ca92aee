//! The stand-in as a program: prints `listening on http://127.0.0.1:PORT` and the key to its control paths,
//! unless it has that from the environment, and serves until it is stopped.

mod cli;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use fake_spotify::{CONTROL_KEY, Config, ControlKey, FakeSpotify};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let workers = arguments.workers.into();
    let outcome = arguments.config().and_then(|config| {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(serve(config))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("fake-spotify: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until SIGTERM or Ctrl-C.
async fn serve(config: Config) -> Result<(), String> {
    let control_key = ControlKey::from_env();
    let is_own_key = control_key.is_none();
    let config = Config { control_key, ..config };
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let spotify = tokio::select! {
        started = FakeSpotify::start(config) => started.map_err(|error| error.to_string())?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let mut out = std::io::stdout();
    let address = format!("listening on {}\n", spotify.base_url());
    let key = if is_own_key {
        format!("{CONTROL_KEY}={}\n", spotify.control_key().expose())
    } else {
        String::new()
    };
    let lines = address + &key;
    // Whoever started this may have stopped listening to it; that is no reason not to serve.
    drop(out.write_all(lines.as_bytes()).and_then(|()| out.flush()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    spotify.stop().await;
    Ok(())
}
