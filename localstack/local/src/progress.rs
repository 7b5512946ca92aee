//! The line that shows how far a run is.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

/// What the line shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Terms that are finished in any way.
    pub done: u64,
    /// Terms that wait.
    pub ready: u64,
    /// Terms in the window.
    pub sent: u64,
    /// Artists in the table.
    pub artists: u64,
    /// Requests since the beginning and how many were refused; `None` where nobody counts.
    pub requests: Option<(u64, u64)>,
    /// Seconds until the hold is over; zero without one.
    pub hold_s: u64,
    /// Ticks that failed, since the beginning.
    pub failed_ticks: u64,
}

/// Writes the line on standard error: over the last one on a terminal, every few seconds otherwise.
#[derive(Debug)]
pub struct Progress {
    terminal: bool,
    shown: Option<Instant>,
    rate: Rate,
}

impl Progress {
    /// A line that has not been shown yet.
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), shown: None, rate: Rate::default() }
    }

    /// Shows the line, unless it was shown just now and nobody watches.
    pub fn show(&mut self, snapshot: &Snapshot) {
        let now = Instant::now();
        let requests = snapshot.requests.map(|(requests, _)| requests);
        let rate = requests.map(|requests| self.rate.at(now, requests));
        let pause = if self.terminal { Duration::ZERO } else { Duration::from_secs(5) };
        if self.shown.is_some_and(|shown| now - shown < pause) {
            return;
        }
        self.shown = Some(now);
        let line = line(snapshot, rate);
        if self.terminal {
            let mut terminal = std::io::stderr();
            // A line that cannot be shown is no reason to stop.
            let _ = write!(terminal, "\r\x1b[2K{line}").and_then(|()| terminal.flush());
        } else {
            note!("{line}");
        }
    }

    /// Leaves the line, so that something else can be written.
    pub fn end(&mut self) {
        if self.terminal && self.shown.take().is_some() {
            note!();
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

fn line(snapshot: &Snapshot, rate: Option<f64>) -> String {
    let Snapshot { done, ready, sent, artists, requests, hold_s, failed_ticks } = snapshot;
    let mut parts =
        vec![format!("terms {done} done, {ready} ready, {sent} sent"), format!("{artists} artists")];
    if let Some((requests, refused)) = requests {
        parts.push(format!("{requests} requests, {:.0}/s, {refused} refused", rate.unwrap_or(0.0)));
    }
    if *hold_s > 0 {
        parts.push(format!("held for {hold_s} s"));
    }
    if *failed_ticks > 0 {
        parts.push(format!("{failed_ticks} ticks failed"));
    }
    parts.join(" | ")
}

/// Requests a second over the last few seconds.
#[derive(Debug, Default)]
struct Rate {
    /// The oldest count still looked at first.
    counts: Vec<(Instant, u64)>,
}

impl Rate {
    const OVER: Duration = Duration::from_secs(10);

    fn at(&mut self, now: Instant, requests: u64) -> f64 {
        self.counts.retain(|(then, _)| now - *then <= Self::OVER);
        self.counts.push((now, requests));
        let (then, earlier) = self.counts[0];
        let seconds = (now - then).as_secs_f64();
        let since = u32::try_from(requests.saturating_sub(earlier)).unwrap_or(u32::MAX);
        if seconds > 0.0 { f64::from(since) / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_the_last_seconds_only() {
        let mut rate = Rate::default();
        let start = Instant::now();
        assert!(rate.at(start, 0).abs() < 1e-9);
        assert!((rate.at(start + Duration::from_secs(10), 100) - 10.0).abs() < 1e-9);
        assert!((rate.at(start + Duration::from_secs(20), 150) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn the_line_leaves_out_what_nobody_knows() {
        let mut snapshot = Snapshot { done: 3, ready: 2, sent: 1, artists: 40, ..Snapshot::default() };
        assert_eq!(line(&snapshot, None), "terms 3 done, 2 ready, 1 sent | 40 artists");
        snapshot.requests = Some((9, 1));
        snapshot.hold_s = 7;
        let expected =
            "terms 3 done, 2 ready, 1 sent | 40 artists | 9 requests, 2/s, 1 refused | held for 7 s";
        assert_eq!(line(&snapshot, Some(2.0)), expected);
    }
}
