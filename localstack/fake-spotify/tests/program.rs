//! The program: its first line, its end by a signal, and its errors.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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
