//! The result, as JSON and as text.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

/// What was measured of one function.
pub(super) struct Measured {
    pub(super) zip_bytes: usize,
    pub(super) start: Duration,
    pub(super) peak_rss_mb: f64,
}

/// What one run has cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pages {
    pub(super) requests: u64,
    pub(super) cpu_s: f64,
    /// Time in invocations, with all waiting for answers.
    pub(super) busy: Duration,
    /// Of each request.
    pub(super) instructions: Option<f64>,
}

impl Pages {
    /// Milliseconds of CPU for each request.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    fn cpu_ms(&self) -> f64 {
        self.cpu_s * 1000.0 / self.requests as f64
    }

    /// Milliseconds from one request to the next.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    fn cycle_ms(&self) -> f64 {
        self.busy.as_secs_f64() * 1000.0 / self.requests as f64
    }
}

/// All that was measured.
pub(super) struct Outcome {
    pub(super) functions: BTreeMap<&'static str, Measured>,
    pub(super) rust: [Pages; 2],
    pub(super) python: Option<[Pages; 2]>,
}

impl Outcome {
    pub(super) fn json(&self) -> Value {
        let function = |measured: &Measured| {
            json!({
                "zip_bytes": measured.zip_bytes,
                "start_ms": rounded(measured.start.as_secs_f64() * 1000.0, 10.0),
                "peak_rss_mb": rounded(measured.peak_rss_mb, 10.0),
            })
        };
        let functions: serde_json::Map<_, _> =
            self.functions.iter().map(|(name, measured)| ((*name).to_owned(), function(measured))).collect();
        let rust = |pages: &Pages| {
            json!({
                "cpu_ms": rounded(pages.cpu_ms(), 100.0),
                "cycle_ms": rounded(pages.cycle_ms(), 100.0),
                "instructions": pages.instructions.map(f64::round),
            })
        };
        let [first, rerun] = &self.rust;
        let rust = json!({"first": rust(first), "rerun": rust(rerun)});
        let python = self.python.as_ref().map(|[first, rerun]| {
            let pages = |pages: &Pages| {
                json!({"cpu_ms": rounded(pages.cpu_ms(), 100.0), "cycle_ms": rounded(pages.cycle_ms(), 100.0)})
            };
            json!({"first": pages(first), "rerun": pages(rerun)})
        });
        json!({"functions": functions, "pages": {"rust": rust, "python": python}})
    }

    pub(super) fn tell(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{:<10} {:>8} {:>10} {:>10}", "function", "zip MB", "start ms", "peak MB")?;
        for (name, measured) in &self.functions {
            writeln!(
                out,
                "{name:<10} {:>8.2} {:>10.1} {:>10.1}",
                megabytes(measured.zip_bytes),
                measured.start.as_secs_f64() * 1000.0,
                measured.peak_rss_mb
            )?;
        }
        writeln!(
            out,
            "\n{:<10} {:>9} {:>15} {:>10} {:>16}",
            "fetcher", "requests", "CPU ms/request", "cycle ms", "instructions"
        )?;
        for (index, run) in super::measure::RUNS.into_iter().enumerate() {
            let ours = &self.rust[index];
            let instructions = ours.instructions.map_or_else(
                || "no valgrind".to_owned(),
                |instructions| format!("{:.2} million", instructions / 1e6),
            );
            writeln!(
                out,
                "{run:<10} {:>9} {:>15.2} {:>10.2} {instructions:>16}",
                ours.requests,
                ours.cpu_ms(),
                ours.cycle_ms()
            )?;
            if let Some(python) = &self.python {
                let theirs = &python[index];
                let ratio = theirs.cpu_ms() / ours.cpu_ms();
                writeln!(
                    out,
                    "{:<10} {:>9} {:>15.2} {:>10.2} {ratio:>10.1} times",
                    "  Python",
                    theirs.requests,
                    theirs.cpu_ms(),
                    theirs.cycle_ms()
                )?;
            }
        }
        Ok(())
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

#[expect(clippy::cast_precision_loss, reason = "sizes of programs are far below 2^52")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(instructions: Option<f64>, python: bool) -> Outcome {
        let busy = Duration::from_secs(2);
        let pages = |cpu_s| Pages { requests: 400, cpu_s, busy, instructions };
        let fetcher =
            Measured { zip_bytes: 4_900_000, start: Duration::from_micros(8_340), peak_rss_mb: 15.04 };
        Outcome {
            functions: [("fetcher", fetcher)].into(),
            rust: [pages(0.4), pages(0.6)],
            python: python.then(|| [pages(10.0), pages(15.0)]),
        }
    }

    #[test]
    fn the_json_has_milliseconds_for_each_request() {
        let expected = json!({
            "functions": {"fetcher": {"zip_bytes": 4_900_000, "start_ms": 8.3, "peak_rss_mb": 15.0}},
            "pages": {
                "rust": {
                    "first": {"cpu_ms": 1.0, "cycle_ms": 5.0, "instructions": 3_000_000.0},
                    "rerun": {"cpu_ms": 1.5, "cycle_ms": 5.0, "instructions": 3_000_000.0},
                },
                "python": {"first": {"cpu_ms": 25.0, "cycle_ms": 5.0}, "rerun": {"cpu_ms": 37.5, "cycle_ms": 5.0}},
            },
        });
        assert_eq!(outcome(Some(3e6), true).json(), expected);
    }

    #[test]
    fn what_was_not_measured_is_null_and_said() {
        let outcome = outcome(None, false);
        let json = outcome.json();
        assert_eq!(json["pages"]["python"], Value::Null);
        assert_eq!(json["pages"]["rust"]["first"]["instructions"], Value::Null);
        let mut text = Vec::new();
        outcome.tell(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("no valgrind") && !text.contains("Python"), "{text}");
    }
}
