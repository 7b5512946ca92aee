//! Workspace programs that need optimisation: builds them in the release profile and runs them.

use anyhow::{Context, Result, ensure};

use crate::{
    cli::OptimizedArgs,
    process::builder,
    terminal::steps::Steps,
    workspace::{Workspace, cargo},
};

/// Runs the binary of `package` with `arguments` unchanged. Relative paths refer to the current folder.
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
    let status = command.kill_on_drop(true).status().await.context("cannot start cargo")?;
    ensure!(status.success(), "{package} failed ({status}); the reason is above");
    Ok(())
}
