//! The certificate of a run: of every root, how much is closed and how much is open, and why.
//!
//! A root is where the search for a name begins: a digit or letter of the Latin alphabet, another script, the
//! years, or a source that does not search. There are some two hundred at most, whatever the catalogue, so
//! that a report stays small.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_script::UnicodeScript;

use crate::term::{Question, Tally, TermState};

/// Most distinct reasons that are kept for a root.
const MOST_REASONS: usize = 5;

/// The certificate: root by root.
pub type Certificate = BTreeMap<String, RootReport>;

/// What became of the terms of one root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootReport {
    /// Terms that were answered to the end, or are covered by their follow-ups.
    pub closed: u64,
    /// Terms that may hide artists still.
    pub open: u64,
    /// Terms given up.
    pub failed: u64,
    /// Terms that were not asked to the end.
    pub unasked: u64,
    /// Artists that its terms saw first.
    pub artists_new: u64,
    /// Why terms are open, each reason with the number of terms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub why: BTreeMap<String, u64>,
}

impl RootReport {
    pub(crate) fn count(&mut self, state: TermState, tally: Tally, reason: Option<&str>) {
        let count = match state {
            TermState::Ready | TermState::Sent => &mut self.unasked,
            TermState::Done | TermState::Split => &mut self.closed,
            TermState::Open => &mut self.open,
            TermState::Failed => &mut self.failed,
        };
        *count = count.saturating_add(1);
        self.artists_new = self.artists_new.saturating_add(tally.new.into());
        // Terms are given up for reasons that quote Spotify; those of open terms are a handful of sentences.
        if let Some(reason) = reason.filter(|_| state == TermState::Open) {
            self.count_reason(reason);
        }
    }

    /// Counts a term that was counted as closed as open for `reason`.
    pub(super) fn reopen(&mut self, reason: &str) {
        self.closed = self.closed.saturating_sub(1);
        self.open = self.open.saturating_add(1);
        self.count_reason(reason);
    }

    fn count_reason(&mut self, reason: &str) {
        if self.why.len() < MOST_REASONS || self.why.contains_key(reason) {
            *self.why.entry(reason.to_owned()).or_default() += 1;
        }
    }
}

/// The root of a term that asks `question`, if it can be read.
pub(crate) fn root(question: Option<&Question>) -> String {
    let Some(question) = question else { return "unreadable".to_owned() };
    let Question::Search(search) = question else { return question.kind().to_owned() };
    let first = search.words().iter().chain(search.whole()).find_map(|word| word.chars().next());
    match first {
        Some(c) if c.is_ascii_alphanumeric() => c.to_string(),
        Some(c) => c.script().full_name().to_owned(),
        None => "years".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_grouped_by_where_their_search_begins() {
        let root = |key: &str| root(Some(&Question::parse(key).unwrap()));
        assert_eq!(root("search:abba"), "a");
        assert_eq!(root("search:\"the\" NOT a"), "t");
        assert_eq!(root("search:山 year:1999"), "Han");
        assert_eq!(root("search:year:1999 NOT a"), "years");
        assert_eq!(root("capabilities"), "capabilities");
    }

    #[test]
    fn reasons_are_kept_for_open_terms_only() {
        let mut root = RootReport::default();
        root.count(TermState::Open, Tally { new: 3, ..Tally::default() }, Some("why"));
        root.count(TermState::Failed, Tally::default(), Some("some long answer"));
        root.count(TermState::Split, Tally::default(), None);
        assert_eq!((root.open, root.failed, root.closed, root.artists_new), (1, 1, 1, 3));
        assert_eq!(root.why, [("why".to_owned(), 1)].into());
    }

    #[test]
    fn a_root_keeps_the_first_few_reasons_and_goes_on_counting_them() {
        let mut root = RootReport::default();
        for reason in ["a", "b", "c", "d", "e", "f", "a"] {
            root.count(TermState::Open, Tally::default(), Some(reason));
        }
        assert_eq!((root.open, root.why.len(), root.why["a"]), (7, MOST_REASONS, 2));
    }
}
