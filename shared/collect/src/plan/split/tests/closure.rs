//! Catalogues asked to the end: whoever is neither found nor matched by an open term is lost.

use std::collections::{BTreeSet, VecDeque};

use super::*;
use crate::plan::split::IN_CIRCLES;

/// An artist: the words of the name, and a year of release if one is known.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    words: Vec<String>,
    year: Option<u16>,
}

impl Named {
    fn new(name: &str, year: Option<u16>) -> Self {
        Self { name: name.to_owned(), words: text::words(name), year }
    }

    fn is_shown_by(&self, term: &SearchTerm) -> bool {
        let released = |years: Years| {
            let own = self.year.and_then(|year| Years::new(year, year));
            own.is_some_and(|own| years.intersection(own).is_some())
        };
        term.matches(&self.words) && term.years().is_none_or(released)
    }
}

/// A catalogue in which many names are alike, so that every kind of split occurs, again and again.
fn alike() -> impl Strategy<Value = Vec<Named>> {
    const YEARS: &[u16] = &[1950, 1999, 2020, 2026];
    const WORDS: &[&str] =
        &["the", "a", "b", "ab", "ba", "bab", "t", "th", "to", "dj", "я", "яб", "2", "&", "胡"];
    let name = prop::collection::vec(prop::sample::select(WORDS), 1..4).prop_map(|words| words.join(" "));
    let year = prop::option::weighted(0.8, prop::sample::select(YEARS));
    prop::collection::vec((name, year, 1_usize..12), 1..25).prop_map(|groups| {
        let same = |(name, year, count): (String, Option<u16>, usize)| vec![Named::new(&name, year); count];
        groups.into_iter().flat_map(same).collect()
    })
}

/// Asks for everything that roots lead to, as a run does: a term is put once, and split when it saturates.
/// Returns who is lost.
fn lost(catalogue: &[Named], means: Means, sample: usize) -> Vec<&Named> {
    let shown_by = |term: &SearchTerm| -> Vec<usize> {
        (0..catalogue.len()).filter(|number| catalogue[*number].is_shown_by(term)).collect()
    };
    let mut queue: VecDeque<SearchTerm> = alphabet::roots().map(|c| term(&c.to_string())).collect();
    let mut put: BTreeSet<SearchTerm> = queue.iter().cloned().collect();
    let (mut found, mut open) = (BTreeSet::new(), Vec::new());
    let mut saturated_words = BTreeSet::new();
    while let Some(term) = queue.pop_front() {
        assert!(put.len() < 100_000, "no end at {term}");
        let shown = shown_by(&term);
        found.extend(shown.iter().take(means.depth as usize).copied());
        if shown.len() <= means.depth as usize {
            continue;
        }
        let seen = seen(&term, shown.iter().take(sample).map(|number| catalogue[*number].name.as_str()));
        let total = f64::from(u32::try_from(shown.len()).unwrap());
        let mut split = divide(&term, &seen, total, means);
        assert_ne!(split.residue, Some(IN_CIRCLES), "{term}: {:?}", queries(&split));
        if split.whole {
            if let ([word], []) | ([], [word]) = (term.words(), term.whole()) {
                saturated_words.insert(word.clone());
            }
            let words: Vec<String> = saturated_words.iter().cloned().collect();
            split.parts.extend(pairs(&term, &seen, &words, total));
        }
        if split.residue.is_some() {
            open.push(term);
        }
        queue.extend(split.parts.into_iter().map(|part| part.term).filter(|part| put.insert(part.clone())));
    }
    let hidden: BTreeSet<usize> = open.iter().flat_map(shown_by).collect();
    let is_lost = |number: &usize| !found.contains(number) && !hidden.contains(number);
    (0..catalogue.len()).filter(is_lost).map(|number| &catalogue[number]).collect()
}

#[test]
fn a_word_beside_every_letter_there_is_leads_in_no_circle() {
    let mut catalogue = vec![Named::new("The", Some(2026)); 40];
    let beside = |c: char| vec![Named::new(&format!("The {c}"), Some(2026)); 2];
    catalogue.extend(alphabet::roots().flat_map(beside));
    for quotes in [true, false] {
        let means = with_not(20, quotes);
        assert_eq!(lost(&catalogue, means, 50).len(), 0, "quotes: {quotes}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whoever_is_not_found_is_hidden_by_an_open_term(
        catalogue in alike(),
        depth in 3_u32..12,
        sample in 1_usize..20,
        not in any::<bool>(),
        quotes in any::<bool>(),
        years in any::<bool>(),
    ) {
        let operators =
            Operators { not: Some(not), quotes: Some(quotes), not_quotes: Some(not && quotes), years: Some(years) };
        let lost = lost(&catalogue, Means { operators, depth, this_year: 2026 }, sample);
        prop_assert!(lost.is_empty(), "{lost:?}");
    }
}
