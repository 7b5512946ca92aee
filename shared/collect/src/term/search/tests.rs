use proptest::prelude::*;

use super::*;

fn term(query: &str) -> SearchTerm {
    SearchTerm::new(query).unwrap()
}

#[test]
fn two_ways_to_write_a_question_are_one_term() {
    assert_eq!(term("The Dj"), term("  dj   thé "));
    assert_eq!(term("a abba ab"), term("ABBA"), "the beginning of another word asks nothing more");
    assert_ne!(term("ab ac"), term("ab"));
    assert_eq!(
        term("s NOT ab NOT B NOT a"),
        term("S NOT a NOT b"),
        "whatever begins with `ab` begins with `a`"
    );
    assert_eq!(term("s NOT a").query(), "s NOT a");
    assert_eq!(term("s not a").words(), ["a", "not", "s"], "in lower case it is a word");
}

#[test]
fn what_is_no_question_is_named() {
    assert_eq!(SearchTerm::new(" \u{301} "), Err(InvalidTerm::Empty(" \u{301} ".into())));
    assert!(matches!(SearchTerm::new(&"x".repeat(81)), Err(InvalidTerm::TooLong(_))));
    assert!(matches!(SearchTerm::new("a b c d e"), Err(InvalidTerm::TooLong(_))));
    assert!(matches!(SearchTerm::new("sa NOT s"), Err(InvalidTerm::Contradiction(_))));
    assert!(matches!(SearchTerm::new(" NOT s"), Err(InvalidTerm::Empty(_))));
}

#[test]
fn a_term_narrows_by_a_character_or_by_a_word() {
    assert_eq!(term("dj the").extended(1, 'o'), Some(term("dj theo")));
    assert_eq!(term("the").with_word("dj"), Some(term("dj the")));
    assert_eq!(term("the").with_word("th"), None, "every match of `the` matches `th`");
    assert_eq!(term("th NOT the").extended(0, 'e'), None);
    assert_eq!(term("th NOT a").excluding(["the".into(), "a".into()]), Some(term("th NOT a NOT the")));
    assert_eq!(term("th").excluding((0..60).map(|n| format!("x{n:02}"))), None, "too long");
}

#[test]
fn filters_and_whole_words_have_one_form() {
    assert_eq!(
        term("genre:\"Deep  House\" year:2003-2003 \"Thé\" b").query(),
        "b \"the\" year:2003 genre:\"deep house\""
    );
    assert_eq!(term("year:1955-1960 year:1958-1999"), term("year:1958-1960"));
    assert_eq!(term("th \"the\""), term("\"the\""), "whoever has the word has its beginning");
    assert_eq!(term("th").ending(0), Some(term("\"th\"")));
    assert_eq!(term("\"th\"").extended(0, 'x'), Some(term("x \"th\"")));
    assert!(matches!(SearchTerm::new("genre:rock genre:pop"), Err(InvalidTerm::TwoGenres(_))));
    assert!(matches!(SearchTerm::new("year:1999-1950 a"), Err(InvalidTerm::Unreadable(_))));
    assert!(matches!(SearchTerm::new("year:1950 year:1951"), Err(InvalidTerm::Contradiction(_))));
    assert!(matches!(SearchTerm::new("\"the\" NOT th"), Err(InvalidTerm::Contradiction(_))));
    assert!(matches!(SearchTerm::new("a\"b"), Err(InvalidTerm::Unreadable(_))));
}

#[test]
fn a_whole_word_matches_no_longer_one() {
    let words = |name: &str| crate::catalogue::text::words(name);
    assert!(term("\"the\" b").matches(&words("The Band")));
    assert!(!term("\"the\" b").matches(&words("Them Band")));
}

#[test]
fn a_character_that_joins_the_one_before_it_does_not_lengthen_a_term() {
    assert_eq!(term("\u{1100}").extended(0, '\u{1161}'), None, "together they are one syllable");
    assert_eq!(term("a").extended(0, 'B'), None);
    assert_eq!(term("a").with_word("b c"), None);
}

proptest! {
    #[test]
    fn every_term_that_is_made_of_another_is_found_under_its_key(query in "\\PC{1,9}", next in any::<char>()) {
        if let Ok(term) = SearchTerm::new(&query) {
            let word = term.words().first().cloned().unwrap_or_default();
            let made = [
                term.extended(0, next),
                term.with_word(&next.to_string()),
                term.excluding([format!("{word}{next}")]),
            ];
            for term in made.into_iter().flatten() {
                prop_assert_eq!(SearchTerm::new(&term.query()), Ok(term));
            }
        }
    }

    #[test]
    fn canonical_form_is_a_fixed_point(query in "((year:|genre:|\")?\\PC{0,9}( NOT |\" |-)?){0,4}") {
        if let Ok(term) = SearchTerm::new(&query) {
            prop_assert_eq!(SearchTerm::new(&term.query()), Ok(term));
        }
    }

    #[test]
    fn a_url_is_never_too_long(words in prop::collection::vec("\\PC{0,40}", 1..5), nots in prop::collection::vec("\\PC{1,9}", 0..40)) {
        let query = [words.join(" "), nots.join(" NOT ")].join(" NOT ");
        if let Ok(term) = SearchTerm::new(&query) {
            let encoded: String = form_urlencoded::byte_serialize(term.query().as_bytes()).collect();
            prop_assert!(encoded.len() <= MAX_ENCODED_BYTES && term.query().chars().count() <= MAX_QUERY_CHARS);
        }
    }

    #[test]
    fn what_a_narrower_term_matches_the_wider_matches_too(
        query in "[ab]{1,2}( [abc]{1,2}){0,2}( NOT [abc]{2}){0,1}",
        name in prop::collection::vec("[abc]{1,3}", 1..4),
        next in prop::sample::select(vec!['a', 'b', 'c']),
    ) {
        let Ok(wide) = SearchTerm::new(&query) else { return Ok(()) };
        let years = Years::new(1990, 2000).unwrap();
        let narrower = [
            wide.extended(0, next),
            wide.ending(0),
            wide.with_word("c"),
            wide.excluding(["ca".to_owned()]),
            wide.released(years),
        ];
        for narrow in narrower.into_iter().flatten() {
            prop_assert!(wide.matches(&name) || !narrow.matches(&name), "{narrow} matches {name:?}, {wide} does not");
        }
    }
}

#[test]
fn a_text_of_a_megabyte_is_refused_without_comparing_its_words() {
    let words: Vec<String> = (0..100_000).map(|number| format!("{number} \"{number}\"")).collect();
    let words = words.join(" ");
    let error = SearchTerm::new(&words).unwrap_err();
    assert!(matches!(&error, InvalidTerm::TooLong(shown) if shown.starts_with("0 \"0\"")), "{error}");
}
