//! Programs of the workspace that are only worth running optimised: built in the release profile, then run.

use anyhow::{Context, Result, ensure};

use crate::{
    cli::OptimizedArgs,
    process::builder,
    terminal::steps::Steps,
    workspace::{Workspace, cargo},
};

/// Runs the binary of `package` with the arguments as they are. Its paths are relative to where the command was given.
pub(super) async fn execute(
    workspace: &Workspace,
    package: &str,
    args: &OptimizedArgs,
    steps: &Steps,
) -> Result<()> {
    let mut command = builder(cargo());
    command.arg("run");
    if steps.are_quiet() {
        command.arg("--quiet");
    }
    command
        .args(["--release", "--manifest-path"])
        .arg(workspace.root().join("Cargo.toml"))
        .args(["--package", package, "--"])
        .args(&args.arguments);
    let status = command.kill_on_drop(true).status().await.context("cargo does not start")?;
    ensure!(status.success(), "{package} failed ({status}); the reason is above");
    Ok(())
}
