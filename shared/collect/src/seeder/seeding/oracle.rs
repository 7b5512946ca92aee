//! A second model of seeding: it reads the leaves of the earlier run from end to end and lists what the run
//! has to begin with, in no bits and without a crash.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::*;
use crate::memory::Memory;
use crate::term::{GenreSeeds, RunId, SearchTerm, Tally, TermKey};

const STATES: [TermState; 6] = [
    TermState::Ready,
    TermState::Sent,
    TermState::Done,
    TermState::Split,
    TermState::Open,
    TermState::Failed,
];

/// The result of a future that never waits, as those of the memory do.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("the memory does not wait"),
    }
}

fn id(run: &str) -> RunId {
    RunId::new(run).unwrap()
}

/// A term of the earlier run.
fn leaf() -> impl Strategy<Value = Term> {
    let search = "[ab]{1,3}( NOT [cd])?".prop_map(|query| Question::Search(SearchTerm::new(&query).unwrap()));
    let source = prop_oneof![8 => Just(Source::Search), 1 => Just(Source::Systematic)];
    let question = prop_oneof![
        11 => (search.clone(), source),
        1 => (search, Just(Source::Genres)),
        1 => Just((Question::from(GenreSeeds), Source::Genres)),
    ];
    let tally = (0_u32..4, 0_u32..90, 0_u32..90, 0_u32..90).prop_map(|(requests, rows, new, returned)| {
        Tally { requests, rows, new, returned, ..Tally::default() }
    });
    (question, prop::sample::select(&STATES[..]), 0.0..60.0_f64, tally).prop_map(
        |((question, source), state, priority, tally)| Term {
            state,
            tally,
            attempts: 3,
            generation: 7,
            ..Term::new(id("earlier"), source, question, priority)
        },
    )
}

/// Whether the run must ask for what `leaf` asks: the search has to, unless other terms ask for it.
fn has_to_be_asked(leaf: &Term) -> bool {
    let is_search = leaf.source == Source::Search && leaf.key().as_str().starts_with("search:");
    is_search && leaf.state != TermState::Split
}

/// All strings over `ab` of a length, in order.
fn strings(length: usize) -> Vec<String> {
    let longer = |strings: Vec<String>| -> Vec<String> {
        strings.iter().flat_map(|string| ["a", "b"].map(|c| format!("{string}{c}"))).collect()
    };
    (0..length).fold(vec![String::new()], |strings, _| longer(strings))
}

/// Seeds the run bit by bit. Where `crashes` says so, the bit was put and the run does not know it.
fn seed_with_crashes(memory: &Memory, settings: &Settings, run: &mut Run, crashes: &[bool]) {
    for bit in 0.. {
        assert!(bit < 1_000, "the seeding does not end");
        let seeding = now_or_never(seed_chunk(memory, settings, run)).unwrap();
        if crashes.get(bit).is_some_and(|crashes| *crashes) {
            continue;
        }
        match seeding {
            Some(seeding) => run.seeding = seeding,
            None => break,
        }
    }
}

proptest! {
    #[test]
    fn all_that_has_to_be_asked_is_put_once_and_nothing_else(
        leaves in prop::collection::vec(leaf(), 0..30),
        chunk in 1_usize..8,
        crashes in prop::collection::vec(any::<bool>(), 0..30),
        put_before in prop::collection::vec(any::<bool>(), 30),
        length in prop::option::of(1_usize..4),
        unasked_first in any::<bool>(),
    ) {
        let leaves: BTreeMap<TermKey, Term> = leaves.into_iter().map(|leaf| (leaf.key(), leaf)).collect();
        let memory = Memory::default();
        let all: Vec<Term> = leaves.values().cloned().collect();
        now_or_never(memory.frontier.put_new(&all)).unwrap();
        let mut run = Run {
            earlier: Some(id("earlier")),
            unasked_first,
            ..Run::open(id("run"), "2026-11-23T03:00:00Z".parse().unwrap())
        };
        now_or_never(memory.control.open(&run)).unwrap();
        let mut settings = Settings { chunk, ..Settings::default() };
        settings.sources = [Source::Search].into_iter().chain(length.map(|_| Source::Systematic)).collect();
        if let Some(length) = length {
            settings.strings = format!("ab:{length}").parse().unwrap();
        }
        // A bit of which a crash left some.
        let asked_again: Vec<&Term> = leaves.values().filter(|leaf| has_to_be_asked(leaf)).collect();
        let some = asked_again.iter().zip(&put_before).filter(|(_, put)| **put);
        let some: Vec<Term> = some
            .map(|(leaf, _)| Term::new(id("run"), Source::Search, leaf.question.clone(), 1.0))
            .collect();
        now_or_never(memory.frontier.put_new(&some)).unwrap();
        seed_with_crashes(&memory, &settings, &mut run, &crashes);

        let put: BTreeMap<TermKey, Term> =
            memory.frontier.terms(&run.id).into_iter().map(|term| (term.key(), term)).collect();
        let mut expected: BTreeMap<String, Source> =
            [("search:year:1900-2026".to_owned(), Source::Search)].into();
        expected.extend(asked_again.iter().map(|leaf| (leaf.key().to_string(), Source::Search)));
        for string in length.map(strings).unwrap_or_default() {
            expected.entry(format!("search:{string}")).or_insert(Source::Systematic);
        }
        let found: BTreeMap<String, Source> =
            put.iter().map(|(key, term)| (key.to_string(), term.source)).collect();
        prop_assert_eq!(&found, &expected);
        prop_assert!(put.values().all(|term| (term.state, term.generation, term.attempts)
            == (TermState::Ready, 0, 0) && term.tally == Tally::default()));
        let overview = now_or_never(memory.control.overview()).unwrap();
        let counted: f64 = overview.yields().0.values().map(|brought| brought.put).sum();
        let new = f64::from(u32::try_from(found.len() - some.len()).unwrap());
        prop_assert!((counted - new).abs() < 1e-9, "{} of {} are counted", counted, new);

        // What was never answered keeps its place; the answered stand by what they brought, and
        // an artist that they saw first counts for more than a row.
        let by_seeding = |leaf: &&&Term| some.iter().all(|term| term.key() != leaf.key());
        let place = |leaf: &Term| put[&leaf.key()].priority;
        let is_answered = |leaf: &&Term| matches!(leaf.state, TermState::Done | TermState::Open);
        let (answered, unasked): (Vec<&Term>, Vec<&Term>) =
            asked_again.iter().filter(by_seeding).copied().partition(is_answered);
        prop_assert!(unasked.iter().all(|leaf| (place(leaf) - leaf.priority).abs() < 1e-9));
        let brought = |leaf: &Term| leaf.tally.new + leaf.tally.returned;
        for (one, other) in answered.iter().flat_map(|one| answered.iter().map(move |other| (*one, *other))) {
            let is_better = one.tally.requests <= other.tally.requests
                && brought(one) >= brought(other)
                && brought(one) + one.tally.rows >= brought(other) + other.tally.rows;
            prop_assert!(!is_better || place(one) >= place(other), "{:?} stands behind {:?}", one, other);
        }
        let is_last = |leaf: &&Term| place(leaf) < 1e-3;
        prop_assert!(!unasked_first || answered.iter().all(is_last));
        prop_assert!(unasked_first || answered.iter().all(|leaf| brought(leaf) == 0 || !is_last(leaf)));
    }
}
