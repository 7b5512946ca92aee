//! Output that is not read to its end.

use std::io::pipe;
use std::process::{Command, Stdio};

#[test]
fn a_measurement_ends_quietly_when_its_reader_closes_the_pipe() {
    for arguments in ["plan --alone --artists 200", "plan --alone --artists 200 --json"] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
        let bench = bench.args(arguments.split(' ')).stdout(writer).stderr(Stdio::piped());
        let output = bench.output().expect("the benchmark starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{arguments}: {}, {stderr}", output.status);
    }
}
