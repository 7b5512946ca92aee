//! `cargo local fuzz`: runs the fuzz targets one after the other, built by the workspace's own compiler.

use std::{
    fs,
    io::{Write, stdout},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    cli::FuzzArgs,
    process::{builder, shown},
    supply,
    workspace::{Workspace, create_dir},
};

pub(super) async fn execute(workspace: &Workspace, args: &FuzzArgs) -> Result<()> {
    let known = targets(workspace)?;
    if let Some(unknown) = args.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no target {unknown:?}; the targets are {}", known.join(", "));
    }
    let program = supply::FUZZ.ensure(workspace).await?;
    let selected = if args.targets.is_empty() { &known } else { &args.targets };
    let mut broken = Vec::new();
    for target in selected {
        note!("\n== {target}, {} s", args.seconds);
        if let Err(error) = run(&program, workspace, target, args.seconds).await {
            note!("{error:#}");
            broken.push(target.as_str());
        }
    }
    ensure!(
        broken.is_empty(),
        "found input that breaks {}; it is in localstack/fuzz/artifacts. Fix the code that reads it, and keep the input in \
         localstack/fuzz/corpus",
        broken.join(", ")
    );
    writeln!(stdout(), "ran {} targets for {} s each and found nothing", selected.len(), args.seconds)?;
    Ok(())
}

/// The targets, which are named like the folders of kept inputs.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.localstack("fuzz/corpus");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    Ok(names)
}

/// Runs one target. New inputs go to a folder below `target/`, so that the kept ones stay few.
async fn run(program: &Path, workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let (folder, kept) = (workspace.localstack("fuzz"), workspace.localstack("fuzz/corpus").join(target));
    let discovered = workspace.home().join("fuzz/discovered").join(target);
    create_dir(&discovered)?;
    let mut command = builder(program);
    command
        .current_dir(workspace.root())
        // Optimised, but less than a release: it is built once per compiler and runs for minutes.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        // There is no unsafe code here, so a sanitizer would find nothing; overflow checks are on. Only
        // sanitizers need a nightly compiler.
        .args(["run", "--sanitizer", "none", "--features", "targets"])
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
