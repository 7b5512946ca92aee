//! Python environments of what is measured beside Fermata.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The Python of a virtual environment beside this program with the packages of `requirements`, a file of
/// this crate. Creates it if it is missing.
pub(super) fn environment(requirements: &str) -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program cannot be found")?;
    let name = requirements.trim_end_matches(".txt").replace("requirements", "venv-bench");
    let venv = program.with_file_name(name);
    let python = venv.join("bin").join("python");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements);
    let run = |command: &mut Command| -> Result<()> {
        let output = command.output().context("Python does not start; --alone measures without it")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    };
    if !python.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    let locked = ["--require-hashes", "--only-binary", ":all:", "--requirement"];
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(locked).arg(requirements))?;
    Ok(python)
}
