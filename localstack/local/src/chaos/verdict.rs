//! The verdict, for people and for programs.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Done, Exported, Plan};
use crate::{
    compare::Difference,
    report::Report,
    terminal::words::{counted, number, or_none, time},
};

/// The comparison of a disturbed run with an undisturbed one.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What was requested.
    pub plan: Plan,
    /// Number of artists and final state of the undisturbed run.
    pub expected: (usize, String),
    /// What the disturbances did.
    pub done: Done,
    /// The disturbed run.
    pub report: Report,
    /// How the artist tables differ.
    pub difference: Difference,
    /// What became of the export.
    pub exported: Exported,
    /// Time for both runs and all waits.
    pub elapsed: Duration,
}

impl Verdict {
    /// Whether every promise was kept: the same artists, the same run state, nothing given up, and one
    /// snapshot with every artist.
    pub fn is_good(&self) -> bool {
        self.difference.is_empty()
            && self.report.state == self.expected.1
            && self.report.dead_letters == 0
            && self.report.terms.failed == 0
            && self.exported.snapshots == 1
            && self.exported.artists == self.report.artists
    }

    /// The verdict as one JSON object.
    pub fn json(&self) -> Value {
        let Self { plan, expected, done, report, difference, exported, .. } = self;
        json!({
            "good": self.is_good(),
            "seed": plan.seed,
            "disturbances": done.disturbances,
            "functions_killed": done.functions_killed,
            "emulator_restarts": done.emulator_restarts,
            "messages_repeated": done.messages_repeated,
            "failed_ticks": done.failed_ticks,
            "requests_by_status": report.requests_by_status,
            "artists": {"expected": expected.0, "collected": report.artists},
            "missing": difference.missing.len(),
            "extra": difference.extra.len(),
            "changed": difference.changed.len(),
            "examples": self.examples(),
            "state": {"expected": expected.1, "found": report.state},
            "failed_terms": report.terms.failed,
            "dead_letters": report.dead_letters,
            "export": {
                "processes_killed": exported.killed,
                "artists": exported.artists,
                "snapshots": exported.snapshots,
            },
            "elapsed_s": self.elapsed.as_secs(),
        })
    }

    /// Some of the artists that differ.
    fn examples(&self) -> Vec<&String> {
        let Difference { missing, extra, changed } = &self.difference;
        [missing, extra, changed].into_iter().flat_map(|ids| ids.iter().take(5)).collect()
    }

    /// The verdict as lines of text.
    pub fn text(&self) -> String {
        let Self { plan, done, report, difference, exported, .. } = self;
        let statuses = report.requests_by_status.iter().flatten();
        let statuses: Vec<String> =
            statuses.map(|(status, count)| format!("{} with status {status}", number(*count))).collect();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let mut lines = vec![
            format!(
                "Seed {}: {}; {} killed, {} of the emulator, {} sent again.",
                plan.seed,
                counted(count(done.disturbances), "disturbance"),
                counted(count(done.functions_killed), "process"),
                counted(count(done.emulator_restarts), "restart"),
                counted(count(done.messages_repeated), "message")
            ),
            format!("Answers: {}.", statuses.join(", ")),
            format!("Run: {}; undisturbed: {}.", report.state, self.expected.1),
            format!("Artists: {}; undisturbed: {}.", number(report.artists), number(count(self.expected.0))),
        ];
        for (what, ids) in
            [("Missing", &difference.missing), ("Extra", &difference.extra), ("Changed", &difference.changed)]
        {
            if !ids.is_empty() {
                lines.push(format!("{what}: {}.", number(count(ids.len()))));
            }
        }
        lines.extend(self.examples().iter().map(|example| format!("  {example}")));
        lines.push(format!(
            "Failed terms: {}. Dead letters: {}.",
            or_none(report.terms.failed),
            or_none(report.dead_letters)
        ));
        lines.push(format!(
            "Export: {} killed; {} with {}.",
            counted(count(exported.killed), "process"),
            counted(count(exported.snapshots), "snapshot"),
            counted(exported.artists, "artist")
        ));
        lines.push(format!("Elapsed: {}.", time(self.elapsed)));
        let verdict = if self.is_good() {
            "The artist tables are equal, and the snapshot is whole."
        } else {
            "A PROMISE IS BROKEN."
        };
        lines.push(verdict.to_owned());
        lines.join("\n")
    }
}
