//! Other programs: run one to its end, find the ones we started, and end whole groups of them.

use std::{ffi::OsStr, fs, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use tokio::{process::Command, time};

/// How long a group may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(3);

/// Variables that describe the package which cargo runs, beside those with a common beginning.
const PACKAGE: [&str; 6] = [
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
];

/// Runs a program to its end without showing its output, and gives what it wrote to standard output.
///
/// An error has `what` (a phrase such as "installing MiniStack") and the last lines that the program wrote.
pub async fn quiet(command: &mut Command, what: &str) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("{what}: {} does not start", program(command)))?;
    if !output.status.success() {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        bail!("{what} failed ({}):\n{}", output.status, last_lines(&text, 20));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program to its end with its output on our standard error, where progress belongs.
///
/// # Errors
/// When it does not start or ends with a failure; its own output says why.
pub async fn shown(command: &mut Command, what: &str) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .stderr(std::io::stderr())
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("{what}: {} does not start", program(command)))?;
    if !status.success() {
        bail!("{what} failed ({status}); the reason is above");
    }
    Ok(())
}

/// A program that builds: without the variables by which cargo describes this package to what it runs. Build
/// scripts watch some of them, so that a crate would be compiled again whenever the same build is asked for
/// from elsewhere.
pub fn builder(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_BIN_")
            || PACKAGE.contains(&text.as_ref())
        {
            command.env_remove(&name);
        }
    }
    command
}

fn program(command: &Command) -> String {
    command.as_std().get_program().to_string_lossy().into_owned()
}

/// The last `count` lines of a text.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// One running program, as the operating system lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its id.
    pub pid: i32,
    /// The id of its group, which is the id of the program that the group was made for.
    pub group: i32,
    /// Its command line, parts separated by spaces.
    pub command: String,
}

/// Lists what runs on this machine: from `/proc` where that exists, otherwise from `ps`.
pub async fn running() -> Result<Vec<Running>> {
    if Path::new("/proc/self/stat").exists() {
        let entries = fs::read_dir("/proc").context("cannot read /proc")?;
        return Ok(entries
            .flatten()
            .filter_map(|entry| from_proc(entry.file_name().to_str()?.parse().ok()?))
            .collect());
    }
    let listing =
        quiet(Command::new("ps").args(["-A", "-o", "pid=,pgid=,command="]), "listing programs").await?;
    Ok(listing.lines().filter_map(from_ps).collect())
}

/// Reads one process; `None` when it has just ended.
fn from_proc(pid: i32) -> Option<Running> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is a name in parentheses that may hold anything, so the fields are counted from its
    // end: state, parent, group.
    let group = stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()?;
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let command = String::from_utf8_lossy(&command).replace('\0', " ").trim().to_owned();
    Some(Running { pid, group, command })
}

fn from_ps(line: &str) -> Option<Running> {
    let (pid, rest) = line.trim().split_once(char::is_whitespace)?;
    let (group, command) = rest.trim().split_once(char::is_whitespace)?;
    Some(Running { pid: pid.parse().ok()?, group: group.parse().ok()?, command: command.trim().to_owned() })
}

/// Whether `pid` still is the program that was started with `mark` in its command line. Ids are used again,
/// so nothing is signalled before this was asked.
pub async fn is_ours(pid: u32, mark: &str) -> bool {
    let Ok(pid) = i32::try_from(pid) else { return false };
    running()
        .await
        .is_ok_and(|list| list.iter().any(|program| program.pid == pid && program.command.contains(mark)))
}

/// Kills one program at once, as a crash would.
pub fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        // Gone already is what was wanted.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Asks one program to end.
pub fn terminate(pid: u32) {
    if let Some(pid) = group_of(pid) {
        // Gone already is what was wanted.
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Asks a group to end, waits a little, and kills what is left.
pub async fn end_group(leader: u32) {
    let Some(group) = group_of(leader) else { return };
    if kill_process_group(group, Signal::TERM).is_err() {
        return;
    }
    let deadline = time::Instant::now() + GRACE;
    while time::Instant::now() < deadline {
        if test_kill_process_group(group).is_err() {
            return;
        }
        time::sleep(Duration::from_millis(50)).await;
    }
    kill_group(leader);
}

/// Kills a group at once; for the places that cannot wait.
pub fn kill_group(leader: u32) {
    if let Some(group) = group_of(leader) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn group_of(leader: u32) -> Option<Pid> {
    // The ids 0 and 1 would mean our own group and everybody.
    i32::try_from(leader).ok().filter(|id| *id > 1).and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_short_text_is_the_whole_text() {
        assert_eq!(last_lines("one\ntwo\n", 20), "one\ntwo");
        assert_eq!(last_lines("one\ntwo\nthree\n", 2), "two\nthree");
        assert_eq!(last_lines("", 2), "");
    }

    #[test]
    fn a_line_of_ps_gives_id_group_and_command() {
        let expected = Running { pid: 12, group: 7, command: "python -c x".to_owned() };
        assert_eq!(from_ps("   12     7 python -c x"), Some(expected));
        assert_eq!(from_ps("nonsense"), None);
    }

    #[tokio::test]
    async fn a_group_ends_with_every_program_in_it() {
        let mut shell =
            Command::new("sh").args(["-c", "sleep 321 & sleep 321"]).process_group(0).spawn().unwrap();
        let leader = shell.id().unwrap();
        let members = || async {
            let list = running().await.unwrap();
            list.into_iter()
                .filter(|p| p.group == i32::try_from(leader).unwrap() && p.command.contains("sleep 321"))
                .count()
        };
        while members().await < 3 {
            time::sleep(Duration::from_millis(10)).await;
        }
        assert!(is_ours(leader, "sleep 321").await);
        assert!(!is_ours(leader, "something else").await);
        tokio::join!(end_group(leader), shell.wait()).1.unwrap();
        while members().await > 0 {
            time::sleep(Duration::from_millis(10)).await;
        }
    }
}
