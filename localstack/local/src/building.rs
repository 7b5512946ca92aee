//! Follows a running build by what cargo writes to standard error.
//!
//! Cargo normally shows its progress only on a terminal. Forced to show it, it writes lines such as
//! `Building [===>   ] 12/345: serde, tokio`, which become the count of a [`Step`]. Compiler errors and
//! warnings are kept; the names of compiled crates are not.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use crate::terminal::steps::Step;

/// What a line of cargo's output says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// How many crates are built.
    Count { done: u64, total: u64 },
    /// The current activity, without a count.
    Doing(String),
    /// A warning, an error or anything else worth showing.
    Worth(String),
    /// An empty line between messages.
    Nothing,
}

/// The first words of cargo's status lines.
const DOING: [&str; 10] = [
    "Adding",
    "Blocking",
    "Compiling",
    "Downloaded",
    "Downloading",
    "Finished",
    "Fresh",
    "Locking",
    "Running",
    "Updating",
];

impl Said {
    fn read(line: &str) -> Self {
        let line = line.trim_end().trim_start_matches("\u{1b}[K");
        let text = line.trim_start();
        if text.is_empty() {
            return Self::Nothing;
        }
        if let Some(progress) = text.strip_prefix("Building [") {
            return count(progress).unwrap_or_else(|| Self::Doing("Building".to_owned()));
        }
        match text.split(' ').next() {
            // Code quoted in a diagnostic may start with one of these words, but is indented differently.
            Some(word) if DOING.contains(&word) && !line.starts_with("      ") => {
                Self::Doing(text.to_owned())
            }
            _ => Self::Worth(line.to_owned()),
        }
    }
}

/// Parses the rest of a progress line, such as `===>   ] 12/345: serde`.
fn count(progress: &str) -> Option<Said> {
    let (_, counts) = progress.split_once("] ")?;
    let (done, total) = counts.split_once(':').map_or(counts, |(counts, _)| counts).split_once('/')?;
    Some(Said::Count { done: done.parse().ok()?, total: total.trim().parse().ok()? })
}

/// Runs a build to its end and shows its progress in `step`. `what` is a phrase such as "building the
/// functions".
///
/// # Errors
/// Fails if the build cannot start, or fails itself; the error contains the compiler's messages.
pub(crate) async fn follow(command: &mut Command, what: &str, step: &Step) -> Result<()> {
    let mut child = command
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "80")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{what}: cannot start {}", command.as_std().get_program().display()))?;
    let output = child.stderr.take().context("the build has no standard error")?;
    let worth = listen(output, step).await?;
    let status = child.wait().await?;
    if !status.success() {
        bail!("{what} failed ({status}):\n{}", worth.join("\n"));
    }
    if !worth.is_empty() {
        step.steps().say(&worth.join("\n"));
    }
    Ok(())
}

/// Shows each count in `step` and returns the lines worth showing.
async fn listen(mut output: impl AsyncRead + Unpin, step: &Step) -> Result<Vec<String>> {
    let (mut worth, mut line, mut chunk) = (Vec::new(), Vec::new(), [0; 4096]);
    loop {
        let read = output.read(&mut chunk).await.context("cannot read the build's output")?;
        for byte in &chunk[..read] {
            // A progress line ends with a carriage return, so that the next one overwrites it.
            if !matches!(byte, b'\r' | b'\n') {
                line.push(*byte);
                continue;
            }
            hear(Said::read(&String::from_utf8_lossy(&line)), step, &mut worth);
            line.clear();
        }
        if read == 0 {
            hear(Said::read(&String::from_utf8_lossy(&line)), step, &mut worth);
            while worth.last().is_some_and(String::is_empty) {
                worth.pop();
            }
            return Ok(worth);
        }
    }
}

fn hear(said: Said, step: &Step, worth: &mut Vec<String>) {
    match said {
        Said::Count { done, total } => step.counted(done, total, "crates"),
        Said::Doing(doing) => step.detail(&doing),
        Said::Worth(line) => worth.push(line),
        Said::Nothing if worth.is_empty() => {}
        Said::Nothing => worth.push(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::steps::Steps;

    #[test]
    fn a_progress_line_is_a_count_and_a_status_line_is_dropped() {
        let read = Said::read("    Building [=====>                  ] 12/345: serde, aws-sdk-dynamodb…   ");
        assert_eq!(read, Said::Count { done: 12, total: 345 });
        assert_eq!(Said::read("    Building [=====>     ] 3/9  "), Said::Count { done: 3, total: 9 });
        assert_eq!(
            Said::read("   Compiling serde v1.0.229"),
            Said::Doing("Compiling serde v1.0.229".to_owned())
        );
        let waiting = "    Blocking waiting for file lock on build directory";
        assert_eq!(Said::read(waiting), Said::Doing(waiting.trim().to_owned()));
    }

    #[tokio::test]
    async fn compiler_messages_keep_their_layout() {
        let output = "   Compiling api v0.1.0\n    Building [=> ] 1/2: api \rerror[E0308]: mismatched types\n \
                      --> functions/api/src/main.rs:3:5\n  |\n3 |     1\n\n    Building [=> ] 1/2: api \r";
        let step = Steps::quiet().begin("Building", "");
        let worth = listen(output.as_bytes(), &step).await.unwrap();
        let expected = "error[E0308]: mismatched types\n --> functions/api/src/main.rs:3:5\n  |\n3 |     1";
        assert_eq!(worth.join("\n"), expected);
    }

    #[tokio::test]
    async fn a_failed_build_gives_its_reason_or_the_missing_program() {
        let step = Steps::quiet().begin("Building", "");
        let mut command = Command::new("sh");
        command.args(["-c", "echo '   Compiling x' >&2; echo 'error: no such crate' >&2; exit 3"]);
        let error = follow(&mut command, "building the functions", &step).await.unwrap_err().to_string();
        assert!(
            error.contains("building the functions failed") && error.ends_with("error: no such crate"),
            "{error}"
        );
        let error =
            follow(&mut Command::new("/no/such/cargo"), "building", &step).await.unwrap_err().to_string();
        assert!(error.contains("cannot start /no/such/cargo"), "{error}");
    }
}
