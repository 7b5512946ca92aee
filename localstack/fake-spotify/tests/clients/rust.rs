//! rspotify.

use std::path::Path;
use std::process::Command;

use fake_spotify::FakeSpotify;
use serde_json::{Value, json};

use crate::environment::{installed, run, session, source};
use crate::subjects::{about, compare, expected, limited, stand_in};

const NAME: &str = "rspotify";

/// What rspotify cannot ask for.
const BUT: [&str; 5] = ["markets", "cover", "no_audiobook", "episodes_as_tracks", "genre_seeds"];

/// What the session consists of, beside its lock file.
const FILES: [&str; 2] = ["Cargo.toml", "src/main.rs"];

/// The session's `Cargo.lock`. Every package of it comes from where those of the clone come from.
fn lock() -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let own = std::fs::read_to_string(own).expect("the clone's lock file");
    let origin = own.lines().find(|line| line.starts_with("source = ")).expect("a package from elsewhere");
    let versions =
        std::fs::read_to_string(source(NAME).join("versions.lock")).expect("the session's versions");
    versions.replace("\nchecksum = ", &format!("\n{origin}\nchecksum = "))
}

/// A command that runs the session of rspotify, which is a crate in a workspace of its own. It is built from
/// a copy, so that nothing but the clone's own workspace is built in the clone.
fn client() -> Command {
    let texts = FILES.map(|file| std::fs::read_to_string(source(NAME).join(file)).expect("a file"));
    let lock = lock();
    let folder = installed(NAME, &(texts.concat() + &lock), |folder| {
        std::fs::create_dir(folder.join("src")).expect("a folder");
        std::fs::write(folder.join("Cargo.lock"), &lock).expect("written");
        for (file, text) in FILES.iter().zip(&texts) {
            std::fs::write(folder.join(file), text).expect("written");
        }
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--locked", "--quiet", "--manifest-path"]).arg(folder.join("Cargo.toml"));
        // Whoever tests for a named target means the workspace; this must be where it is looked for below.
        build.env_remove("CARGO_BUILD_TARGET");
        run(build.arg("--target-dir").arg(target(folder)), "cargo build");
    });
    Command::new(target(&folder).join("debug/rspotify-session"))
}

/// Beside the folder, so that a new version of the session does not begin with an empty one.
fn target(folder: &Path) -> std::path::PathBuf {
    folder.with_extension("target")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rspotify_sees_everything_that_an_app_may_ask_for() {
    let spotify = stand_in().await;
    let saw = session(client(), "everything", about(&spotify), NAME).await;
    compare(&saw, &as_it_can_tell(&spotify), &BUT);
}

/// The truth without what rspotify's models have no room for.
fn as_it_can_tell(spotify: &FakeSpotify) -> Value {
    let mut expected = expected(spotify);
    expected["several"].as_object_mut().expect("an object").remove("audiobooks");
    expected["show"].as_array_mut().expect("a list").truncate(1);
    // It tells a user's file from a track by its missing id alone.
    for rows in ["playlist_rows", "playlist_rows_as_tracks", "rows_of_a_user"] {
        let [tracks, episodes, files, nothing] =
            [0, 1, 2, 3].map(|kind| expected[rows][kind].as_u64().unwrap_or_default());
        expected[rows] = json!([tracks + files, episodes, 0, nothing]);
    }
    expected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rspotify_is_told_of_a_bad_token_and_of_a_limit() {
    let spotify = limited().await;
    let saw = session(client(), "limits", about(&spotify), NAME).await;
    let artist = expected(&spotify)["artist"].clone();
    assert_eq!(saw, json!({"bad_token": 401, "throttled": 429, "retry_after": true, "waited": artist}));
    assert_eq!(spotify.stats().requests_during_hold, 0);
}
