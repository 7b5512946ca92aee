//! What a term or a run may rightly call itself, judged by the catalogue and not by what the collector knew:
//! which artists match a question, and how many of them a search shows.

use std::collections::BTreeMap;

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
