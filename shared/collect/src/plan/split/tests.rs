mod closure;
mod oracle;

use proptest::prelude::*;

use super::*;
use crate::catalogue::text;

fn term(query: &str) -> SearchTerm {
    SearchTerm::new(query).unwrap()
}

fn seen<'a>(term: &SearchTerm, names: impl IntoIterator<Item = &'a str>) -> Seen {
    let mut seen = Seen::default();
    for name in names {
        seen.learn(term, name);
    }
    seen
}

fn queries(split: &Split) -> Vec<String> {
    split.parts.iter().map(|part| part.term.query()).collect()
}

fn with_not(depth: u32, quotes: bool) -> Means {
    let works = Some(quotes);
    let operators = Operators { not: Some(true), quotes: works, not_quotes: works, years: Some(true) };
    Means { operators, depth, this_year: 2026 }
}

#[test]
fn a_prefix_is_split_over_its_script_and_what_was_seen() {
    let the = term("the");
    let split = split(&the, &seen(&the, ["Theño", "Theя", "Big Them"]), 2000.0, false);
    let parts = queries(&split);
    assert_eq!(parts.len(), 37, "a-z, 0-9 and the letter that was seen: {parts:?}");
    assert!(parts.contains(&"theя".to_owned()) && parts.contains(&"then".to_owned()));
    assert!(!split.whole && split.residue.is_some(), "nothing shows whether a name is exactly `the`");
}

#[test]
fn what_was_seen_foretells_how_large_the_parts_are() {
    let b = term("b");
    let names = ["Bob", "Bo", "Bowl", "Box", "Ban", "Bill", "Bozo", "Bonn"];
    let split = split(&b, &seen(&b, names), 5000.0, false);
    let size = |query: &str| split.parts.iter().find(|part| part.term == term(query)).unwrap().size;
    assert!(size("bo") > 2500.0, "{}", size("bo"));
    assert!(size("bo") > 3.0 * size("ba") && size("ba") > 2.0 * size("bz"), "{} {}", size("ba"), size("bz"));
}

#[test]
fn a_whole_word_leaves_a_residue_and_is_paired_with_the_words_seen_beside_it() {
    let the = term("the");
    let names = ["The Xs", "The Cure", "The DJ", "DJ The", "Them"].into_iter().cycle();
    let seen = seen(&the, names.take(100));
    assert!(split(&the, &seen, 2000.0, false).residue.is_some());
    let pairs = pairs(&the, &seen, &["dj".into(), "mc".into(), "the".into()], 2000.0);
    let [pair] = pairs.as_slice() else { unreachable!("{pairs:?}") };
    assert_eq!((pair.term.query().as_str(), pair.shown), ("dj the", 40.0));
}

#[test]
fn a_script_without_a_base_goes_on_with_what_was_seen() {
    let han = term("音");
    let split_han = split(&han, &seen(&han, ["音楽", "音色 音"]), 2000.0, false);
    assert_eq!(queries(&split_han), ["音楽", "音色"]);
    let nothing = split(&han, &Seen::default(), 2000.0, false);
    assert!(nothing.parts.is_empty() && nothing.residue.is_some());
}

#[test]
fn a_whole_word_is_cut_by_years_and_where_these_saturate_paired_with_the_others_that_do() {
    let operators = Operators { not: Some(false), quotes: Some(true), not_quotes: None, years: Some(true) };
    let means = Means { operators, depth: 1000, this_year: 2026 };
    let the = term("\"the\"");
    let by_years = divide(&the, &Seen::default(), 9000.0, means);
    assert_eq!(queries(&by_years), ["\"the\" year:1900-1994", "\"the\" year:1995-2026"]);
    assert!(by_years.residue.is_some() && !by_years.whole, "artists whose years are not known are left");
    let one_year = divide(&term("\"the\" year:2026"), &Seen::default(), 2000.0, means);
    assert!(one_year.parts.is_empty() && one_year.whole && one_year.residue.is_some());
    let pairs = pairs(&term("\"the\" year:2026"), &Seen::default(), &["dj".into(), "the".into()], 2000.0);
    let queries: Vec<_> = pairs.iter().map(|pair| pair.term.query()).collect();
    assert_eq!(queries, ["\"dj\" \"the\""]);
}

/// Where only `year:` works.
fn years_alone() -> Means {
    let fails = Some(false);
    let operators = Operators { not: fails, quotes: fails, not_quotes: fails, years: Some(true) };
    Means { operators, depth: 1000, this_year: 2026 }
}

#[test]
fn where_only_years_work_pairs_come_first_and_years_last() {
    let the = term("the");
    let split = divide(&the, &seen(&the, ["The Cure", "Them", "The"]), 9000.0, years_alone());
    assert!(split.whole && !split.covered && split.residue.is_some(), "pairs are asked too");
    let [longer @ .., early, late] = split.parts.as_slice() else { unreachable!("{split:?}") };
    assert_eq!([early, late].map(|part| part.term.query()), ["the year:1900-1994", "the year:1995-2026"]);
    for years in [early, late] {
        let smallest = longer.iter().map(|part| part.size).fold(f64::MAX, f64::min);
        assert!(years.size < smallest && years.shown <= 0.0, "{years:?}");
    }
}

#[test]
fn a_prefix_that_saturates_in_one_year_is_lengthened_for_all_years() {
    let one_year = term("the year:2026");
    let seen = seen(&one_year, ["The Cure", "Them", "The"]);
    let split = divide(&one_year, &seen, 2000.0, years_alone());
    let parts = queries(&split);
    assert!(
        parts.contains(&"them".to_owned()) && parts.iter().all(|part| !part.contains("year")),
        "{parts:?}"
    );
    assert!(!split.whole && !split.covered && split.residue.is_some(), "names that end here stay hidden");
    // With `NOT`, what goes on is excluded from the years; and other parts may not show all of a genre.
    let [with_not, genre] =
        [(one_year, with_not(1000, true)), (term("the genre:\"soul\" year:2026"), years_alone())]
            .map(|(term, means)| queries(&divide(&term, &seen, 2000.0, means)));
    assert!(with_not.iter().chain(&genre).all(|part| part.contains("year:2026")), "{with_not:?} {genre:?}");
}

#[test]
fn a_genre_that_saturates_in_a_single_year_is_cut_by_letters() {
    let soul = term("genre:\"soul\" year:2026");
    let split = divide(&soul, &seen(&soul, ["Abba", "Air"]), 2000.0, years_alone());
    let parts = queries(&split);
    assert!(!parts.is_empty() && parts.iter().all(|part| part.contains("year:2026")), "{parts:?}");
    assert!(split.parts.iter().all(|part| !part.term.words().is_empty()), "{parts:?}");
}

#[test]
fn with_not_the_large_parts_stand_alone_and_the_rest_is_one_term() {
    let ba = term("ba");
    let names = ["Ban", "Banana", "Bank", "Bang", "Bar", "Barn", "Baz", "Ba"];
    let split = split_with_not(&ba, &seen(&ba, names), 1300.0, with_not(1000, false));
    assert_eq!(queries(&split), ["ban", "ba NOT ban"]);
    assert!(split.covered && split.residue.is_none());
}

#[test]
fn a_root_leaves_names_with_earlier_letters_to_the_roots_of_these() {
    let c = term("c");
    assert_eq!(
        queries(&split_with_not(&c, &Seen::default(), 5000.0, with_not(1000, false))),
        ["c NOT a NOT b"]
    );
}

#[test]
fn a_word_that_saturates_by_itself_is_split_by_the_letters_of_other_words() {
    let dj = term("dj NOT a");
    let split =
        split_with_not(&dj, &seen(&dj, ["DJ Bob", "DJ Cat", "DJ", "Djinn"]), 9000.0, with_not(1000, false));
    let parts = queries(&split);
    assert!(parts.contains(&"dji NOT a".to_owned()), "{parts:?}");
    assert!(parts.contains(&"c dj NOT a NOT b NOT dji".to_owned()), "{parts:?}");
    assert!(parts.last().unwrap().starts_with("dj NOT a NOT b NOT c NOT dji NOT e"), "{parts:?}");
}

#[test]
fn where_quotes_work_a_saturated_whole_word_gets_its_own_part() {
    let dj = term("dj NOT a");
    let names = ["DJ Bob", "DJ Cat", "DJ", "Djinn"];
    let split = split_with_not(&dj, &seen(&dj, names), 9000.0, with_not(1000, true));
    assert_eq!(queries(&split), ["\"dj\" NOT a", "dj NOT a NOT \"dj\""]);
    assert!(split.covered && split.residue.is_none());
    let exactly = term("\"dj\" NOT a");
    let beside = seen(&exactly, ["DJ Bob", "DJ Cat", "DJ"]);
    let beside = split_with_not(&exactly, &beside, 3000.0, with_not(1000, true));
    assert_eq!(queries(&beside), ["b \"dj\" NOT a", "c \"dj\" NOT a", "\"dj\" NOT a NOT b NOT c"]);
    let others = term("dj NOT a NOT \"dj\"");
    let longer = split_with_not(&others, &seen(&others, ["Djinn", "Djo"]), 1100.0, with_not(1000, true));
    let longer = queries(&longer);
    assert_eq!(longer.first().unwrap(), "dji NOT a NOT \"dj\"");
    assert_eq!(longer.last().unwrap(), "dj NOT a NOT dji NOT djo NOT \"dj\"");
}

/// Names over few letters, so that every kind of split occurs.
fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[abс]{1,3}( [abd]{1,2}){0,2}", 1..60)
}

proptest! {
    #[test]
    fn every_name_of_a_covered_term_is_found_by_a_part_or_a_root(
        names in names(),
        query in prop::sample::select(vec!["b", "a", "ab", "b NOT a", "ba NOT a", "a b", "d", "bd NOT bda"]),
        sample in 0_usize..60,
        total in 10.0..5000.0_f64,
        depth in 5_u32..500,
        quotes in any::<bool>(),
    ) {
        let whole = term(query);
        let words: Vec<Vec<String>> = names.iter().map(|name| text::words(name)).collect();
        let matching = || names.iter().zip(&words).filter(|(_, words)| whole.matches(words));
        let seen = seen(&whole, matching().take(sample).map(|(name, _)| name.as_str()));
        let split = split_with_not(&whole, &seen, total, with_not(depth, quotes));
        if split.covered {
            for (name, words) in matching() {
                let root = alphabet::letters().take_while(|c| *c != query.chars().next().unwrap());
                let mut elsewhere = root.filter(|_| query.len() == 1);
                let found = split.parts.iter().any(|part| part.term.matches(words))
                    || elsewhere.any(|c| words.iter().any(|word| word.starts_with(c)));
                prop_assert!(found, "{name:?} is in none of {:?}", queries(&split));
            }
        }
        prop_assert!(split.parts.iter().all(|part| part.term != whole && part.size.is_finite()));
    }
}
