//! What a table has to fulfil before anybody may see it.
//!
//! Values are checked row by row while a range is merged; a row that breaks a rule goes to the quarantine
//! with the reason and is left out. The verdict on a table is given once, from what all ranges have counted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::export::Export;
use super::table::TableName;

/// A table is refused if more than this share of its rows is in quarantine.
pub const MOST_BAD: f64 = 0.01;

/// What was counted in a table, or in a range of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Rows in the snapshot.
    pub rows: u64,
    /// Rows in quarantine.
    pub bad: u64,
    /// Rows left out because they had expired.
    pub expired: u64,
    /// Rows left out because they were seen for the first time after the export had begun.
    pub later: u64,
    /// How often each expectation was broken, such as `popularity is not from 0 to 100`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub broken: BTreeMap<String, u64>,
    /// The newest value of the column that has to be fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// Differences to the snapshot before, where they are exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeCounts>,
}

/// Rows that differ from the snapshot before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    /// Rows that were not there.
    pub new: u64,
    /// Rows that differ in a compared column.
    pub changed: u64,
    /// Rows that are there no more.
    pub gone: u64,
}

impl Counts {
    /// Adds what another range has counted.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.bad += other.bad;
        self.expired += other.expired;
        self.later += other.later;
        for (rule, times) in &other.broken {
            *self.broken.entry(rule.clone()).or_default() += times;
        }
        self.newest = self.newest.max(other.newest);
        if let Some(other) = other.changes {
            let changes = self.changes.get_or_insert_default();
            changes.new += other.new;
            changes.changed += other.changed;
            changes.gone += other.gone;
        }
    }
}

/// One expectation of a table, and whether it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The table.
    pub table: TableName,
    /// What is expected, in words.
    pub expected: String,
    /// What was found, in words.
    pub found: String,
    /// Whether it is met.
    pub met: bool,
}

/// What the expectations say of a whole snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the snapshot may be published.
    pub accepted: bool,
    /// Every expectation.
    pub checks: Vec<Check>,
    /// What was counted, by table.
    pub counts: BTreeMap<TableName, Counts>,
}

impl Verdict {
    /// Judges an export all of whose parts are there.
    pub fn on(export: &Export) -> Self {
        let counts: BTreeMap<_, _> = export.tables.keys().map(|name| (*name, export.counts(*name))).collect();
        let checks: Vec<Check> = counts.iter().flat_map(|(name, of)| checks(export, *name, of)).collect();
        Self { accepted: checks.iter().all(|check| check.met), checks, counts }
    }

    /// The expectations that were not met, in a sentence.
    pub fn refusal(&self) -> String {
        let unmet = self.checks.iter().filter(|check| !check.met);
        let sentences: Vec<String> = unmet
            .map(|check| format!("{}: expected {}, found {}", check.table, check.expected, check.found))
            .collect();
        sentences.join("; ")
    }

    /// The verdict as a page of Markdown.
    pub fn markdown(&self, export: &Export) -> String {
        let verdict =
            if self.accepted { "accepted" } else { "refused: the snapshot before stays the latest" };
        let mut lines =
            vec![format!("# Snapshot {}\n\nNumber {}, {verdict}.\n", export.snapshot, export.sequence)];
        lines.push(
            "| table | rows | bad | expired | later | new | changed | gone |\n|---|---|---|---|---|---|---|---|"
                .to_owned(),
        );
        for (table, of) in &self.counts {
            let changes = of
                .changes
                .map_or("| |".to_owned(), |of| format!("{} | {} | {}", of.new, of.changed, of.gone));
            let Counts { rows, bad, expired, later, .. } = of;
            lines.push(format!("| {table} | {rows} | {bad} | {expired} | {later} | {changes} |"));
        }
        lines.push("\n| table | expected | found | |\n|---|---|---|---|".to_owned());
        for Check { table, expected, found, met } in &self.checks {
            let met = if *met { "ok" } else { "**not met**" };
            lines.push(format!("| {table} | {expected} | {found} | {met} |"));
        }
        for (table, of) in self.counts.iter().filter(|(_, of)| !of.broken.is_empty()) {
            lines.push(format!("\nIn quarantine of {table}:\n"));
            lines.extend(of.broken.iter().map(|(rule, times)| format!("- {times} rows: {rule}")));
        }
        lines.join("\n") + "\n"
    }
}

fn checks(export: &Export, name: TableName, counts: &Counts) -> Vec<Check> {
    let table = name.table();
    let mut checks = vec![few_bad(name, counts)];
    let before = export.parent.as_ref().and_then(|parent| parent.rows.get(&name).copied());
    // A run for tracks alone keeps no artist from expiring.
    let compares = table.least_share > 0.0 && !export.tracks_alone && !export.accept_fewer;
    if let Some(before) = before.filter(|_| compares) {
        checks.push(about_as_many(name, counts, before, table.least_share));
    }
    if let Some(column) = table.fresh.filter(|_| counts.rows > 0 && !export.tracks_alone) {
        let opened = export.run_opened_at;
        checks.push(Check {
            table: name,
            expected: format!("a {column} that is not before {opened}, when the run was opened"),
            found: counts.newest.map_or("none".to_owned(), |newest| newest.to_string()),
            met: counts.newest.is_some_and(|newest| newest >= opened),
        });
    }
    checks
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn few_bad(table: TableName, counts: &Counts) -> Check {
    let all = (counts.rows + counts.bad) as f64;
    Check {
        table,
        expected: format!("at most {} % of the rows in quarantine", MOST_BAD * 100.0),
        found: format!("{} of {all}", counts.bad),
        met: counts.bad as f64 <= all * MOST_BAD,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn about_as_many(table: TableName, counts: &Counts, before: u64, share: f64) -> Check {
    Check {
        table,
        expected: format!("at least {} % of the {before} rows of the snapshot before", share * 100.0),
        found: format!("{} rows", counts.rows),
        met: counts.rows as f64 >= before as f64 * share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Report, Run};
    use crate::snapshot::export::{Merged, Parent, Range, SnapshotId};
    use crate::snapshot::ledger::{Ledger, Wish};
    use crate::term::RunId;

    const OPENED: &str = "2026-11-23T03:00:00Z";

    fn merged(rows: u64, bad: u64, newest: &str) -> Export {
        let opened: Timestamp = OPENED.parse().unwrap();
        let run = Run::open(RunId::of_day(opened), opened).closed(Report::default(), opened);
        let parent = Parent {
            snapshot: SnapshotId::new("before").unwrap(),
            sequence: 7,
            manifest: String::new(),
            rows: [(TableName::Artists, 1000)].into(),
        };
        let mut ledger = Ledger { published: Some(parent), ..Ledger::default() };
        ledger.begin(&Wish { segments: [(TableName::Artists, 1)].into(), ..Wish::default() }, &run, opened);
        let mut export = ledger.active.unwrap();
        let counts = Counts { rows, bad, newest: newest.parse().ok(), ..Counts::default() };
        let merged = Some(Merged { files: vec![], counts });
        let range = Range { task: export.step.clone(), from: None, merged };
        export.tables.get_mut(&TableName::Artists).unwrap().ranges.push(range);
        export
    }

    #[test]
    fn a_snapshot_that_meets_its_expectations_is_accepted() {
        let verdict = Verdict::on(&merged(990, 10, OPENED));
        assert!(verdict.accepted && verdict.refusal().is_empty(), "{verdict:?}");
    }

    #[test]
    fn a_run_for_tracks_alone_need_not_have_seen_artists() {
        let export = merged(990, 0, "2026-11-23T02:59:59Z");
        assert!(!Verdict::on(&export).accepted);
        assert!(Verdict::on(&Export { tracks_alone: true, ..export }).accepted);
    }

    #[test]
    fn fewer_rows_are_accepted_where_that_is_wanted_or_follows_from_the_run() {
        let export = merged(499, 0, OPENED);
        assert!(!Verdict::on(&export).accepted);
        let mut without_parent = export.clone();
        without_parent.parent.as_mut().unwrap().rows.clear();
        for accepted in [
            Export { accept_fewer: true, ..export.clone() },
            Export { tracks_alone: true, ..export },
            without_parent,
        ] {
            assert!(Verdict::on(&accepted).accepted, "{accepted:?}");
        }
        let bad = Export { accept_fewer: true, ..merged(480, 20, OPENED) };
        assert!(!Verdict::on(&bad).accepted, "everything else is still expected");
    }

    #[test]
    fn each_expectation_that_is_not_met_refuses_the_snapshot_and_is_named() {
        for (export, word) in [
            (merged(989, 11, OPENED), "quarantine"),
            (merged(499, 0, OPENED), "50 % of the 1000 rows"),
            (merged(0, 0, OPENED), "0 rows"),
            (merged(990, 0, "2026-11-23T02:59:59Z"), "last_seen"),
        ] {
            let verdict = Verdict::on(&export);
            assert!(!verdict.accepted && verdict.refusal().contains(word), "{verdict:?} for {word}");
            assert!(verdict.markdown(&export).contains("**not met**"));
        }
    }

    #[test]
    fn a_table_is_as_fresh_as_its_freshest_range_whichever_is_counted_last() {
        let counts = |newest: &str| Counts { newest: newest.parse().ok(), ..Counts::default() };
        let (old, new, none) = (counts("2026-11-22T00:00:00Z"), counts(OPENED), counts(""));
        for ranges in [[&old, &new, &none], [&new, &none, &old], [&none, &old, &new]] {
            let mut all = Counts::default();
            for range in ranges {
                all.add(range);
            }
            assert_eq!(all.newest, new.newest);
        }
    }
}
