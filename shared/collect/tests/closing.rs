//! Closing a run of any size: within the time of a tick, resumed after it, and counted again when a term
//! comes back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::memory::{Memory, MemoryControl, MemoryFrontier, MemoryWindow, VirtualClock};
use collect::ports::{
    Claim, Clock, Control, Finish, Frontier, Kept, Opening, PortError, Ranked, Revival, Scheduling, TermPage,
};
use collect::run::{Run, RunState};
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::Settings;
use collect::term::{
    Lane, Progress, Question, RunId, SearchTerm, Source, Tally, Term, TermKey, TermState, TermSummary,
};
use jiff::{SignedDuration, Timestamp};

const DAY: Duration = Duration::from_hours(24);

/// What reading a page takes in a small function, and what a page of writes does.
const PAGE_READ: Duration = Duration::from_millis(500);
const PAGE_WRITTEN: Duration = Duration::from_millis(1500);

/// The timeout of the seeder.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(60);

/// Terms of which a run may have millions: they are computed when a page of them is read, and take time like
/// real ones. The terms of a page share its last key, since to make two million takes longer than to count
/// them.
#[derive(Debug, Default)]
struct ManyTerms {
    count: usize,
    clock: VirtualClock,
    /// Terms that stand where they are put.
    put: MemoryFrontier,
    /// The keys of terms that have been given an end, in order.
    expired: std::sync::Mutex<Vec<usize>>,
}

/// Keys in the order of their numbers: five letters each.
fn key(number: usize) -> TermKey {
    let letter = |place: u32| char::from(b'a' + u8::try_from(number / 26_usize.pow(place) % 26).unwrap());
    TermKey::parse(&format!("search:{}", (0..5).rev().map(letter).collect::<String>())).unwrap()
}

fn number(key: &TermKey) -> usize {
    key.as_str()[7..].bytes().fold(0, |number, letter| number * 26 + usize::from(letter - b'a'))
}

impl Frontier for ManyTerms {
    async fn page(&self, _: &RunId, after: Option<&TermKey>, limit: usize) -> Result<TermPage, PortError> {
        self.clock.advance(PAGE_READ);
        let from = after.map_or(0, |key| number(key) + 1);
        let until = self.count.min(from + limit);
        let last = key(until - 1);
        let term = |number| TermSummary {
            key: last.clone(),
            source: Source::Search,
            state: if number % 1000 == 999 { TermState::Open } else { TermState::Done },
            priority: 1.0,
            tally: Tally { requests: 1, ..Tally::default() },
            reason: (number % 1000 == 999).then(|| "nothing narrower can be asked".to_owned()),
        };
        let terms = (from..until).map(term).collect();
        Ok(TermPage { terms, next: (until < self.count).then_some(last) })
    }

    async fn expire(&self, _: &RunId, terms: &[TermKey], _: Timestamp) -> Result<(), PortError> {
        self.clock.advance(PAGE_WRITTEN);
        self.expired.lock().unwrap().extend(terms.iter().map(number));
        Ok(())
    }

    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError> {
        self.clock.advance(PAGE_WRITTEN);
        self.put.put_new(terms).await
    }

    async fn get(&self, run: &RunId, key: &TermKey) -> Result<Option<Term>, PortError> {
        self.put.get(run, key).await
    }

    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<Ranked>, PortError> {
        self.put.lane(run, lane, limit).await
    }

    async fn count(&self, run: &RunId, lane: Lane, limit: usize) -> Result<usize, PortError> {
        self.put.count(run, lane, limit).await
    }

    async fn send(&self, run: &RunId, key: &TermKey, until: Timestamp) -> Result<Option<Claim>, PortError> {
        self.put.send(run, key, until).await
    }

    async fn give_back(&self, claim: &Claim, kept: Option<Kept<'_>>) -> Result<bool, PortError> {
        self.put.give_back(claim, kept).await
    }

    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        tally: Tally,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        self.put.save(claim, progress, tally, attempts, lease_until).await
    }

    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError> {
        self.put.finish(claim, finish).await
    }
}

/// The ports of a seeder over many terms.
#[derive(Debug, Default)]
struct Large {
    control: MemoryControl,
    frontier: ManyTerms,
    window: MemoryWindow,
}

impl Scheduling for Large {
    type Clock = VirtualClock;
    type Control = MemoryControl;
    type Frontier = ManyTerms;
    type Window = MemoryWindow;

    fn clock(&self) -> &VirtualClock {
        &self.frontier.clock
    }

    fn control(&self) -> &MemoryControl {
        &self.control
    }

    fn frontier(&self) -> &ManyTerms {
        &self.frontier
    }

    fn window(&self) -> &MemoryWindow {
        &self.window
    }
}

fn opening() -> Timestamp {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

fn run_id() -> RunId {
    RunId::of_day(opening())
}

/// A run with so many finished terms, seeded.
async fn large(count: usize) -> Large {
    let clock = VirtualClock::at(opening());
    let world = Large { frontier: ManyTerms { count, clock, ..ManyTerms::default() }, ..Large::default() };
    world.control.open(&Run::open(run_id(), opening())).await.unwrap();
    world.control.mark_seeded(&run_id()).await.unwrap();
    world
}

/// Ticks every minute until the run is closed, each within the timeout. Returns the closed run and how many
/// ticks that took.
async fn close(world: &Large, mut between: impl AsyncFnMut(&Large, u32)) -> (Run, u32) {
    let settings = Settings { sources: [Source::Search].into_iter().collect(), ..Settings::default() };
    for ticks in 1..200 {
        between(world, ticks).await;
        if let Tick::Closed(run) = tick(world, &settings).await {
            return (*run, ticks);
        }
    }
    unreachable!("the run does not close")
}

/// Finishes a term that was sent.
async fn finish(frontier: &impl Frontier, sent: Term) {
    let claim = Claim { run: run_id(), key: sent.key(), generation: sent.generation };
    let Term { progress, tally, .. } = sent;
    let done = Finish { state: TermState::Done, progress, tally, attempts: 0, reason: None };
    assert!(frontier.finish(&claim, &done).await.unwrap());
}

/// A minute's tick, which must end within the timeout.
async fn tick(world: &Large, settings: &Settings) -> Tick {
    let began = world.clock().now();
    let tick = seeder::tick(world, settings).await.unwrap();
    let took = world.clock().now().duration_since(began);
    assert!(took < TIMEOUT, "a tick took {took:#}: {tick:?}");
    world.clock().advance(Duration::from_mins(1).saturating_sub(took.unsigned_abs()));
    tick
}

#[tokio::test]
async fn a_run_of_two_million_terms_closes_and_gives_each_its_end_within_ticks() {
    const TERMS: usize = 2_000_000;
    // Minutes before the ends are set, for fetchers that may still be at work.
    const WAITED: u32 = 16;
    let world = large(TERMS).await;
    let (run, ticks) = close(&world, async |_, _| ()).await;
    let report = run.report.unwrap();
    assert_eq!((run.state, report.done, report.open), (RunState::Partial, 1_998_000, 2_000));
    assert_eq!(report.requests, TERMS as u64);
    assert!((10..20).contains(&ticks), "{ticks} minutes");
    let settings = Settings::default();
    let mut ticks = 0;
    while !world.control.overview().await.unwrap().expiring.is_empty() {
        assert_eq!(tick(&world, &settings).await, Tick::NoRun);
        ticks += 1;
    }
    assert!((35..55).contains(&(ticks - WAITED)), "{ticks} minutes");
    let expired = world.frontier.expired.lock().unwrap();
    let page_ends = (0..TERMS).map(|number| number / settings.chunk * settings.chunk + settings.chunk - 1);
    assert!(expired.iter().copied().eq(page_ends), "each once and in order");
}

#[tokio::test]
async fn a_run_is_closed_once_it_was_idle_for_a_second() {
    let world = large(10).await;
    let settings = Settings { sources: [Source::Search].into_iter().collect(), ..Settings::default() };
    for wait in [0, 999] {
        world.clock().advance(Duration::from_millis(wait));
        let tick = seeder::tick(&world, &settings).await.unwrap();
        assert!(matches!(tick, Tick::Idle { .. }), "an index may lag for longer than {wait} ms: {tick:?}");
    }
    world.clock().advance(Duration::from_millis(1));
    let tick = seeder::tick(&world, &settings).await.unwrap();
    assert!(matches!(tick, Tick::Closed(_)), "{tick:?}");
}

#[tokio::test]
async fn another_run_waits_for_one_that_is_being_counted() {
    let world = large(400_000).await;
    let settings = Settings { sources: [Source::Search].into_iter().collect(), ..Settings::default() };
    while !matches!(tick(&world, &settings).await, Tick::Counting { .. }) {}
    let (opening, tick) = seeder::open_run(&world, &settings, RunId::new("by-hand").unwrap()).await.unwrap();
    assert_eq!(opening, Opening::Busy(run_id()));
    assert!(matches!(tick, Tick::Counting { terms, .. } if terms > 100_000), "{tick:?}");
}

#[tokio::test]
async fn a_term_that_comes_behind_what_is_counted_is_asked_and_everything_counted_again() {
    let world = large(400_000).await;
    let question = Question::Search(SearchTerm::new("a").unwrap());
    let late = Term::new(run_id(), Source::Search, question, 1.0);
    // The first tick looks, the second counts.
    let (run, ticks) = close(&world, async |world, ticks| {
        if ticks == 3 {
            assert!(world.control.overview().await.unwrap().run.unwrap().counting.is_some());
            world.frontier.put_new(std::slice::from_ref(&late)).await.unwrap();
        }
        if ticks == 5 {
            let sent = world.frontier.get(&run_id(), &late.key()).await.unwrap().unwrap();
            assert_eq!(sent.state, TermState::Sent, "the run is open, and asks it");
            finish(&world.frontier, sent).await;
        }
    })
    .await;
    assert_eq!(run.report.unwrap().done, 399_600, "no term is counted twice");
    assert!(ticks > 7, "{ticks} ticks");
}

#[tokio::test]
async fn a_count_is_refused_once_an_operator_has_made_a_term_ready_again() {
    let world = <Memory>::default();
    let control = &world.control;
    let run = Run::open(run_id(), opening());
    control.open(&run).await.unwrap();
    control.mark_idle(&run.id, Some(opening())).await.unwrap();
    let seen = control.overview().await.unwrap().run.unwrap();
    let counting = collect::run::Counting { after: Some(key(3)), ..Default::default() };
    assert!(control.mark_counting(&seen, &counting).await.unwrap());
    // What a redrive does: it makes the term ready, and says that the run is idle no longer.
    let failed = Term {
        state: TermState::Failed,
        ..Term::new(run.id.clone(), Source::Search, Question::parse(key(1).as_str()).unwrap(), 1.0)
    };
    world.frontier.replace(failed.clone());
    assert!(world.frontier.revive(&failed).await.unwrap());
    control.mark_idle(&run.id, None).await.unwrap();
    assert_eq!(control.overview().await.unwrap().run.unwrap().counting, None);
    assert!(!control.mark_counting(&seen, &counting).await.unwrap());
    assert!(!control.close(&seen.closed(collect::run::Report::default(), opening())).await.unwrap());
}

#[tokio::test]
async fn everything_is_counted_again_once_a_counted_term_has_moved() {
    let sources = [Source::Search].into_iter().collect();
    // A tick has time for one page.
    let settings = Settings { sources, chunk: 2, request_time: DAY, ..Settings::default() };
    let world = <Memory>::default();
    world.control.open(&Run::open(run_id(), opening())).await.unwrap();
    world.control.mark_seeded(&run_id()).await.unwrap();
    let term = |source, letter| Term::new(run_id(), source, SearchTerm::new(letter).unwrap(), 1.0);
    // A run can close with terms of a spent source unasked, but a fetcher that does not know it may ask one.
    let late = term(Source::Systematic, "a");
    world.frontier.replace(late.clone());
    for letter in ["b", "c"] {
        world.frontier.replace(Term { state: TermState::Done, ..term(Source::Search, letter) });
    }
    let mut ticks = Vec::new();
    let report = loop {
        ticks.push(seeder::tick(&world, &settings).await.unwrap());
        world.clock.advance(Duration::from_mins(1));
        match &ticks[ticks.len() - 1] {
            Tick::Counting { terms: 2, .. } if ticks.len() == 2 => {
                world.frontier.send(&run_id(), &late.key(), world.clock.now()).await.unwrap().unwrap();
                let sent = world.frontier.get(&run_id(), &late.key()).await.unwrap().unwrap();
                finish(&world.frontier, sent).await;
            }
            Tick::Closed(run) => break run.report.clone().unwrap(),
            _ => assert!(ticks.len() < 10, "the run does not close: {ticks:?}"),
        }
    };
    assert_eq!((report.done, report.unasked), (3, 0), "{ticks:?}");
}

#[tokio::test]
async fn a_run_that_grows_too_old_is_partial_and_says_why() {
    let world = <Memory>::default();
    let settings = Settings { retention: 10 * DAY, ..Settings::default() };
    world.clock.advance(Duration::try_from(opening().duration_since(world.clock.now())).unwrap());
    seeder::open_run(&world, &settings, run_id()).await.unwrap();
    world.clock.advance(Duration::from_mins(9 * 24 * 60 - 1));
    assert!(matches!(seeder::tick(&world, &settings).await.unwrap(), Tick::Working { .. }));
    let terms = world.frontier.terms(&run_id()).len() as u64;
    world.clock.advance(Duration::from_mins(1));
    let Tick::Closed(run) = seeder::tick(&world, &settings).await.unwrap() else {
        unreachable!("it is open")
    };
    assert_eq!((run.state, run.report.as_ref().unwrap().unasked), (RunState::Partial, terms));
    assert!(run.stopped.unwrap().contains("open for 9 days"));
    assert!(run.report.unwrap().reasons.keys().any(|reason| reason.contains("open for 9 days")));

    assert_eq!(world.frontier.ends(&run_id()).len(), 0, "nothing of an open run has an end");
    seeder::tick(&world, &settings).await.unwrap();
    assert_eq!(world.frontier.ends(&run_id()).len(), 0, "a fetcher may still be at work");
    world.clock.advance(Duration::from_mins(16));
    seeder::tick(&world, &settings).await.unwrap();
    let ends = world.frontier.ends(&run_id());
    let end = opening() + 19 * DAY;
    assert_eq!((ends.len() as u64, ends.values().all(|of| *of == end)), (terms, true), "{ends:?}");
}

#[tokio::test]
async fn a_term_that_an_invocation_puts_minutes_after_the_end_expires_too() {
    let world = <Memory>::default();
    let settings = Settings { sources: [Source::Search].into_iter().collect(), ..Settings::default() };
    seeder::open_run(&world, &settings, run_id()).await.unwrap();
    world.control.stop(&run_id(), "stopped by hand").await.unwrap();
    assert!(matches!(seeder::tick(&world, &settings).await.unwrap(), Tick::Closed(_)));
    world.clock.advance(Duration::from_mins(6));
    seeder::tick(&world, &settings).await.unwrap();
    world.clock.advance(Duration::from_mins(4));
    let late = Term::new(run_id(), Source::Search, SearchTerm::new("0a").unwrap(), 1.0);
    assert_eq!(world.frontier.put_new(std::slice::from_ref(&late)).await.unwrap(), 1);
    world.clock.advance(Duration::from_mins(10));
    seeder::tick(&world, &settings).await.unwrap();
    let ends = world.frontier.ends(&run_id());
    assert!(ends.contains_key(&late.key()), "{ends:?}");
    assert_eq!(ends.len(), world.frontier.terms(&run_id()).len());
}

#[tokio::test]
async fn a_tick_that_seeds_has_time_left_to_dispatch() {
    let world = Large::default();
    let settings = Settings {
        sources: [Source::Systematic].into_iter().collect(),
        strings: "a-z:3".parse().unwrap(),
        chunk: 100,
        ..Settings::default()
    };
    let (_, tick) = seeder::open_run(&world, &settings, run_id()).await.unwrap();
    let run = world.control.overview().await.unwrap().run.unwrap();
    assert!(!run.seeded, "there is more to seed than a tick has time for");
    let Tick::Working { dispatched, .. } = tick else { unreachable!("{tick:?}") };
    assert_eq!(dispatched.sent, settings.window);
}

#[tokio::test]
async fn a_run_that_found_more_to_do_must_be_idle_again_to_be_closed() {
    let world = large(10).await;
    let settings = Settings { sources: [Source::Search].into_iter().collect(), ..Settings::default() };
    assert!(matches!(tick(&world, &settings).await, Tick::Idle { .. }));
    let question = Question::Search(SearchTerm::new("a").unwrap());
    let late = Term::new(run_id(), Source::Search, question, 1.0);
    world.frontier.put_new(std::slice::from_ref(&late)).await.unwrap();
    assert!(matches!(tick(&world, &settings).await, Tick::Working { .. }));
    let sent = world.frontier.get(&run_id(), &late.key()).await.unwrap().unwrap();
    finish(&world.frontier, sent).await;
    assert!(matches!(tick(&world, &settings).await, Tick::Idle { .. }), "an index may lag");
    assert!(matches!(tick(&world, &settings).await, Tick::Closed(_)));
}
