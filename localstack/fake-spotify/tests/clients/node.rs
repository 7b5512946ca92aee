//! Spotify's own SDK for TypeScript, under Node.js.

use std::process::Command;

use serde_json::json;

use crate::environment::{installed, run, sees_everything, session, source};
use crate::subjects::{about, limited, stand_in};

const NAME: &str = "web-api-ts-sdk";

/// The oldest Node.js that has `fetch`.
const OLDEST: u32 = 18;

/// A command that runs the SDK's session. `None`, after saying why, where there is no Node.js; on CI that is
/// a failure.
fn client() -> Option<Command> {
    let version = match node() {
        Ok(version) => version,
        Err(reason) if std::env::var_os("CI").is_some() => panic!("on CI this must not be skipped: {reason}"),
        Err(reason) => {
            eprintln!("SKIPPED: @spotify/web-api-ts-sdk was not tried: {reason}");
            return None;
        }
    };
    let files = ["package.json", "package-lock.json", "session.mjs"].map(|name| source(NAME).join(name));
    let texts = files.each_ref().map(|file| std::fs::read_to_string(file).expect("a file"));
    // The session is among them because it finds the SDK beside itself.
    let folder = installed(NAME, &(version + &texts.concat()), |folder| {
        for file in &files {
            std::fs::copy(file, folder.join(file.file_name().expect("a name"))).expect("copied");
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
        run(&mut npm, "npm ci");
    });
    let mut command = Command::new("node");
    command.arg(folder.join("session.mjs"));
    Some(command)
}

/// The version of Node.js, or why the SDK cannot be tried.
fn node() -> Result<String, String> {
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
        Ok::<_, String>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    version("npm")?;
    let found = version("node")?;
    let major = found.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major >= Some(OLDEST) {
        Ok(found)
    } else {
        Err(format!("Node.js {OLDEST} or newer is needed, not {found}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_typescript_sdk_sees_everything_that_an_app_may_ask_for() {
    let Some(command) = client() else { return };
    let spotify = stand_in().await;
    sees_everything(&spotify, command, "@spotify/web-api-ts-sdk", &["episodes_as_tracks"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_typescript_sdk_is_told_of_a_bad_token_and_of_a_limit() {
    let Some(command) = client() else { return };
    let spotify = limited().await;
    let saw = session(command, "limits", about(&spotify), "@spotify/web-api-ts-sdk").await;
    let artist = crate::subjects::expected(&spotify)["artist"].clone();
    assert_eq!(saw, json!({"bad_token": 401, "throttled": 429, "retry_after": true, "waited": artist}));
    assert_eq!(spotify.stats().requests_during_hold, 0);
}
