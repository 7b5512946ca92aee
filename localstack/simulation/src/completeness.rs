//! What a term or a run may rightly call itself, judged by the catalogue and not by what the collector knew:
//! which artists match a question, and how many of them a search shows.

use std::collections::{BTreeMap, BTreeSet};

use collect::catalogue::{Artist, ArtistId};
use collect::run::{Run, RunState};
use collect::term::{Question, SearchTerm, Term, TermState};

use crate::promise::Promise;
use crate::world::World;

/// The artist rows.
type Rows = BTreeMap<ArtistId, Artist>;

/// Judges the names that a closed run and its terms go by. Answers that leave artists out can deceive
/// anybody, so nothing is asked of their worlds; a `total` that lies can not, since no row depends on it.
pub(crate) fn check(world: &World, run: &Run, terms: &[Term], artists: &Rows) {
    if world.faults.answers_fall_short() {
        return;
    }
    for (term, search) in searches(terms).filter(|(term, _)| term.state == TermState::Done) {
        let (matching, window) = (world.catalogue.matching(&search.query()).len(), world.window());
        world.promise(Promise::TrueName, matching <= window, || {
            format!("{} is done, but {matching} artists match it, and a search shows {window}", term.key())
        });
        let missing = missing(world, artists, search);
        world.promise(Promise::TrueName, missing.is_empty(), || {
            format!("{} is done, but of its artists these are missing: {missing:?}", term.key())
        });
    }
    admitted(world, terms, artists);
    if run.state == RunState::Complete {
        complete(world, terms, artists);
    }
}

/// A complete run lacks nobody who matches any of its searches, whatever its sources are: each was shown by
/// the search itself or by what it was split into.
fn complete(world: &World, terms: &[Term], artists: &Rows) {
    for (term, search) in searches(terms) {
        let missing = missing(world, artists, search);
        world.promise(Promise::TrueName, missing.is_empty(), || {
            let state = term.state.name();
            format!("the run is complete and {} {state}, but these are missing: {missing:?}", term.key())
        });
    }
}

/// Whoever matches a search that was split and has no row would be shown by a search that the run does not
/// call finished. Otherwise nothing in the report says that somebody is missing, whatever else it counts.
fn admitted(world: &World, terms: &[Term], artists: &Rows) {
    let closed = |term: &Term| matches!(term.state, TermState::Done | TermState::Split);
    let admitted: BTreeSet<usize> = searches(terms)
        .filter(|(term, _)| !closed(term))
        .flat_map(|(_, search)| world.catalogue.matching(&search.query()))
        .collect();
    for (term, search) in searches(terms).filter(|(term, _)| term.state == TermState::Split) {
        let hidden: Vec<&str> = world
            .catalogue
            .matching(&search.query())
            .into_iter()
            .filter(|number| !admitted.contains(number))
            .filter_map(|number| world.catalogue.artist(number))
            .filter(|artist| !artists.contains_key(&artist.id))
            .map(|artist| artist.name.as_str())
            .collect();
        world.promise(Promise::TrueName, hidden.is_empty(), || {
            format!("{} is split, but no open term would show these: {hidden:?}", term.key())
        });
    }
}

fn searches(terms: &[Term]) -> impl Iterator<Item = (&Term, &SearchTerm)> {
    terms.iter().filter_map(|term| match &term.question {
        Question::Search(search) => Some((term, search)),
        _ => None,
    })
}

/// The artists who match a search and have no row.
fn missing<'a>(world: &'a World, rows: &Rows, search: &SearchTerm) -> Vec<&'a str> {
    let matching = world.catalogue.matching(&search.query());
    let artists = matching.into_iter().filter_map(|number| world.catalogue.artist(number));
    artists.filter(|artist| !rows.contains_key(&artist.id)).map(|artist| artist.name.as_str()).collect()
}
