//! The program: its first line, its end by a signal, and its errors.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use fake_spotify::CONTROL_KEY;

#[test]
fn it_says_where_it_listens_and_ends_on_a_signal() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fake-spotify"))
        .args(["--artists", "100"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on http://127.0.0.1:").expect(&line);
    assert!(address.parse::<u16>().is_ok_and(|port| port > 0), "{line}");
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    assert!(child.wait().expect("an end").success());
}

/// The first two lines of the program with this key in its environment.
fn first_lines(key: Option<&str>) -> std::io::Result<(String, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fake-spotify"));
    command.args(["--artists", "100"]).env_remove(CONTROL_KEY).stdout(Stdio::piped());
    if let Some(key) = key {
        command.env(CONTROL_KEY, key);
    }
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or_else(|| std::io::Error::other("no output"))?);
    let mut first = String::new();
    lines.read_line(&mut first)?;
    let mut second = String::new();
    if key.is_none() {
        lines.read_line(&mut second)?;
    }
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    assert!(killed.success() && child.wait()?.success());
    lines.read_line(&mut second)?;
    Ok((first, second))
}

#[test]
fn it_prints_a_new_key_each_time_unless_it_is_given_one() {
    let key =
        |lines: (String, String)| lines.1.trim().strip_prefix("FAKE_SPOTIFY_CONTROL_KEY=").map(str::to_owned);
    let (one, other) = (key(first_lines(None).unwrap()), key(first_lines(None).unwrap()));
    assert!(one.as_ref().is_some_and(|key| key.len() == 32) && one != other, "{one:?} {other:?}");
    let given = first_lines(Some("a key of mine")).unwrap();
    assert_eq!(given.1, "", "it is no secret to whoever has set it");
}

#[test]
fn a_bad_catalogue_ends_with_file_line_and_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.csv");
    std::fs::write(&path, "id,name,followers,popularity,genres\nnonsense,A,1,1,\n").expect("written");
    let output =
        Command::new(env!("CARGO_BIN_EXE_fake-spotify")).arg("--catalogue").arg(&path).output().expect("ran");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(error.contains("bad.csv, line 2: \"nonsense\" is not a Spotify id"), "{error}");
}
