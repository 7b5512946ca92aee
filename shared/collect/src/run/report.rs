//! The report of a run, counted from its terms.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::certificate::{Certificate, root};
use super::estimate::{Estimate, Sampled};
use crate::term::{Purpose, Question, Source, TermKey, TermState, TermSummary};
use crate::web_api::PageLimits;

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
    /// Tracks that were not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub tracks_new: u64,
    /// Tracks that were asked for their audio features and answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub tracks_described: u64,
    /// Why terms are open, failed or unasked, each reason with the number of terms.
    pub reasons: BTreeMap<String, u64>,
    /// The sample that the estimate rests on.
    pub sample: Sampled,
    /// How large the catalogue is, and how much of it was seen; nothing where no independent sample could be
    /// drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// What each source has cost and brought.
    pub sources: BTreeMap<Source, SourceReport>,
    /// How much of each root is closed, and how much is open and why.
    pub roots: Certificate,
    /// What the app may see of a search, as far as it was found out; nothing where it was never refused a
    /// page.
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

/// Most reasons that a report tells apart: an answer that is different each time must not make the run's item
/// too large.
const MOST_REASONS: usize = 100;

/// Most characters of a reason that a report keeps.
const LONGEST_REASON: usize = 200;

/// Where the others are counted.
pub const OTHER_REASONS: &str = "other reasons";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A reason as a report keeps it.
fn shortened(reason: &str) -> &str {
    reason.char_indices().nth(LONGEST_REASON).map_or(reason, |(end, _)| &reason[..end])
}

impl Report {
    /// Counts one term in.
    pub fn count(&mut self, term: &TermSummary) {
        let &TermSummary { ref key, source, state, tally, .. } = term;
        let reason = term.reason.as_deref().map(shortened);
        let question = Question::parse(key.as_str()).ok();
        self.roots.entry(root(question.as_ref())).or_default().count(state, tally, reason);
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
            (&mut self.tracks_new, tally.tracks),
            (&mut self.tracks_described, tally.described),
        ] {
            *sum = sum.saturating_add(part.into());
        }
        if question.as_ref().map(Question::purpose) == Some(Purpose::Refresh) {
            self.artists_refreshed = self.artists_refreshed.saturating_add(tally.rows.into());
        }
        self.sample.add(tally.sampled.into(), tally.recaptured.into(), tally.captured.into());
        if let Some(reason) = reason {
            self.count_reason(reason, 1);
        }
    }

    /// Counts the term of `key`, which was counted as answered, as open for `reason`.
    pub(crate) fn reopen(&mut self, key: &TermKey, reason: &str) {
        self.done = self.done.saturating_sub(1);
        self.open = self.open.saturating_add(1);
        let question = Question::parse(key.as_str()).ok();
        self.roots.entry(root(question.as_ref())).or_default().reopen(reason);
        self.count_reason(reason, 1);
    }

    /// Counts `terms` under `reason`, or under [`OTHER_REASONS`] where there are many reasons already.
    pub fn count_reason(&mut self, reason: &str, terms: u64) {
        let reason = shortened(reason);
        let room = self.reasons.len() < MOST_REASONS || self.reasons.contains_key(reason);
        let reason = if room { reason } else { OTHER_REASONS };
        let count = self.reasons.entry(reason.to_owned()).or_default();
        *count = count.saturating_add(terms);
    }

    /// Terms of other sources than these are left unasked on purpose: those sources brought too little.
    pub fn leave_all_but(&mut self, live: impl IntoIterator<Item = Source>) {
        let unasked = self.unasked_of(live);
        self.left = self.unasked.saturating_sub(unasked);
        self.unasked = unasked;
    }

    /// Terms of these sources that are not asked yet.
    pub fn unasked_of(&self, sources: impl IntoIterator<Item = Source>) -> u64 {
        let sources: BTreeSet<Source> = sources.into_iter().collect();
        let unasked = sources.iter().filter_map(|source| self.sources.get(source)).map(|of| of.unasked);
        unasked.fold(0, u64::saturating_add)
    }

    /// All terms that are counted.
    pub fn terms(&self) -> u64 {
        let terms = self.sources.values().map(|of| of.terms.saturating_add(of.unasked));
        terms.fold(0, u64::saturating_add)
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
    use crate::term::Tally;

    fn failed(key: &str, reason: &str) -> TermSummary {
        TermSummary {
            key: TermKey::parse(key).unwrap(),
            source: Source::Search,
            state: TermState::Failed,
            priority: 1.0,
            tally: Tally::default(),
            reason: Some(reason.to_owned()),
        }
    }

    #[test]
    fn a_report_tells_a_hundred_reasons_apart_and_counts_the_others_together() {
        let mut report = Report::default();
        for number in 0..250 {
            report.count(&failed("search:a", &format!("answer {number}")));
        }
        report.count(&failed("search:a", "answer 7"));
        assert_eq!((report.reasons.len(), report.reasons["answer 7"]), (101, 2));
        assert_eq!(report.reasons[OTHER_REASONS], 150);
    }

    fn bytes(part: &impl Serialize) -> usize {
        serde_json::to_string(part).unwrap().len()
    }

    #[test]
    fn a_report_stays_far_below_what_an_item_may_hold() {
        let mut report = Report::default();
        // More roots than there are scripts, letters and digits, each open for more reasons than any run
        // knows.
        for letter in ["a", "7", "ж", "山", "ひ", "カ", "한", "ع", "ไ", "क"] {
            for reason in 0..10 {
                let long = format!("{reason}: {}", "because ".repeat(100));
                let open =
                    TermSummary { state: TermState::Open, ..failed(&format!("search:{letter}"), &long) };
                report.count(&open);
            }
        }
        assert_eq!((report.roots.len(), report.reasons.len()), (10, 10));
        let (root, reason) = (bytes(&report.roots) / 10, bytes(&report.reasons) / 10);
        let most = root * 250 + reason * (MOST_REASONS + 1);
        assert!(most < 350_000, "{root} bytes a root and {reason} a reason are {most}");
    }

    #[test]
    fn an_estimate_rests_on_everybody_the_run_saw_new_or_not() {
        let estimate = |artists_new, artists_returned| {
            let mut sample = Sampled::default();
            (0..20).for_each(|_| sample.add(10, 8, 0));
            let mut report = Report { artists_new, artists_returned, sample, ..Report::default() };
            report.estimate();
            report.estimate
        };
        assert!(estimate(100, 0).is_some());
        assert_eq!(estimate(40, 60), estimate(100, 0));
    }

    #[test]
    fn terms_of_sources_that_are_spent_are_left_and_not_unasked() {
        let mut report = Report::default();
        let ready = |source| TermSummary { source, state: TermState::Ready, ..failed("search:a", "") };
        for source in [Source::Search, Source::Related, Source::Related] {
            report.count(&ready(source));
        }
        assert_eq!((report.terms(), report.unasked_of([Source::Search])), (3, 1));
        report.leave_all_but([Source::Search]);
        assert_eq!((report.unasked, report.left), (1, 2));
    }
}
