//! Output that is not read to its end.

use std::io::pipe;
use std::process::{Command, Stdio};

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
