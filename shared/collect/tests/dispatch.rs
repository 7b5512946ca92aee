//! What is sent first, what is not begun when little time is left, and what a message is worth whose term was
//! given back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::catalogue::Genre;
use collect::dispatch::{Dispatched, dispatch, give_back_expired};
use collect::fetcher::{Fetcher, Outcome, claim};
use collect::memory::Memory;
use collect::plan::OperatorFinding;
use collect::plan::roots::roots;
use collect::ports::{Clock, Control, Finish, Frontier, Overview};
use collect::run::Run;
use collect::settings::Settings;
use collect::term::{
    GenreCategories, GenreSearch, Operator, Question, RunId, SearchTerm, Source, Term, TermState,
};
use collect::web_api::Bucket;

/// A world with an open run that has more terms than are sent at once.
async fn opened() -> (Memory, Run) {
    let world = Memory::default();
    let run = Run::open(RunId::new("2026-11-21").unwrap(), world.clock.now());
    world.control.open(&run).await.unwrap();
    let mut terms = roots(&run, &Settings::default());
    let more = (0..10).map(|number| SearchTerm::new(&format!("a{number}")).unwrap());
    terms.extend(more.map(|search| Term::new(run.id.clone(), Source::Search, search, 1.0)));
    world.frontier.put_new(&terms).await.unwrap();
    (world, run)
}

/// Dispatches with so many seconds left, when these operators are known to work.
async fn dispatch_within(world: &Memory, run: &Run, seconds: u64, known: &[Operator]) -> Dispatched {
    let found = OperatorFinding::new(true, &run.id, world.clock.now());
    let operators = known.iter().map(|operator| (*operator, found.clone())).collect();
    let overview = Overview { run: Some(run.clone()), operators, ..Overview::default() };
    let deadline = world.clock.now() + Duration::from_secs(seconds);
    dispatch(world, &Settings::default(), &run.id, &overview, deadline).await.unwrap()
}

fn sent(world: &Memory, run: &Run) -> Vec<Term> {
    world.frontier.terms(&run.id).into_iter().filter(|term| term.state == TermState::Sent).collect()
}

#[tokio::test]
async fn nothing_is_claimed_that_could_not_be_sent_in_time() {
    let (world, run) = opened().await;
    for (seconds, expected) in [(11, 0), (60, 40)] {
        let dispatched = dispatch_within(&world, &run, seconds, &Operator::ALL).await;
        let claimed = sent(&world, &run).len();
        assert_eq!((dispatched.sent, claimed), (expected, expected), "with {seconds} s left");
    }
}

#[tokio::test]
async fn searches_wait_for_the_one_that_finds_out_what_search_understands() {
    let (world, run) = opened().await;
    for _ in 0..2 {
        let dispatched = dispatch_within(&world, &run, 60, &[]).await;
        assert!(dispatched.ready > 0, "the run is not over");
        let sent = sent(&world, &run);
        let [trials] = sent.as_slice() else { unreachable!("{sent:?}") };
        assert_eq!(trials.key().as_str(), "search:year:1900-1970");
    }
    let trials = sent(&world, &run).remove(0);
    let progress = trials.progress.clone();
    let tally = trials.tally;
    let finish = Finish { state: TermState::Open, progress, tally, attempts: 0, reason: None };
    world.frontier.finish(&claim(&trials), &finish).await.unwrap();
    dispatch_within(&world, &run, 60, &[]).await;
    assert_eq!(sent(&world, &run).len(), 40, "whatever it has found out");
}

#[tokio::test]
async fn terms_of_a_held_bucket_do_not_stand_before_others_of_their_source() {
    let world = Memory::default();
    let sources = [Source::Tracks].into_iter().collect();
    let settings = Settings { sources, window: 5, ..Settings::default() };
    let run = Run::open(RunId::new("2026-11-21").unwrap(), world.clock.now());
    world.control.open(&run).await.unwrap();
    let term = |question: Question, expected| Term::new(run.id.clone(), Source::Tracks, question, expected);
    let mut terms: Vec<Term> = Genre::ALL.map(|genre| term(GenreSearch(genre).into(), 9.0)).into();
    terms.push(term(GenreCategories.into(), 1.0));
    world.frontier.put_new(&terms).await.unwrap();
    let until = world.clock.now() + Duration::from_mins(5);
    let mut overview = Overview { run: Some(run.clone()), ..Overview::default() };
    overview.note_hold(Bucket::Search, until);
    let deadline = world.clock.now() + Duration::from_mins(1);
    let dispatched = dispatch(&world, &settings, &run.id, &overview, deadline).await.unwrap();
    let sent: Vec<String> = sent(&world, &run).iter().map(|term| term.key().to_string()).collect();
    assert_eq!((dispatched.sent, sent), (1, vec!["genre-categories".to_owned()]));
}

#[tokio::test]
async fn a_message_whose_term_was_given_back_is_dropped() {
    let (world, run) = opened().await;
    dispatch_within(&world, &run, 60, &Operator::ALL).await;
    let late = world.window.receive(world.clock.now(), 10);
    world.clock.advance(Settings::default().lease_time() + Duration::from_mins(1));
    let now = world.clock.now();
    assert_eq!(give_back_expired(&world, &run.id, now).await.unwrap(), 40);
    let mut fetcher = Fetcher::new(Settings { window: 0, ..Settings::default() });
    let outcomes = fetcher.process_batch(&world, &late, now + Duration::from_mins(10)).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Stale), "{outcomes:?}");
    assert_eq!(world.spotify.asked(), [], "the next dispatch sends its own message");
}
