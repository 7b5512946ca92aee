//! Where foreign clients are installed: a folder of its own for each, filled once.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fake_spotify::FakeSpotify;
use serde_json::Value;

/// The folder of the client called `name` here, among the tests.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// The folder in which the client called `name` is installed. `install` fills it when it is missing or when
/// `wanted`, which says all that the installation depends on, is not what it was.
pub(crate) fn installed(name: &str, wanted: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    fs::create_dir_all(folder.parent().expect("a parent")).expect("a folder");
    // Tests run at the same time, each in a process of its own.
    let lock = File::create(folder.with_extension("lock")).expect("a lock");
    lock.lock().expect("locked");
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    install(&folder);
    fs::write(stamp, wanted).expect("written");
    folder
}

/// Runs a command to its end, which must be good.
pub(crate) fn run(command: &mut Command, what: &str) -> String {
    output(command.stdin(Stdio::null()).output(), what)
}

/// Runs a session of a client: hands it what to ask for and reads what it saw.
pub(crate) async fn session(mut command: Command, mode: &str, about: Value, what: &str) -> Value {
    command.arg(mode).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn()?;
        child.stdin.take().expect("stdin").write_all(about.to_string().as_bytes())?;
        child.wait_with_output()
    });
    let text = output(ran.await.expect("no panic"), what);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what} printed no JSON ({error}): {text}"))
}

fn output(ran: std::io::Result<std::process::Output>, what: &str) -> String {
    let output = ran.unwrap_or_else(|error| panic!("{what} does not start: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} failed: {error}");
    String::from_utf8(output.stdout).expect("text")
}

/// Lets the client of `command` call everything, and compares what it saw with the world; `but` names what it
/// cannot see.
pub(crate) async fn sees_everything(spotify: &FakeSpotify, command: Command, what: &str, but: &[&str]) {
    let saw = session(command, "everything", crate::subjects::about(spotify), what).await;
    crate::subjects::compare(&saw, &crate::subjects::expected(spotify), but);
}
