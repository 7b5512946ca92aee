use super::testing::{search, term};
use super::*;
use crate::term::Tally;

#[test]
fn a_term_that_leaves_a_single_stub_has_it_completed() {
    let completing = |stubs, sources: &[Source]| {
        let settings = Settings { sources: sources.iter().copied().collect(), ..Settings::default() };
        let term = Term { tally: Tally { stubs, ..Tally::default() }, ..term(Source::Search, search("a")) };
        let ending = Ending::done().completing(&term, &settings);
        ending.follow_ups.iter().map(|term| term.source).collect::<Vec<_>>()
    };
    let both = [Source::Search, Source::Hydrate];
    assert_eq!(completing(1, &both), [Source::Hydrate]);
    assert!(completing(0, &both).is_empty() && completing(1, &both[..1]).is_empty());
}

#[test]
fn a_term_as_deep_as_allowed_covers_its_parent_and_a_deeper_one_leaves_it_open() {
    let term = term(Source::Search, search("a"));
    let part = Term { depth: 5, ..term.follow_up(search("ab"), 1.0) };
    let split = Ending::split(vec![part]);
    assert_eq!(split.clone().within(5), split);
    let cut = split.within(4);
    assert_eq!((cut.state, cut.follow_ups.len()), (TermState::Open, 0));
}
