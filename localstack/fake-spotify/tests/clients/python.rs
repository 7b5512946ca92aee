//! spotipy and tekore.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::environment::{installed, run, sees_everything, session, source};
use crate::subjects::{about, limited, stand_in};

/// The interpreter that environments are made with: the one that `cargo local test` uses, or that on the
/// path.
fn interpreter() -> String {
    std::env::var("FERMATA_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The interpreter of the environment that has spotipy.
pub(crate) fn spotipy() -> PathBuf {
    environment("spotipy")
}

/// A command that runs the session of the client called `name` in its own virtual environment.
fn client(name: &str) -> Command {
    let mut command = Command::new(environment(name));
    command.arg(source(name).join("session.py"));
    command
}

/// The interpreter of the virtual environment of the client called `name`.
fn environment(name: &str) -> PathBuf {
    let requirements = source(name).join("requirements.txt");
    let version = run(Command::new(interpreter()).arg("--version"), "Python");
    let wanted = version + &std::fs::read_to_string(&requirements).expect("requirements");
    let folder = installed(name, &wanted, |folder| {
        run(Command::new(interpreter()).args(["-m", "venv"]).arg(folder), "Python's venv");
        let mut pip = Command::new(python_of(folder));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement"]);
        run(pip.arg(&requirements), "pip install");
    });
    python_of(&folder)
}

fn python_of(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn spotipy_sees_everything_that_an_app_may_ask_for() {
    let spotify = stand_in().await;
    let mut command = client("spotipy");
    command.env("PYTHONWARNINGS", "ignore");
    sees_everything(&spotify, command, "spotipy", &["episodes_as_tracks"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn spotipy_is_told_of_a_bad_token_and_waits_out_a_limit() {
    understands_refusals("spotipy").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tekore_sees_everything_that_an_app_may_ask_for() {
    let spotify = stand_in().await;
    // Of Spotify's rows too it refuses a user's file: its album has no type.
    let but = ["playlist_rows_as_tracks", "rows_of_a_user"];
    sees_everything(&spotify, client("tekore"), "tekore", &but).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tekore_is_told_of_a_bad_token_and_waits_out_a_limit() {
    understands_refusals("tekore").await;
}

async fn understands_refusals(name: &str) {
    let spotify = limited().await;
    let saw = session(client(name), "limits", about(&spotify), name).await;
    let artist = crate::subjects::expected(&spotify)["artist"].clone();
    assert_eq!(saw, json!({"bad_token": 401, "throttled": 429, "retry_after": true, "waited": artist}));
    assert_eq!(spotify.stats().requests_during_hold, 0, "{name} asked during a hold");
}
