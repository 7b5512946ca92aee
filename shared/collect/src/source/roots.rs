//! What a run begins with.

use crate::alphabet;
use crate::run::RunId;
use crate::settings::Settings;
use crate::source::Source;
use crate::term::{Question, SearchTerm, Term};

/// The terms that a run begins with: of the search, every character of the base alphabet, the most common scripts first; and
/// where other sources are wanted, the term that finds out which of them the app may use and begins them.
pub fn roots(run: &RunId, settings: &Settings) -> Vec<Term> {
    let page = f64::from(settings.limits.page);
    let mut roots = Vec::new();
    if settings.sources.beyond_search() {
        // Before everything else: sources begin when it is answered.
        roots.push(Term::new(run.clone(), Source::Search, Question::Capabilities, 2.0 * page));
    }
    if settings.sources.has(Source::Search) {
        roots.extend(characters(run, page));
    }
    roots
}

fn characters(run: &RunId, page: f64) -> impl Iterator<Item = Term> {
    alphabet::roots().filter_map(|(script, c)| Some((script, SearchTerm::new(&c.to_string()).ok()?))).map(
        move |(script, term)| {
            // Nothing is known of their yield yet: a full page at best, and each rarer script half of the one before.
            let expected = page / f64::from(1 << script.min(10));
            Term::new(run.clone(), Source::Search, Question::Search(term), expected)
        },
    )
}
