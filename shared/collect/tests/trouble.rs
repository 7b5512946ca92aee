//! A table that fails in the middle of the work on a term: nothing is lost, and nothing is asked twice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::dispatch::give_back_expired;
use collect::fetcher::{Fetcher, Outcome};
use collect::memory::{
    Catalogue, MemoryArtists, MemoryControl, MemoryFrontier, MemorySpotify, MemoryWindow, VirtualClock,
};
use collect::pace::{Pacing, Rate, WaitPolicy};
use collect::plan::{OperatorFinding, Yield, Yields};
use collect::ports::{
    Claim, Clock, Control, Delivery, Finish, Frontier, Kept, PortError, Ports, Ranked, Scheduling, TermPage,
};
use collect::run::Latest;
use collect::seeder::{self, Resuming, Tick};
use collect::settings::{Settings, StopRule};
use collect::term::{
    Lane, Operator, Progress, Question, RunId, Sample, SearchTerm, Source, Tally, Term, TermKey, TermState,
};
use collect::web_api::{Evidence, SpotifyError};
use jiff::Timestamp;

/// Terms in memory, of which one write fails.
#[derive(Debug, Default)]
struct Failing {
    terms: MemoryFrontier,
    /// Which write of which term fails next.
    next: Mutex<Option<(&'static str, TermKey)>>,
    /// Until when each save has leased its term.
    leases: Mutex<Vec<Timestamp>>,
    /// A term that the index takes for one whose lease has ended.
    outdated: Mutex<Option<TermKey>>,
    /// A term that a later release has written.
    newer: Mutex<Option<TermKey>>,
}

impl Failing {
    fn fails(&self, write: &str, keys: &[TermKey]) -> Result<(), PortError> {
        let mut next = self.next.lock().unwrap();
        if next.take_if(|(which, key)| *which == write && keys.contains(key)).is_none() {
            return Ok(());
        }
        Err(PortError::Unavailable { what: write.to_owned(), why: "throttled".to_owned() })
    }
}

impl Frontier for Failing {
    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError> {
        self.fails("put", &terms.iter().map(Term::key).collect::<Vec<_>>())?;
        self.terms.put_new(terms).await
    }

    async fn get(&self, run: &RunId, key: &TermKey) -> Result<Option<Term>, PortError> {
        self.fails("get", std::slice::from_ref(key))?;
        if self.newer.lock().unwrap().as_ref() == Some(key) {
            return Err(PortError::Newer { what: key.to_string(), version: "2".to_owned() });
        }
        self.terms.get(run, key).await
    }

    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<Ranked>, PortError> {
        let mut ranked = self.terms.lane(run, lane, limit).await?;
        if matches!(lane, Lane::SentUntil(_)) {
            ranked.extend(self.outdated.lock().unwrap().clone().map(|key| Ranked { key, rank: 0.0 }));
        }
        Ok(ranked)
    }

    async fn count(&self, run: &RunId, lane: Lane, limit: usize) -> Result<usize, PortError> {
        self.terms.count(run, lane, limit).await
    }

    async fn send(&self, run: &RunId, key: &TermKey, until: Timestamp) -> Result<Option<Claim>, PortError> {
        self.terms.send(run, key, until).await
    }

    async fn give_back(&self, claim: &Claim, kept: Option<Kept<'_>>) -> Result<bool, PortError> {
        self.terms.give_back(claim, kept).await
    }

    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        tally: Tally,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        self.leases.lock().unwrap().push(lease_until);
        self.terms.save(claim, progress, tally, attempts, lease_until).await
    }

    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError> {
        self.fails("finish", std::slice::from_ref(&claim.key))?;
        self.terms.finish(claim, finish).await
    }

    async fn page(&self, run: &RunId, after: Option<&TermKey>, limit: usize) -> Result<TermPage, PortError> {
        self.terms.page(run, after, limit).await
    }

    async fn expire(&self, run: &RunId, terms: &[TermKey], end: Timestamp) -> Result<(), PortError> {
        self.terms.expire(run, terms, end).await
    }
}

type World = Ports<VirtualClock, MemoryControl, Failing, MemoryWindow, MemoryArtists, MemorySpotify>;

fn settings() -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())),
        sources: [Source::Search, Source::Genres].into_iter().collect(),
        ..Settings::default()
    }
}

fn run() -> RunId {
    RunId::new("2026-11-21").unwrap()
}

fn key(query: &str) -> TermKey {
    Question::Search(SearchTerm::new(query).unwrap()).key()
}

/// Lets `run` know that operators of the search do not work, so that all its roots are sent at once.
async fn know_operators(world: &World, run: &RunId) {
    for operator in [Operator::Not, Operator::Quotes] {
        let finding = OperatorFinding::new(false, run, world.clock.now());
        world.control.note_operator(operator, &finding).await.unwrap();
    }
}

/// An open run over a few artists of one genre, whose roots are sent.
async fn opened() -> World {
    let artist = |number: usize| Artist {
        id: ArtistId::new(format!("{number:022}")).unwrap(),
        name: if number == 0 { "Abba 楽".to_owned() } else { format!("Abba {number}") },
        popularity: None,
        followers: None,
        genres: Some(vec!["pop".to_owned()]),
    };
    let spotify = MemorySpotify::new(Catalogue::new((0..120).map(artist).collect()), 50, 1000);
    let world = World { spotify, ..World::default() };
    know_operators(&world, &run()).await;
    // Of so low a priority that it is never put back because others bring more.
    let a = Term::new(run(), Source::Search, SearchTerm::new("a").unwrap(), 0.1);
    world.frontier.put_new(&[a]).await.unwrap();
    seeder::open_run(&world, &settings(), run()).await.unwrap();
    world
}

/// The message of the term `a`.
fn received_a(world: &World) -> Vec<Delivery> {
    let mut batch = world.window.receive(world.clock.now(), 1_000);
    batch.retain(|delivery| delivery.body.contains("\"search:a\""));
    batch
}

/// Works the term `a` until it is finished, which a failed write interrupts once.
async fn work_a(world: &World) {
    let (mut fetcher, mut outcomes) = (Fetcher::new(settings()), Vec::new());
    let batch = received_a(world);
    while !matches!(outcomes.last(), Some(Outcome::Finished(_))) {
        assert!(outcomes.len() < 10, "{outcomes:?}");
        let deadline = world.clock.now() + Duration::from_mins(1);
        outcomes.extend(fetcher.process_batch(world, &batch, deadline).await);
        world.clock.advance(Duration::from_secs(20));
    }
    let interrupted = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Undecided(_))).count();
    assert_eq!(interrupted, 1, "{outcomes:?}");
}

#[tokio::test]
async fn a_term_of_a_later_release_does_not_keep_others_from_being_given_back() {
    let world = opened().await;
    let sent = world.frontier.count(&run(), Lane::SENT, 1_000).await.unwrap();
    *world.frontier.newer.lock().unwrap() = Some(key("a"));
    world.clock.advance(settings().lease_time() + Duration::from_mins(1));
    let now = world.clock.now();
    assert_eq!(give_back_expired(&world, &run(), now).await.unwrap(), sent - 1);
    assert_eq!(world.frontier.count(&run(), Lane::SENT, 1_000).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_answered_before_a_write_failed_is_not_asked_again() {
    let world = opened().await;
    *world.frontier.next.lock().unwrap() = Some(("finish", key("a")));
    work_a(&world).await;
    let asked = world.spotify.asked();
    let different: BTreeSet<String> = asked.iter().map(|request| format!("{request:?}")).collect();
    assert_eq!((asked.len(), different.len()), (3, 3), "one request a page: {asked:?}");
}

#[tokio::test]
async fn what_an_answer_leads_to_is_put_again_where_putting_it_failed() {
    let world = opened().await;
    *world.frontier.next.lock().unwrap() = Some(("put", key("genre:\"pop\"")));
    work_a(&world).await;
    let genre = world.frontier().get(&run(), &key("genre:\"pop\"")).await.unwrap();
    assert!(genre.is_some_and(|term| term.source == Source::Genres), "the genre is never asked for");
}

#[tokio::test]
async fn what_the_end_of_a_term_leads_to_is_put_again_where_putting_it_failed() {
    let world = opened().await;
    *world.frontier.next.lock().unwrap() = Some(("put", key("楽")));
    work_a(&world).await;
    let seen = world.frontier().get(&run(), &key("楽")).await.unwrap();
    assert!(seen.is_some(), "a character that was seen is never asked for");
}

#[tokio::test]
async fn a_lease_that_would_end_within_the_invocation_is_extended_before_the_term_is_worked() {
    let world = opened().await;
    let batch = received_a(&world);
    world.clock.advance(settings().lease_time());
    let deadline = world.clock.now() + Duration::from_mins(1);
    let outcomes = Fetcher::new(settings()).process_batch(&world, &batch, deadline).await;
    assert!(matches!(outcomes.as_slice(), [Outcome::Finished(_)]), "{outcomes:?}");
    let leases = world.frontier.leases.lock().unwrap();
    assert!(leases.first().is_some_and(|until| *until >= deadline), "{leases:?}");
}

#[tokio::test]
async fn a_term_whose_lease_the_index_shows_too_late_is_not_given_back() {
    let world = opened().await;
    *world.frontier.outdated.lock().unwrap() = Some(key("a"));
    assert_eq!(give_back_expired(&world, &run(), world.clock.now()).await.unwrap(), 0);
    world.clock.advance(settings().lease_time());
    let sent = world.frontier.count(&run(), Lane::SENT, 1_000).await.unwrap();
    assert_eq!(give_back_expired(&world, &run(), world.clock.now()).await.unwrap(), sent);
}

#[tokio::test]
async fn a_refusal_counts_neither_as_a_request_nor_as_an_attempt_and_the_lease_outlasts_its_wait() {
    let world = opened().await;
    let wait = Duration::from_mins(5);
    let retry_after = Some(wait);
    world.spotify.fail_next([SpotifyError::Throttled { retry_after, evidence: Evidence::default() }]);
    let (batch, begun) = (received_a(&world), world.clock.now());
    let outcomes =
        Fetcher::new(settings()).process_batch(&world, &batch, begun + Duration::from_mins(1)).await;
    assert!(matches!(outcomes.as_slice(), [Outcome::Deferred(_)]), "{outcomes:?}");
    let term = world.frontier.get(&run(), &key("a")).await.unwrap().unwrap();
    assert_eq!((term.tally.requests, term.attempts), (0, 0));
    let leased = term.lease_until.unwrap();
    assert!(leased >= begun + wait + settings().lease_time(), "until {leased}");
}

#[tokio::test]
async fn a_term_that_is_parked_keeps_its_attempts() {
    let world = opened().await;
    let evidence = Evidence::default;
    let retry_after = Some(Duration::from_hours(2));
    world.spotify.fail_next([
        SpotifyError::Transient { evidence: evidence() },
        SpotifyError::Throttled { retry_after, evidence: evidence() },
    ]);
    let (batch, mut fetcher) = (received_a(&world), Fetcher::new(settings()));
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let deadline = world.clock.now() + Duration::from_mins(1);
        outcomes.extend(fetcher.process_batch(&world, &batch, deadline).await);
    }
    assert!(matches!(outcomes.as_slice(), [Outcome::Retried { .. }, Outcome::Parked]), "{outcomes:?}");
    assert_eq!(world.frontier.get(&run(), &key("a")).await.unwrap().unwrap().attempts, 1);
}

/// Settings under which a run ends after a thousand requests, twenty of them for the sample.
fn ending() -> Settings {
    let stop = StopRule { requests: Some(1_000), least_yield: None };
    Settings { stop, window: 200, ..settings() }
}

/// Lets the operator `year:` be known to work, and so many requests be asked in `run`.
async fn near_the_end(world: &World, run: &RunId, asked: f64) {
    let finding = OperatorFinding::new(true, run, world.clock.now());
    world.control.note_operator(Operator::Years, &finding).await.unwrap();
    let yields = Yields([(Source::Search, Yield { asked, ..Yield::default() })].into());
    world.control.note_yields(run, &yields, &Latest::default()).await.unwrap();
}

#[tokio::test]
async fn a_term_of_the_sample_that_meets_trouble_is_given_back() {
    for write in ["get", "finish"] {
        let world = opened().await;
        near_the_end(&world, &run(), 980.0).await;
        let first = Question::from(Sample(0)).key();
        *world.frontier.next.lock().unwrap() = Some((write, first.clone()));
        let deadline = world.clock.now() + Duration::from_mins(1);
        Fetcher::new(ending()).process_batch(&world, &received_a(&world), deadline).await;
        assert_eq!(*world.frontier.next.lock().unwrap(), None, "{write} has failed");
        let term = world.frontier.get(&run(), &first).await.unwrap().unwrap();
        // It may have been sent since, by a message then.
        assert_ne!((term.state, term.generation), (TermState::Sent, 1), "no message brings it again");
    }
}

#[tokio::test]
async fn a_term_leaves_what_is_kept_for_the_sample_in_the_next_run_too() {
    let (world, mut fetcher) = (opened().await, Fetcher::new(ending()));
    near_the_end(&world, &run(), 980.0).await;
    let deadline = world.clock.now() + Duration::from_mins(1);
    fetcher.process_batch(&world, &received_a(&world), deadline).await;
    world.control.stop(&run(), "stopped by hand").await.unwrap();
    while !matches!(seeder::tick(&world, &ending()).await.unwrap(), Tick::Closed(_)) {}

    let next = RunId::new("2026-11-28").unwrap();
    let a = Term::new(next.clone(), Source::Search, SearchTerm::new("a").unwrap(), 0.1);
    world.frontier.put_new(&[a]).await.unwrap();
    know_operators(&world, &next).await;
    seeder::open_run(&world, &ending(), next.clone()).await.unwrap();
    near_the_end(&world, &next, 979.0).await;
    let mut batch = received_a(&world);
    batch.retain(|delivery| delivery.body.contains(next.as_str()));
    let deadline = world.clock.now() + Duration::from_mins(1);
    let outcomes = fetcher.process_batch(&world, &batch, deadline).await;
    assert_eq!(outcomes, [Outcome::PutBack], "after the first of its three pages");
}

#[tokio::test]
async fn a_resumed_run_whose_sample_is_drawn_asks_what_is_left_to_ask() {
    let (world, mut fetcher) = (opened().await, Fetcher::new(ending()));
    near_the_end(&world, &run(), 980.0).await;
    let batch = received_a(&world);
    // The sample is drawn, and then there is no time for the term.
    let mut deadline = world.clock.now() + WaitPolicy::horizon() + ending().request_time;
    let outcomes = fetcher.process_batch(&world, &batch, deadline).await;
    assert_eq!(outcomes, [Outcome::Deferred(Duration::ZERO)]);
    world.control.stop(&run(), "stopped: no Premium").await.unwrap();
    let resumed = seeder::resume_run(&world, &ending()).await.unwrap();
    assert!(matches!(resumed, Resuming::Resumed(_)), "{resumed:?}");
    deadline += Duration::from_mins(1);
    let outcomes = fetcher.process_batch(&world, &batch, deadline).await;
    assert_eq!(outcomes, [Outcome::Stale], "a message of before the stop");
    world.window.delete(&batch[0]);
    seeder::tick(&world, &ending()).await.unwrap();
    let outcomes = fetcher.process_batch(&world, &received_a(&world), deadline).await;
    assert!(matches!(outcomes.as_slice(), [Outcome::Finished(_)]), "{outcomes:?}");
}

#[tokio::test]
async fn a_message_that_lasting_trouble_keeps_bringing_back_comes_rarely() {
    for (receives, waits) in [(100, Duration::from_secs(20)), (101, Duration::from_mins(15))] {
        let world = opened().await;
        let mut batch = received_a(&world);
        *world.frontier.next.lock().unwrap() =
            Some(("get", SearchTerm::new("a").map(Question::from).unwrap().key()));
        batch[0].receive_count = receives;
        let now = world.clock.now();
        let deadline = now + Duration::from_mins(1);
        let outcomes = Fetcher::new(settings()).process_batch(&world, &batch, deadline).await;
        assert!(matches!(outcomes.as_slice(), [Outcome::Undecided(_)]), "{outcomes:?}");
        world.clock.advance(waits.saturating_sub(Duration::from_secs(1)));
        assert!(received_a(&world).is_empty(), "{receives} receives");
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(received_a(&world).len(), 1, "{receives} receives");
    }
}

#[tokio::test]
async fn a_run_is_resumed_although_its_terms_cannot_be_given_back() {
    let world = opened().await;
    let key = SearchTerm::new("a").map(Question::from).unwrap().key();
    world.control.stop(&run(), "stopped: no Premium").await.unwrap();
    *world.frontier.next.lock().unwrap() = Some(("get", key.clone()));
    let resumed = seeder::resume_run(&world, &ending()).await;
    assert_eq!(*world.frontier.next.lock().unwrap(), None, "the read has failed");
    assert!(matches!(resumed, Ok(Resuming::Resumed(_))), "{resumed:?}");
    let term = world.frontier.get(&run(), &key).await.unwrap().unwrap();
    assert_eq!(term.state, TermState::Sent, "its lease ends later");
}

#[tokio::test]
async fn a_run_that_could_not_be_stopped_is_stopped_at_the_next_refusal() {
    let world = opened().await;
    let no_premium = || SpotifyError::PremiumRequired { evidence: Evidence::default() };
    world.spotify.fail_next([no_premium(), no_premium()]);
    world.control.fail_stops(1);
    let (batch, mut fetcher) = (received_a(&world), Fetcher::new(settings()));
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let deadline = world.clock.now() + Duration::from_mins(1);
        outcomes.extend(fetcher.process_batch(&world, &batch, deadline).await);
    }
    assert!(matches!(outcomes.as_slice(), [Outcome::Undecided(_), Outcome::Parked]), "{outcomes:?}");
    let run = world.control.overview().await.unwrap().run.unwrap();
    assert!(run.stopped.is_some_and(|why| why.contains("Premium")));
}
