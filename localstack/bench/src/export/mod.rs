//! How many rows the exporter takes through in a second of CPU, and in how much memory, beside pandas on the
//! same pages.
//!
//! Each side works in a process of its own, whose CPU time and peak of memory are what counts: an emulator or
//! a disk would bound everything that is measured by the clock.

mod ours;
mod pages;
mod songs;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::Args as Arguments;
use collect::snapshot::table::TableName;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{process, python};

/// More rows than this pandas is not asked to hold.
const MOST_FOR_PANDAS: u64 = 1_000_000;

/// Arguments of `export`.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// Rows of the recorded pages; several sizes are separated by commas
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = [100_000, 1_000_000])]
    rows: Vec<u64>,
    /// Record so many tracks with their memberships and playlists instead of artists, and derive the star
    /// schema from them too; pandas is left out
    #[arg(long)]
    tracks: bool,
    /// Leave pandas out
    #[arg(long)]
    alone: bool,
    /// End with the result as JSON on standard output: an object for each size
    #[arg(long)]
    json: bool,
    /// Export these pages in this process and say what it took
    #[arg(long, hide = true, value_name = "FOLDER", requires = "into")]
    pages: Option<PathBuf>,
    /// Where to
    #[arg(long, hide = true, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// What a process has said of itself.
#[derive(Debug, Deserialize, Serialize)]
struct Used {
    rows: u64,
    cpu_s: f64,
    peak_rss_mb: f64,
}

impl Used {
    #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
    fn rows_per_cpu_s(&self) -> f64 {
        self.rows as f64 / self.cpu_s
    }

    fn json(&self) -> serde_json::Value {
        json!({"rows_per_cpu_s": self.rows_per_cpu_s().round(), "peak_rss_mb": self.peak_rss_mb.round()})
    }
}

pub(super) fn execute(args: &Args) -> Result<()> {
    if let (Some(pages), Some(into)) = (&args.pages, &args.into) {
        return child(pages, into);
    }
    let alone = args.alone || args.tracks;
    let python = if alone { None } else { Some(python::environment("requirements.txt")?) };
    let mut results = Vec::new();
    for rows in &args.rows {
        let folder = scratch()?;
        let python = python.as_deref().filter(|_| *rows <= MOST_FOR_PANDAS);
        let measured = measure(*rows, args.tracks, &folder, python);
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        let (ours, theirs) = measured?;
        if !args.json {
            tell(&ours, theirs.as_ref())?;
        }
        results.push(json!({
            "rows": ours.rows,
            "fermata": ours.json(),
            "pandas": theirs.map(|theirs| theirs.json()),
        }));
    }
    if args.json {
        let result = if results.len() == 1 { results.remove(0) } else { results.into() };
        writeln!(std::io::stdout(), "{result}")?;
    }
    Ok(())
}

fn measure(rows: u64, tracks: bool, folder: &Path, python: Option<&Path>) -> Result<(Used, Option<Used>)> {
    let recorded = folder.join("pages");
    let rows = if tracks {
        songs::tracks(&recorded, rows)?
    } else {
        pages::artists(&recorded, rows)?;
        rows
    };
    let program = std::env::current_exe().context("this program cannot be found")?;
    let ours = used(
        Command::new(program)
            .arg("export")
            .arg("--pages")
            .arg(&recorded)
            .arg("--into")
            .arg(folder.join("out")),
    )?;
    ensure!(ours.rows == rows, "{} of {rows} rows were exported", ours.rows);
    let theirs = python.map(|python| {
        let script = include_str!("theirs.py");
        let pages = recorded.join(TableName::Artists.as_str());
        used(Command::new(python).args(["-c", script]).arg(pages).arg(folder.join("theirs.parquet")))
    });
    Ok((ours, theirs.transpose()?))
}

/// Runs a process that ends with what it has used.
fn used(command: &mut Command) -> Result<Used> {
    let output =
        command.output().with_context(|| format!("{} does not start", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("a measured process has not said what it used")
}

/// The measured process: exports, and says what that took.
fn child(pages: &Path, into: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let rows = runtime.block_on(ours::export(pages, into))?;
    let used = Used { rows, cpu_s: process::cpu_s("self")?, peak_rss_mb: process::peak_rss_mb("self")? };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&used)?)?;
    Ok(())
}

/// A fresh folder beside this program: `/tmp` may be memory.
fn scratch() -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program cannot be found")?;
    let folder = program.with_file_name(format!("bench-export-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

fn tell(ours: &Used, theirs: Option<&Used>) -> Result<()> {
    let line = |used: &Used| {
        format!("{:>9.0} rows per CPU second, {:>6.0} MB at most", used.rows_per_cpu_s(), used.peak_rss_mb)
    };
    let mut out = std::io::stdout();
    writeln!(out, "{} rows", ours.rows)?;
    writeln!(out, "  fermata  {}", line(ours))?;
    if let Some(theirs) = theirs {
        writeln!(out, "  pandas   {}", line(theirs))?;
        writeln!(out, "  ratio    {:>9.1}", ours.rows_per_cpu_s() / theirs.rows_per_cpu_s())?;
    }
    Ok(())
}
