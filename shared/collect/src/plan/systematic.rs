//! The terms of the systematic search.

use crate::settings::Strings;
use crate::term::{RunId, SearchTerm, Source, Term};

/// The terms of up to `count` strings from place `first` on. The earlier a string, the higher its place in
/// the frontier; all of them stand behind whatever is expected to bring anything.
#[expect(clippy::cast_precision_loss, reason = "a place among some millions")]
pub fn terms(strings: &Strings, run: &RunId, first: u64, count: usize) -> Vec<Term> {
    let all = strings.count();
    let end = all.min(first.saturating_add(count as u64));
    let term = |number: u64| {
        let search = SearchTerm::new(&strings.at(number)?).ok()?;
        let place = 1e-3 * (1.0 - number as f64 / all as f64);
        Some(Term::new(run.clone(), Source::Systematic, search, place))
    };
    (first..end).filter_map(term).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn chunks_fit_together_and_are_asked_in_order() {
        let run = RunId::new("r").unwrap();
        let strings = Strings::default();
        let all: Vec<Term> = (0..5).flat_map(|chunk| terms(&strings, &run, chunk * 1_000, 1_000)).collect();
        assert_eq!(all.iter().map(Term::key).collect::<BTreeSet<_>>().len(), 5_000);
        assert!(all.windows(2).all(|pair| pair[0].priority > pair[1].priority));
        assert_eq!(terms(&strings, &run, strings.count() - 3, 1_000).len(), 3);
    }

    #[test]
    fn every_string_is_a_question_of_its_own() {
        let strings: Strings = "0-9a-zа-ик-яα-ρ가-갛アカ王:2".parse().unwrap();
        let run = RunId::new("r").unwrap();
        let all = terms(&strings, &run, 0, usize::MAX);
        let keys: BTreeSet<_> = all.iter().map(Term::key).collect();
        assert_eq!(keys.len() as u64, strings.count());
    }
}
