//! What a run has found and finished last, for those who watch it. Nothing is decided by it.

use serde::{Deserialize, Serialize};

use crate::catalogue::ArtistId;
use crate::term::{Term, TermState};

/// Most artists, and most terms, that are kept.
pub const MOST_LATEST: usize = 6;

/// Longest key that is kept whole, in characters; keys that list many artists are cut.
const LONGEST_KEY: usize = 80;

/// The artists and terms that a run has found and finished last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latest {
    /// Artists that the run has seen for the first time, the latest first.
    pub artists: Vec<ArtistId>,
    /// Terms that it has finished, the latest first.
    pub terms: Vec<LatestTerm>,
}

/// A term that was finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestTerm {
    /// The beginning of its canonical key.
    pub key: String,
    /// How it ended.
    pub state: TermState,
    /// Requests that it took.
    pub requests: u32,
    /// Artists that the run saw there first.
    pub artists: u32,
}

impl Latest {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.artists.is_empty() && self.terms.is_empty()
    }

    /// The run has seen these artists of one page for the first time.
    pub fn see(&mut self, artists: impl IntoIterator<Item = ArtistId>) {
        self.artists.splice(..0, artists.into_iter().take(MOST_LATEST));
        self.artists.truncate(MOST_LATEST);
    }

    /// The run has finished `term`.
    pub fn finish(&mut self, term: &Term, state: TermState) {
        let key = term.key();
        let mut shown: String = key.as_str().chars().take(LONGEST_KEY).collect();
        if shown.len() < key.as_str().len() {
            shown.push('…');
        }
        let artists = term.tally.new.saturating_add(term.tally.returned);
        let latest = LatestTerm { key: shown, state, requests: term.tally.requests, artists };
        self.terms.insert(0, latest);
        self.terms.truncate(MOST_LATEST);
    }

    /// Replaces what `later` knows anything of.
    pub fn update(&mut self, later: &Self) {
        if !later.artists.is_empty() {
            self.artists.clone_from(&later.artists);
        }
        if !later.terms.is_empty() {
            self.terms.clone_from(&later.terms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::{Question, Refresh, RunId, SearchTerm, Source};

    fn id(number: usize) -> ArtistId {
        ArtistId::new(format!("{number:022}")).unwrap()
    }

    #[test]
    fn the_latest_artists_and_terms_come_first_and_few_are_kept() {
        let mut latest = Latest::default();
        latest.see((0..4).map(id));
        latest.see((4..8).map(id));
        assert_eq!(latest.artists, [4, 5, 6, 7, 0, 1].map(id));
        let run = RunId::new("2026-11-29").unwrap();
        for name in ["a", "b", "c", "d", "e", "f", "g"] {
            let question = SearchTerm::new(name).unwrap();
            latest.finish(&Term::new(run.clone(), Source::Search, question, 1.0), TermState::Split);
        }
        assert_eq!(latest.terms.len(), MOST_LATEST);
        assert_eq!(latest.terms[0].key, "search:g");
        let many = Question::from(Refresh::new((0..20).map(id).collect()).unwrap());
        latest.finish(&Term::new(run, Source::Hydrate, many, 1.0), TermState::Done);
        assert!(latest.terms[0].key.ends_with('…') && latest.terms[0].key.chars().count() == LONGEST_KEY + 1);
    }

    #[test]
    fn a_batch_that_found_nobody_leaves_the_artists_of_the_one_before() {
        let mut latest = Latest { artists: vec![id(1)], terms: Vec::new() };
        latest.update(&Latest::default());
        assert_eq!(latest.artists, [id(1)]);
        latest.update(&Latest { artists: vec![id(2)], terms: Vec::new() });
        assert_eq!(latest.artists, [id(2)]);
    }
}
