//! Output that is not read to its end.

use std::io::pipe;
use std::process::{Command, Stdio};

#[test]
fn the_exporters_worlds_are_played_by_the_command() {
    let mut simulation = Command::new(env!("CARGO_BIN_EXE_simulation"));
    let output = simulation.args(["--exporter", "--seeds", "20", "--json"]).output().expect("it starts");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(output.status.success(), "{summary}");
    assert_eq!((&summary["seeds"], &summary["violations"]), (&20.into(), &serde_json::json!([])));
    assert!(summary["steps"].as_u64() > Some(20 * 300), "{summary}");
}

#[test]
fn a_simulation_ends_quietly_when_nobody_reads_its_output_any_more() {
    for arguments in ["--seed 1 --trace", "--seeds 1 --json"] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut simulation = Command::new(env!("CARGO_BIN_EXE_simulation"));
        let simulation = simulation.args(arguments.split(' ')).stdout(writer).stderr(Stdio::piped());
        let output = simulation.output().expect("the simulation starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !told.contains("panicked"),
            "{arguments}: {}, {told}",
            output.status
        );
    }
}
