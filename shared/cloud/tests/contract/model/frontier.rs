//! The frontier.

use collect::ports::{Claim, Finish, Frontier, Kept, Revival};
use collect::term::{
    Lane, LastPage, Progress, Question, RunId, SearchProgress, SearchTerm, Source, Tally, Term, TermKey,
    TermState,
};
use jiff::Timestamp;
use proptest::collection::btree_set;
use proptest::prelude::*;

use super::{Step, both_agree};
use crate::place::Place;

#[test]
fn the_frontier_is_the_same_in_memory_and_on_aws() {
    both_agree(operation());
}

/// Two runs of four terms each, so that operations meet.
type Place4 = (u8, u8);

#[derive(Clone, Debug)]
enum Operation {
    Put { run: u8, terms: Vec<u8>, priority: u8 },
    Get(Place4),
    Send { term: Place4, lease: u8 },
    GiveBack { term: Place4, generation: u32, kept: Option<(u8, u8)> },
    Save { term: Place4, generation: u32, progress: u8, lease: u8 },
    Finish { term: Place4, generation: u32, state: TermState, reason: bool },
    Revive { term: Place4, generation: u32 },
    Ready { run: u8, source: Source, limit: usize },
    Sent { run: u8, until: u8, limit: usize },
    Count { run: u8, lane: Lane, limit: usize },
    Page { run: u8, after: Option<u8>, limit: usize },
    Expire { run: u8, terms: Vec<u8> },
}

fn operation() -> impl Strategy<Value = Operation> {
    let (run, key, term) = (|| 0..2_u8, || 0..4_u8, || (0..2_u8, 0..4_u8));
    let (generation, lease, limit) = (|| 0..4_u32, || 0..8_u8, || 1..6_usize);
    let ends = [TermState::Done, TermState::Split, TermState::Open, TermState::Failed];
    prop_oneof![
        3 => (run(), btree_set(key(), 1..4), any::<u8>()).prop_map(|(run, terms, priority)| {
            Operation::Put { run, terms: terms.into_iter().collect(), priority }
        }),
        1 => term().prop_map(Operation::Get),
        4 => (term(), lease()).prop_map(|(term, lease)| Operation::Send { term, lease }),
        2 => (term(), generation(), any::<Option<(u8, u8)>>())
            .prop_map(|(term, generation, kept)| Operation::GiveBack { term, generation, kept }),
        2 => (term(), generation(), any::<u8>(), lease()).prop_map(|(term, generation, progress, lease)| {
            Operation::Save { term, generation, progress, lease }
        }),
        2 => (term(), generation(), prop::sample::select(ends.to_vec()), any::<bool>()).prop_map(
            |(term, generation, state, reason)| Operation::Finish { term, generation, state, reason }
        ),
        1 => (term(), generation()).prop_map(|(term, generation)| Operation::Revive { term, generation }),
        1 => (run(), prop::sample::select(&[Source::Search, Source::Genres][..]), limit())
            .prop_map(|(run, source, limit)| Operation::Ready { run, source, limit }),
        1 => (run(), lease(), limit()).prop_map(|(run, until, limit)| Operation::Sent { run, until, limit }),
        1 => (run(), prop::sample::select(&[Lane::SENT, Lane::Ready(Source::Search)][..]), limit())
            .prop_map(|(run, lane, limit)| Operation::Count { run, lane, limit }),
        1 => (run(), prop::option::of(key()), limit())
            .prop_map(|(run, after, limit)| Operation::Page { run, after, limit }),
        1 => (run(), btree_set(key(), 1..4)).prop_map(|(run, terms)| {
            Operation::Expire { run, terms: terms.into_iter().collect() }
        }),
    ]
}

fn run_id(run: u8) -> RunId {
    RunId::new(format!("run-{run}")).unwrap()
}

fn key(term: u8) -> TermKey {
    question(term).key()
}

fn question(term: u8) -> Question {
    Question::Search(SearchTerm::new(["a", "ab", "b", "ba"][usize::from(term)]).unwrap())
}

/// A priority or lease that no other term has: the order of equal ones is not promised.
fn place_of(term: u8, value: u8) -> f64 {
    f64::from(value) + f64::from(term) / 8.0
}

fn lease_end(term: u8, lease: u8) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + i64::from(lease) * 1_000 + i64::from(term)).unwrap()
}

/// Progress that tells one write from another.
fn progress(rows: u8) -> Progress {
    SearchProgress { last_page: LastPage { rows: rows.into(), new: 0 }, ..SearchProgress::default() }.into()
}

fn tally(requests: u8) -> Tally {
    Tally { requests: requests.into(), ..Tally::default() }
}

fn claim((run, term): Place4, generation: u32) -> Claim {
    Claim { run: run_id(run), key: key(term), generation }
}

fn term((run, term): Place4, priority: u8) -> Term {
    let source = if term < 2 { Source::Search } else { Source::Genres };
    let parent = (term % 2 == 1).then(|| key(term - 1));
    let new = Term::new(run_id(run), source, question(term), place_of(term, priority));
    Term { parent, depth: u32::from(term), ..new }
}

impl Step for Operation {
    async fn carry_out<P: Place>(&self, place: &P) -> String {
        let frontier = place.frontier();
        match self.clone() {
            Self::Put { run, terms, priority } => {
                let terms: Vec<Term> = terms.iter().map(|at| term((run, *at), priority)).collect();
                format!("{:?}", frontier.put_new(&terms).await)
            }
            Self::Get((run, term)) => format!("{:?}", frontier.get(&run_id(run), &key(term)).await),
            Self::Send { term: (run, term), lease } => {
                format!("{:?}", frontier.send(&run_id(run), &key(term), lease_end(term, lease)).await)
            }
            Self::GiveBack { term, generation, kept } => {
                let kept = kept.map(|(rows, priority)| (rows, progress(rows), place_of(term.1, priority)));
                let kept = kept.as_ref().map(|(rows, progress, priority)| Kept {
                    progress,
                    tally: tally(*rows),
                    priority: *priority,
                    attempts: (*rows).into(),
                });
                format!("{:?}", frontier.give_back(&claim(term, generation), kept).await)
            }
            Self::Save { term, generation, progress: rows, lease } => {
                let (claim, until) = (claim(term, generation), lease_end(term.1, lease));
                format!("{:?}", frontier.save(&claim, &progress(rows), tally(rows), rows.into(), until).await)
            }
            Self::Finish { term, generation, state, reason } => {
                let reason = reason.then(|| "why".to_owned());
                let (progress, tally) = (progress(9), tally(9));
                let finish = Finish { state, progress, tally, attempts: 3, reason };
                format!("{:?}", frontier.finish(&claim(term, generation), &finish).await)
            }
            Self::Revive { term: at, generation } => {
                let failed = Term { generation, state: TermState::Failed, ..term(at, 0) };
                format!("{:?}", frontier.revive(&failed).await)
            }
            Self::Ready { run, source, limit } => {
                format!("{:?}", frontier.lane(&run_id(run), Lane::Ready(source), limit).await)
            }
            Self::Sent { run, until, limit } => {
                let lane = Lane::SentUntil(lease_end(0, until));
                format!("{:?}", frontier.lane(&run_id(run), lane, limit).await)
            }
            Self::Count { run, lane, limit } => {
                format!("{:?}", frontier.count(&run_id(run), lane, limit).await)
            }
            Self::Page { run, after, limit } => {
                let after = after.map(key);
                format!("{:?}", frontier.page(&run_id(run), after.as_ref(), limit).await)
            }
            Self::Expire { run, terms } => {
                let keys: Vec<TermKey> = terms.iter().copied().map(key).collect();
                format!("{:?}", frontier.expire(&run_id(run), &keys, lease_end(0, 0)).await)
            }
        }
    }

    async fn tables<P: Place>(place: &P) -> String {
        let mut tables = Vec::new();
        for run in [0, 1].map(run_id) {
            let frontier = place.frontier();
            let lanes = [Source::Search, Source::Genres].map(Lane::Ready);
            for term in 0..4 {
                tables.push(format!("{:#?}", frontier.get(&run, &key(term)).await.unwrap()));
            }
            for lane in lanes.into_iter().chain([Lane::SentUntil(Timestamp::MAX)]) {
                tables.push(format!("{lane:?} {:?}", frontier.lane(&run, lane, 100).await.unwrap()));
            }
        }
        tables.join("\n")
    }
}
