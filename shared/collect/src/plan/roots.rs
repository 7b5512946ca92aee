//! What a run begins with.

use crate::catalogue::alphabet;
use crate::plan::all_years;
use crate::run::Run;
use crate::settings::Settings;
use crate::term::{Capabilities, SearchTerm, Source, Term};

/// The terms that a run begins with. Of the search: the question for everything first, because it finds out
/// what works, then every character of the base alphabet, the most common scripts first. And where other
/// sources are enabled, the term that finds out which of them the app may use, and begins them.
pub fn roots(run: &Run, settings: &Settings) -> Vec<Term> {
    let page = f64::from(settings.limits.page);
    let mut roots = beginnings(run, settings);
    if settings.sources.has(Source::Search) {
        roots.extend(characters(page).map(|(term, expected)| search(run, term, expected)));
    }
    roots
}

/// Those of them that find out what the app may do.
pub fn beginnings(run: &Run, settings: &Settings) -> Vec<Term> {
    let page = f64::from(settings.limits.page);
    let mut roots = Vec::new();
    if settings.sources.beyond_search() {
        // Before everything else: sources begin when it is answered.
        roots.push(Term::new(run.id.clone(), Source::Search, Capabilities, 3.0 * page));
    }
    if settings.sources.has(Source::Search) {
        let everything = all_years::term(run);
        roots.extend(everything.map(|term| search(run, term, 2.0 * page)));
    }
    roots
}

fn search(run: &Run, term: SearchTerm, expected: f64) -> Term {
    Term::new(run.id.clone(), Source::Search, term, expected)
}

fn characters(page: f64) -> impl Iterator<Item = (SearchTerm, f64)> {
    alphabet::roots().filter_map(move |(script, c)| {
        // Nothing is known of their yield yet: a full page at best, and each rarer script half of the one
        // before.
        let expected = page / f64::from(1 << script.min(10));
        Some((SearchTerm::new(&c.to_string()).ok()?, expected))
    })
}
