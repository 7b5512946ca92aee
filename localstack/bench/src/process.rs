//! What a process has used, from proc(5).

use std::fs;

use anyhow::{Context, Result};

/// Clock ticks per second in which Linux counts CPU time for programs; it has been 100 on every platform for
/// twenty years.
const TICKS: f64 = 100.0;

/// Seconds of CPU that a process has used, in user mode and in the kernel, in all its threads. `pid` may be
/// `self`.
pub(super) fn cpu_s(pid: &str) -> Result<f64> {
    cpu_of(&read(pid, "stat")?).with_context(|| format!("/proc/{pid}/stat is in an unknown form"))
}

/// The most memory that a process has had resident, in MB of 2^20 bytes. `pid` may be `self`.
pub(super) fn peak_rss_mb(pid: &str) -> Result<f64> {
    peak_of(&read(pid, "status")?).with_context(|| format!("/proc/{pid}/status has no VmHWM"))
}

fn read(pid: &str, file: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| format!("cannot read {path}, which only Linux has"))
}

/// `utime` and `stime` of a `stat` file.
fn cpu_of(stat: &str) -> Option<f64> {
    // The name of the program, in parentheses, may itself contain spaces and parentheses.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// `VmHWM` of a `status` file, which is in units of 1024 bytes.
fn peak_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_any_program_name() {
        for name in ["bootstrap", "two words", "a) R 1 (b"] {
            let stat = format!(
                "4711 ({name}) S 1 4711 4711 0 -1 4194560 900 0 3 0 151 49 7 8 20 0 1 0 1000 9 9 18446744073709551615"
            );
            assert_eq!(cpu_of(&stat), Some(2.0), "{name}");
        }
        assert_eq!(cpu_of("4711 (short) S 1"), None);
    }

    #[test]
    fn the_peak_of_memory_is_not_the_current_size() {
        let status = "Name:\tbootstrap\nVmPeak:\t  999999 kB\nVmHWM:\t   15360 kB\nVmRSS:\t   10240 kB\n";
        assert_eq!(peak_of(status), Some(15.0));
        assert_eq!(peak_of("Name:\tbootstrap\nVmRSS:\t 10240 kB\n"), None);
    }

    #[test]
    fn this_process_has_used_something() {
        assert!(cpu_s("self").is_ok());
        assert!(peak_rss_mb("self").is_ok_and(|peak| peak > 1.0));
    }
}
