//! `cargo local fuzz`: looks for input that breaks what reads it, one target after the other.

use std::{
    fs,
    io::{Write, stdout},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    cli::FuzzArgs,
    process::{builder, shown},
    workspace::{Workspace, create_dir},
};

/// What is needed beside the workspace's own compiler.
const NEEDS: &str = "looking for hostile input needs a nightly compiler and cargo-fuzz:\n  \
    rustup toolchain install nightly --profile minimal\n  \
    cargo install cargo-fuzz --locked\n\
    The inputs that are kept are replayed without them, by `cargo local test`";

pub(super) async fn execute(workspace: &Workspace, args: &FuzzArgs) -> Result<()> {
    let cargo_fuzz = builder("cargo").args(["+nightly", "fuzz", "--version"]).output().await;
    ensure!(cargo_fuzz.is_ok_and(|output| output.status.success()), NEEDS);
    let known = targets(workspace)?;
    if let Some(unknown) = args.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no target {unknown:?}; there are {}", known.join(", "));
    }
    let wanted = if args.targets.is_empty() { &known } else { &args.targets };
    let mut broken = Vec::new();
    for target in wanted {
        note!("\n== {target}, {} s", args.seconds);
        if let Err(error) = run(workspace, target, args.seconds).await {
            note!("{error:#}");
            broken.push(target.as_str());
        }
    }
    ensure!(
        broken.is_empty(),
        "found input that breaks {}; it lies in localstack/fuzz/artifacts. Correct what reads it, and keep the input in \
         localstack/fuzz/corpus",
        broken.join(", ")
    );
    writeln!(stdout(), "{} targets ran for {} s each and found nothing", wanted.len(), args.seconds)?;
    Ok(())
}

/// The targets, by their folders of kept inputs.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.localstack("fuzz/corpus");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// Runs one target. What it discovers goes to a folder below `target/`, so that the kept inputs stay few.
async fn run(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let (folder, kept) = (workspace.localstack("fuzz"), workspace.localstack("fuzz/corpus").join(target));
    let discovered = workspace.home().join("fuzz/discovered").join(target);
    create_dir(&discovered)?;
    let mut command = builder("cargo");
    command
        .current_dir(workspace.root())
        // Optimised, but not as long as for a release: this is built once for each compiler and run for minutes.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        // A caller's cargo would be of another compiler.
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        // Nothing here is unsafe, so that there is nothing for a sanitizer to find; overflows are checked.
        .args(["+nightly", "fuzz", "run", "--sanitizer", "none", "--features", "targets"])
        .arg("--fuzz-dir")
        .arg(&folder)
        .arg("--target-dir")
        .arg(workspace.home().join("fuzz/target"))
        .arg(target)
        .args([&discovered, &kept])
        .arg("--")
        .args([
            format!("-max_total_time={seconds}"),
            "-timeout=20".to_owned(),
            "-max_len=65536".to_owned(),
            "-print_final_stats=1".to_owned(),
            "-verbosity=0".to_owned(),
        ]);
    shown(&mut command, target).await
}
