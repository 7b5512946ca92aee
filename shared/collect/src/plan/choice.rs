//! Which of the ready terms are worth asking next.

use std::collections::BTreeSet;

use super::yields::Yields;
use crate::term::{Aim, Question, Source, Sources, TermKey};
use crate::web_api::Bucket;

/// A ready term.
pub(crate) struct Candidate {
    source: Source,
    key: TermKey,
    question: Option<Question>,
    /// New artists that its next request is expected to bring, before that is calibrated.
    forecast: f64,
}

impl Candidate {
    /// The ready term of this key.
    pub(crate) fn new(source: Source, key: TermKey, forecast: f64) -> Self {
        Self { source, question: Question::parse(key.as_str()).ok(), key, forecast }
    }

    /// Whether its bucket is among those on hold.
    pub(crate) fn is_held(&self, held: &BTreeSet<Bucket>) -> bool {
        self.question.as_ref().is_some_and(|question| held.contains(&question.bucket()))
    }

    /// Whether it is a search for names, which is split by what search understands.
    fn is_split_by_operators(&self) -> bool {
        self.source == Source::Search && matches!(self.question, Some(Question::Search(_)))
    }
}

/// What the choice depends on.
pub(crate) struct Circumstances<'a> {
    /// How the operator wants artists looked for.
    pub(crate) sources: Sources,
    /// What the sources have brought lately.
    pub(crate) yields: &'a Yields,
    /// The buckets that are on hold.
    pub(crate) held: &'a BTreeSet<Bucket>,
    /// The term that finds out what search understands, while that is not known yet.
    pub(crate) trials: Option<TermKey>,
    /// Terms that are in the window.
    pub(crate) in_window: usize,
    /// Terms that there is room for.
    pub(crate) room: usize,
}

/// The terms to send, best first.
pub(crate) fn choose(mut ready: Vec<Candidate>, circumstances: &Circumstances<'_>) -> Vec<TermKey> {
    let Circumstances { sources, yields, held, trials, in_window, room } = circumstances;
    ready.retain(|term| !term.is_held(held));
    hydrate_last(&mut ready, *in_window);
    if let Some(trials) = trials {
        // Terms that are split before that is known are split by worse means, and cost requests in the whole
        // run.
        ready.retain(|term| term.key == *trials || !term.is_split_by_operators());
    }
    search_first(&mut ready, yields, *sources);
    best(ready, yields, *room)
}

/// Artists are completed when nothing else can be asked: by then the most of them wait, and their batches are
/// full.
fn hydrate_last(ready: &mut Vec<Candidate>, in_window: usize) {
    let completes = |term: &Candidate| term.source.aim() == Aim::Completion;
    if in_window > 0 || ready.iter().any(|term| !completes(term)) {
        ready.retain(|term| !completes(term));
    }
}

/// Beside the search for everything, terms of sources that are hardly tried or that do not compete with it
/// wait as long as there are others; but each source that is hardly tried yet keeps its best term.
fn search_first(ready: &mut Vec<Candidate>, yields: &Yields, sources: Sources) {
    let competes = |term: &Candidate| {
        yields.competes(term.source, yields.calibrated(term.source, term.forecast), sources)
    };
    if ready.iter().any(|term| sources.has(Source::Search) && competes(term)) {
        // Lanes come best first.
        let mut tried = BTreeSet::new();
        ready.retain(|term| competes(term) || yields.is_untried(term.source) && tried.insert(term.source));
    }
}

/// The `room` terms that are worth most, and before them one of each source that is hardly tried yet.
fn best(mut ready: Vec<Candidate>, yields: &Yields, room: usize) -> Vec<TermKey> {
    let worth = |term: &Candidate| yields.calibrated(term.source, term.forecast);
    ready.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    let mut tried = BTreeSet::new();
    let (trials, others): (Vec<_>, Vec<_>) =
        ready.into_iter().partition(|term| yields.is_untried(term.source) && tried.insert(term.source));
    trials.into_iter().chain(others).take(room).map(|term| term.key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::yields::Yield;

    fn candidate(source: Source, name: &str, forecast: f64) -> Candidate {
        let search = crate::term::SearchTerm::new(name).unwrap();
        Candidate::new(source, Question::Search(search).key(), forecast)
    }

    fn keys(ready: &[Candidate]) -> Vec<&str> {
        ready.iter().map(|term| term.key.as_str()).collect()
    }

    #[test]
    fn beside_the_search_others_wait_until_it_has_nothing_left_but_each_is_tried_now_and_then() {
        let sources: Sources = [Source::Search, Source::Genres, Source::Related].into_iter().collect();
        let mut yields = Yields::default();
        let brought = |requests, new| Yield {
            requests,
            new,
            forecast: new,
            asked: requests,
            found: new,
            ..Yield::default()
        };
        yields.add(Source::Search, brought(100.0, 3_000.0));
        yields.add(Source::Related, brought(10.0, 100.0));
        let others = || {
            vec![
                candidate(Source::Genres, "g1", 50.0),
                candidate(Source::Genres, "g2", 50.0),
                candidate(Source::Related, "r1", 20.0),
                candidate(Source::Related, "r2", 70.0),
            ]
        };
        let mut ready = others();
        ready.push(candidate(Source::Search, "s1", 0.1));
        search_first(&mut ready, &yields, sources);
        // Nothing is known of genres, so one is tried; of the related ones only what brings twice the
        // search's average goes.
        assert_eq!(keys(&ready), ["search:g1", "search:r2", "search:s1"]);

        let mut ready: Vec<_> = others().into_iter().filter(|term| term.forecast < 60.0).collect();
        search_first(&mut ready, &yields, sources);
        assert_eq!(ready.len(), 3, "with nothing left to search for, nobody waits");
    }

    #[test]
    fn artists_are_completed_once_nothing_else_is_ready_or_in_the_window() {
        let left = |mut ready: Vec<Candidate>, in_window| {
            hydrate_last(&mut ready, in_window);
            ready.len()
        };
        let stubs = || candidate(Source::Hydrate, "h", 0.01);
        assert_eq!(left(vec![stubs()], 0), 1);
        assert_eq!(left(vec![stubs()], 1), 0);
        assert_eq!(left(vec![stubs(), candidate(Source::Search, "s", 1.0)], 0), 1);
    }
}
