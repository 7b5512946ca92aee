//! Runs: one pass over the catalogue, opened by the weekly schedule and closed when nothing is left to ask.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::capability::Operator;
use crate::certificate::{Certificate, root};
use crate::estimate::{Estimate, Sampled};
use crate::paging::PageLimits;
use crate::seeding::Seeding;
use crate::source::Source;
use crate::term::{Tally, TermKey, TermState};

/// The identity of a run: the day it was scheduled for (UTC), unless its opener named it otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A string that cannot name a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a run: 1 to 40 of a-z, A-Z, 0-9, `-`, `_` and `.`")]
pub struct InvalidRunId(String);

impl RunId {
    /// A run that its opener names.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidRunId> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=40).contains(&id.len()) && id.bytes().all(allowed) {
            Ok(Self(id))
        } else {
            Err(InvalidRunId(id.chars().take(60).collect()))
        }
    }

    /// The run of the day (UTC) that `scheduled` falls on: however often a schedule fires, a day has one run.
    pub fn of_day(scheduled: Timestamp) -> Self {
        Self(scheduled.to_zoned(TimeZone::UTC).date().to_string())
    }

    /// The id as it stands in tables, messages and logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(id: String) -> Result<Self, InvalidRunId> {
        Self::new(id)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

/// What a run may call itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Terms are left to ask.
    Running,
    /// Closed, and every term was answered to the end or covered by its follow-ups.
    Complete,
    /// Closed with open, failed or unasked terms; the report counts why.
    Partial,
}

/// A run, as the control table keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its identity.
    #[serde(rename = "run")]
    pub id: RunId,
    /// Whether it is open, and if not how it ended.
    pub state: RunState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Whether all roots are in the frontier.
    #[serde(default)]
    pub seeded: bool,
    /// Where putting what it begins with stands, until it is seeded.
    #[serde(default)]
    pub seeding: Seeding,
    /// The run before it, whose leaves it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<RunId>,
    /// Whether those leaves were made without `NOT`: where it works now, they are not all there is to ask.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_lack_not: bool,
    /// When nothing was ready or sent for the first time; forgotten when that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<Timestamp>,
    /// Why no more may be asked in this run, in a sentence for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// What it did; present once closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

impl Run {
    /// A run that opens now.
    pub fn open(id: RunId, now: Timestamp) -> Self {
        Self {
            id,
            state: RunState::Running,
            opened_at: now,
            seeded: false,
            seeding: Seeding::default(),
            earlier: None,
            leaves_lack_not: false,
            idle_since: None,
            stopped: None,
            closed_at: None,
            report: None,
        }
    }

    /// Whether it has found out that an operator works. Known once it is closed.
    pub fn found_to_work(&self, operator: Operator) -> bool {
        let found = self.report.as_ref().and_then(|report| report.operators.get(operator.name()));
        found == Some(&true)
    }

    /// Whether terms of it may still be asked.
    pub fn is_running(&self) -> bool {
        self.state == RunState::Running
    }

    /// The run closed with `report`: complete only if no term is open, failed or unasked and nothing stopped it.
    #[must_use]
    pub fn closed(self, report: Report, now: Timestamp) -> Self {
        let complete = report.is_complete() && self.stopped.is_none();
        let state = if complete { RunState::Complete } else { RunState::Partial };
        Self { state, closed_at: Some(now), report: Some(report), ..self }
    }
}

/// What a run did, counted from its terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Terms answered to the end.
    pub done: u64,
    /// Saturated terms that their follow-ups cover.
    pub split: u64,
    /// Saturated terms that may hide artists still.
    pub open: u64,
    /// Terms given up.
    pub failed: u64,
    /// Terms that were not asked to the end because the run was stopped.
    pub unasked: u64,
    /// Terms that were not asked because their source brought too little.
    pub left: u64,
    /// Requests answered or failed, refusals excluded.
    pub requests: u64,
    /// Rows of artists seen, repeats included.
    pub rows: u64,
    /// Artists that no run had seen before.
    pub artists_new: u64,
    /// Artists known from earlier runs that this run saw too, each once.
    pub artists_returned: u64,
    /// Rows of artists that this run had seen already, written again because something changed.
    pub artists_changed: u64,
    /// Known artists that were asked for once more because no question had shown them for long.
    pub artists_refreshed: u64,
    /// Why terms are open, failed or unasked, each reason with the number of terms.
    pub reasons: BTreeMap<String, u64>,
    /// The sample that the estimate rests on.
    pub sample: Sampled,
    /// How large the catalogue is, and how much of it was seen; nothing where no independent sample could be drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// What each source has cost and brought.
    pub sources: BTreeMap<Source, SourceReport>,
    /// How much of each root is closed, and how much is open and why.
    pub roots: Certificate,
    /// What the app may see of a search, as far as it was found out; nothing where it was never refused a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<PageLimits>,
    /// Which operators of a search were found to work, by name.
    pub operators: BTreeMap<String, bool>,
    /// What was found out of the endpoints, in words.
    pub endpoints: BTreeMap<String, String>,
}

/// What a run did for one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceReport {
    /// Terms answered, split, open or given up.
    pub terms: u64,
    /// Terms that were not asked.
    pub unasked: u64,
    /// Requests answered or failed, refusals excluded.
    pub requests: u64,
    /// Artists that its terms showed and no run had seen before.
    pub artists_new: u64,
}

/// Most reasons that a report tells apart: an answer that is different each time must not make the run's item too large.
const MOST_REASONS: usize = 100;

/// Where the others are counted.
pub const OTHER_REASONS: &str = "other reasons";

impl Report {
    /// Counts one term in.
    pub fn count(
        &mut self,
        key: &TermKey,
        source: Source,
        state: TermState,
        tally: Tally,
        reason: Option<&str>,
    ) {
        self.roots.entry(root(key)).or_default().count(state, tally, reason);
        let of = self.sources.entry(source).or_default();
        let terms = if state.is_finished() { &mut of.terms } else { &mut of.unasked };
        *terms = terms.saturating_add(1);
        of.requests = of.requests.saturating_add(tally.requests.into());
        of.artists_new = of.artists_new.saturating_add(tally.new.into());
        let count = match state {
            TermState::Ready | TermState::Sent => &mut self.unasked,
            TermState::Done => &mut self.done,
            TermState::Split => &mut self.split,
            TermState::Open => &mut self.open,
            TermState::Failed => &mut self.failed,
        };
        *count = count.saturating_add(1);
        for (sum, part) in [
            (&mut self.requests, tally.requests),
            (&mut self.rows, tally.rows),
            (&mut self.artists_new, tally.new),
            (&mut self.artists_returned, tally.returned),
            (&mut self.artists_changed, tally.changed),
        ] {
            *sum = sum.saturating_add(part.into());
        }
        if key.as_str().starts_with("refresh:") {
            self.artists_refreshed = self.artists_refreshed.saturating_add(tally.rows.into());
        }
        self.sample.add(u64::from(tally.sampled), u64::from(tally.recaptured));
        if let Some(reason) = reason {
            self.count_reason(reason, 1);
        }
    }

    /// Counts `terms` under `reason`, or under [`OTHER_REASONS`] where there are many reasons already.
    pub fn count_reason(&mut self, reason: &str, terms: u64) {
        let room = self.reasons.len() < MOST_REASONS || self.reasons.contains_key(reason);
        let reason = if room { reason } else { OTHER_REASONS };
        let count = self.reasons.entry(reason.to_owned()).or_default();
        *count = count.saturating_add(terms);
    }

    /// Terms of other sources than these are left unasked on purpose: those sources brought too little.
    pub fn leave_all_but(&mut self, live: impl IntoIterator<Item = Source>) {
        let live: BTreeSet<Source> = live.into_iter().collect();
        let others = self.sources.iter().filter(|(source, _)| !live.contains(source));
        self.left = others.fold(0, |sum, (_, of)| sum.saturating_add(of.unasked));
        self.unasked = self.unasked.saturating_sub(self.left);
    }

    /// Estimates the size of the catalogue from what was counted.
    pub fn estimate(&mut self) {
        // What an earlier run has captured is captured by this one only when it sees it too.
        let captured = self.artists_new.saturating_add(self.artists_returned);
        self.estimate = Estimate::of(captured, &self.sample);
    }

    /// Whether nothing is known to be missing.
    pub fn is_complete(&self) -> bool {
        self.open == 0 && self.failed == 0 && self.unasked == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_run() {
        let at = |time: &str| RunId::of_day(time.parse().unwrap());
        assert_eq!(at("2026-11-21T00:00:01Z"), at("2026-11-21T23:59:59Z"));
        assert_eq!(at("2026-11-21T23:59:59-02:00").as_str(), "2026-11-22");
    }

    #[test]
    fn a_run_name_that_would_not_fit_a_key_is_refused() {
        assert!(RunId::new("2026-11-21.b").is_ok());
        for bad in ["", "a#b", "tag der arbeit", &"x".repeat(41)] {
            assert!(RunId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_report_tells_a_hundred_reasons_apart_and_counts_the_others_together() {
        let key = TermKey::parse("search:a").unwrap();
        let mut report = Report::default();
        for number in 0..250 {
            report.count(
                &key,
                Source::Search,
                TermState::Failed,
                Tally::default(),
                Some(&format!("answer {number}")),
            );
        }
        report.count(&key, Source::Search, TermState::Failed, Tally::default(), Some("answer 7"));
        assert_eq!((report.reasons.len(), report.reasons["answer 7"]), (101, 2));
        assert_eq!(report.reasons[OTHER_REASONS], 150);
    }

    #[test]
    fn only_a_run_without_open_failed_or_unasked_terms_is_complete() {
        let now = Timestamp::UNIX_EPOCH;
        let close = |states: &[TermState], stopped: Option<&str>| {
            let mut report = Report::default();
            let key = TermKey::parse("search:a").unwrap();
            for state in states {
                report.count(&key, Source::Search, *state, Tally::default(), None);
            }
            let run = Run::open(RunId::of_day(now), now);
            Run { stopped: stopped.map(str::to_owned), ..run }.closed(report, now).state
        };
        assert_eq!(close(&[TermState::Done, TermState::Split], None), RunState::Complete);
        for state in [TermState::Open, TermState::Failed, TermState::Ready, TermState::Sent] {
            assert_eq!(close(&[TermState::Done, state], None), RunState::Partial);
        }
        assert_eq!(close(&[TermState::Done], Some("no Premium")), RunState::Partial);
    }
}
