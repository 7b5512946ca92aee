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
    run(workspace, package, &["--release", "--package", package], args, steps).await
}

/// Runs the benchmarks. `fetch` and `api` only drive what they measure, and need a local stack: they are
/// built like this command, with which they share nearly everything. The others are optimised, and built
/// without a stack.
pub(super) async fn bench(workspace: &Workspace, args: &OptimizedArgs, steps: &Steps) -> Result<()> {
    let how: &[&str] = if is_optimized(&args.arguments) {
        &["--release", "--package", "bench", "--no-default-features"]
    } else {
        &["--target", "host-tuple", "--bin", "bench"]
    };
    run(workspace, "bench", how, args, steps).await
}

/// Whether the arguments run a benchmark in its own process. The list of all of them needs the build with
/// all.
fn is_optimized(arguments: &[String]) -> bool {
    let drives = |name: &str| ["fetch", "api", "help"].contains(&name);
    arguments.first().is_some_and(|name| !name.starts_with('-') && !drives(name))
}

async fn run(
    workspace: &Workspace,
    name: &str,
    how: &[&str],
    args: &OptimizedArgs,
    steps: &Steps,
) -> Result<()> {
    let mut command = builder(cargo());
    command.arg("run");
    if steps.are_quiet() {
        command.arg("--quiet");
    }
    command.arg("--manifest-path").arg(workspace.root().join("Cargo.toml")).args(how);
    command.arg("--").args(&args.arguments);
    let status = command.kill_on_drop(true).status().await.context("cannot start cargo")?;
    ensure!(status.success(), "{name} failed ({status}); the reason is above");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_benchmarks_that_compute_themselves_are_optimized() {
        let is_optimized =
            |line: &str| is_optimized(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert!(is_optimized("plan --artists 200") && is_optimized("export"));
        assert!(!is_optimized("fetch --json") && !is_optimized("api"));
        assert!(!is_optimized("--help") && !is_optimized(""));
    }
}
