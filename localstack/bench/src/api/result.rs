//! The result, as JSON and as text.

use std::io::Write;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::measure::{Measured, ROUTES};

/// All that was measured, in the order of the routes.
pub(super) struct Outcome {
    pub(super) ours: [Measured; 2],
    pub(super) theirs: Option<[Measured; 2]>,
}

impl Measured {
    fn json(&self) -> Value {
        json!({
            "cpu_ms": rounded(self.cpu),
            "p99_ms": rounded(self.p99),
            "cold_start_ms": rounded(self.cold_start),
        })
    }
}

impl Outcome {
    /// `{ROUTE: {fermata: {cpu_ms, p99_ms, cold_start_ms}, python: {...}}}`; without Python, its part is
    /// null.
    pub(super) fn json(&self) -> Value {
        let route = |(at, name): (usize, &&str)| {
            let theirs = self.theirs.as_ref().map(|theirs| theirs[at].json());
            ((*name).to_owned(), json!({"fermata": self.ours[at].json(), "python": theirs}))
        };
        Value::Object(ROUTES.iter().enumerate().map(route).collect::<Map<_, _>>())
    }

    pub(super) fn tell(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{:<24} {:>14} {:>8} {:>14}", "", "CPU ms/request", "p99 ms", "cold start ms")?;
        for (at, route) in ROUTES.iter().enumerate() {
            line(out, route, &self.ours[at])?;
            if let Some(theirs) = self.theirs.as_ref().map(|theirs| &theirs[at]) {
                line(out, "  Python", theirs)?;
                let ratio = |of: fn(&Measured) -> Duration| {
                    of(theirs).as_secs_f64() / of(&self.ours[at]).as_secs_f64()
                };
                writeln!(
                    out,
                    "{:<24} {:>14.1} {:>8.1} {:>14.1}",
                    "  times",
                    ratio(|of| of.cpu),
                    ratio(|of| of.p99),
                    ratio(|of| of.cold_start)
                )?;
            }
        }
        Ok(())
    }
}

fn line(out: &mut impl Write, name: &str, measured: &Measured) -> Result<()> {
    let [cpu, p99, cold_start] = [measured.cpu, measured.p99, measured.cold_start].map(milliseconds);
    writeln!(out, "{name:<24} {cpu:>14.2} {p99:>8.1} {cold_start:>14.1}")?;
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn rounded(time: Duration) -> f64 {
    (milliseconds(time) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(cpu: u64) -> Measured {
        Measured {
            cpu: Duration::from_micros(cpu),
            p99: Duration::from_micros(2_346),
            cold_start: Duration::from_millis(12),
        }
    }

    #[test]
    fn the_json_has_milliseconds_for_each_route_and_program() {
        let outcome = Outcome { ours: [measured(500), measured(1_000)], theirs: Some([measured(5_000); 2]) };
        let part = |cpu_ms: f64| json!({"cpu_ms": cpu_ms, "p99_ms": 2.35, "cold_start_ms": 12.0});
        let expected = json!({
            "GET /v1/artists/{id}": {"fermata": part(0.5), "python": part(5.0)},
            "GET /v1/artists?genre=": {"fermata": part(1.0), "python": part(5.0)},
        });
        assert_eq!(outcome.json(), expected);
        let mut text = Vec::new();
        outcome.tell(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.lines().any(|line| line.trim_start().starts_with("times") && line.contains("10.0")),
            "{text}"
        );
    }

    #[test]
    fn without_python_its_part_is_null() {
        let outcome = Outcome { ours: [measured(500); 2], theirs: None };
        assert_eq!(outcome.json()["GET /v1/artists/{id}"]["python"], Value::Null);
    }
}
