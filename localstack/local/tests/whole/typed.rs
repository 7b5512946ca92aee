//! The command as somebody types it: in a shell, on a stack of a name of its own.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use local::process::builder;
use tokio::process::Command;

/// Makes `cargo local` and `fermata` mean the program under test.
const PROGRAMS: &str = r#"
cargo() { if [ "$1" = local ]; then shift; "$FERMATA" "$@"; else command cargo "$@"; fi; }
fermata() { "$FERMATA" "$@"; }
"#;

/// The shell of a user who has a profile for AWS. What it runs is about the stack called `name`.
pub(crate) fn shell(name: &str, line: &str) -> Command {
    let mut shell = builder("bash");
    shell.args(["-c", &format!("{PROGRAMS}{line}")]).env("FERMATA", env!("CARGO_BIN_EXE_fermata"));
    shell.env("FERMATA_LOCAL_STACK", name).current_dir(root()).kill_on_drop(true);
    // As cargo would not have them for somebody who types.
    shell.env_remove("CARGO_BUILD_TARGET").envs([("AWS_PROFILE", "own"), ("AWS_SESSION_TOKEN", "own")]);
    shell
}

/// Runs a line in such a shell and returns its standard output and standard error.
pub(crate) async fn typed(name: &str, line: &str) -> Result<(String, String)> {
    let output = shell(name, line).output().await?;
    let text = |bytes| String::from_utf8(bytes).context("output that is not text");
    let (out, error) = (text(output.stdout)?, text(output.stderr)?);
    ensure!(output.status.success(), "{line}: {out}\n{error}");
    Ok((out, error))
}

/// The clone.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A document of the clone.
pub(crate) fn document(name: &str) -> Result<String> {
    std::fs::read_to_string(root().join(name)).with_context(|| format!("{name} cannot be read"))
}
