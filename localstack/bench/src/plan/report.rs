//! The results.

use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::time::Duration;

use anyhow::{Context, Result};
use collect::run::Estimate;
use collect::web_api::PageLimits;
use serde::Serialize;

use super::meter::{Meter, Point};

/// All results; other programs read the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    artists: usize,
    page: u32,
    window: u32,
    strategies: BTreeMap<&'static str, Figures>,
    /// The run's estimate of the catalogue's size and of its own coverage.
    estimate: Option<Estimate>,
    wall_s: f64,
    peak_rss_mb: u64,
}

/// The results of one strategy.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) curve: Vec<Point>,
    pub(super) end: End,
    /// Requests without any row.
    empty_requests: u64,
    /// Rows with known artists.
    duplicate_rows: u64,
    /// The state of the closed run; none for the other strategies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
}

/// Where a strategy ends.
#[derive(Debug, Serialize)]
pub(super) struct End {
    #[serde(flatten)]
    pub(super) point: Point,
    /// Open terms; only a run has them.
    pub(super) open_terms: Option<u64>,
    /// Artists that match an open term and were not found.
    pub(super) hidden_artists: Option<u64>,
}

impl From<Meter> for Figures {
    fn from(meter: Meter) -> Self {
        Self {
            end: End { point: meter.now(), open_terms: None, hidden_artists: None },
            empty_requests: meter.empty,
            duplicate_rows: meter.rows - meter.count(),
            curve: meter.curve,
            state: None,
        }
    }
}

impl Report {
    pub(super) fn new(artists: usize, limits: PageLimits) -> Self {
        Self {
            artists,
            page: limits.page,
            window: limits.depth,
            strategies: BTreeMap::new(),
            estimate: None,
            wall_s: 0.0,
            peak_rss_mb: 0,
        }
    }

    pub(super) fn add(&mut self, name: &'static str, figures: Figures) {
        self.strategies.insert(name, figures);
    }

    pub(super) fn estimate(&mut self, estimate: Option<Estimate>) {
        self.estimate = estimate;
    }

    /// Records the time and memory that the measurement took.
    pub(super) fn finish(&mut self, wall: Duration) {
        self.wall_s = wall.as_secs_f64();
        self.peak_rss_mb = peak_rss_mb().unwrap_or_default();
    }

    pub(super) fn print_json(&self) -> Result<()> {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(self).context("cannot serialise the report")?)?;
        Ok(())
    }

    pub(super) fn print_text(&self) -> Result<()> {
        writeln!(stdout(), "{} artists, pages of {}, search depth {}", self.artists, self.page, self.window)?;
        writeln!(stdout(), "{:14} {:>9} {:>10} {:>8}", "", "coverage", "requests", "artists")?;
        writeln!(stdout(), "{:14} {:>9} {:>10} {:>8}", "", "", "", "/request")?;
        for (name, figures) in &self.strategies {
            for point in &figures.curve {
                print_point(name, "", point)?;
            }
            print_point(name, " end", &figures.end.point)?;
            writeln!(
                stdout(),
                "{name:14} {} empty requests, {} rows of known artists",
                figures.empty_requests,
                figures.duplicate_rows
            )?;
            if let (Some(open), Some(hidden)) = (figures.end.open_terms, figures.end.hidden_artists) {
                let state = figures.state.unwrap_or_default();
                writeln!(stdout(), "{name:14} {state}: {open} open terms, which hide {hidden} artists")?;
            }
        }
        if let Some(Estimate { size, low, high, coverage, .. }) = self.estimate {
            let high = high.map_or("no upper bound".to_owned(), |high| format!("{high:.0}"));
            let percent = coverage * 100.0;
            writeln!(stdout(), "estimated: {size:.0} artists, {low:.0} to {high}; {percent:.2}% seen")?;
        }
        writeln!(stdout(), "{:.1} s, {} MB at most", self.wall_s, self.peak_rss_mb)?;
        Ok(())
    }
}

fn print_point(name: &str, note: &str, point: &Point) -> Result<()> {
    let percent = point.coverage * 100.0;
    writeln!(
        stdout(),
        "{name:14} {percent:>8.2}% {:>10} {:>8.2}{note}",
        point.requests,
        point.artists_per_request
    )?;
    Ok(())
}

/// The peak memory of this process, if the system reports it.
fn peak_rss_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1_024)
}
