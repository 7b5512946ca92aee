//! A whole run in memory: seeder and fetcher over in-memory ports and virtual time.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::fetcher::{Fetcher, Outcome};
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::pace::{Pacing, Rate, WaitPolicy};
use collect::plan::OperatorFinding;
use collect::ports::{Clock, Control, Opening, Scheduling};
use collect::run::{Run, RunState};
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::Settings;
use collect::term::{Operator, RunId, SearchTerm, TermState};
use collect::web_api::{Evidence, PageLimits, Request, SpotifyError};

const DAY: &str = "2026-11-21";

fn settings() -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
}

fn id(number: usize) -> ArtistId {
    ArtistId::new(format!("{number:022}")).unwrap()
}

/// Names over few syllables, so that prefixes saturate early; some single words that do, too.
fn artists(count: usize) -> Vec<Artist> {
    let syllables = ["ba", "be", "bo", "da", "de", "do", "ka", "the", "dj", "lo"];
    (0..count)
        .map(|number| {
            let word = |n: usize| format!("{}{}", syllables[n % 10], syllables[n / 10 % 10]);
            let name = match number % 4 {
                0 => format!("The {}", word(number / 4)),
                1 => format!("DJ {}{}", word(number / 4), word(number / 40)),
                2 if number % 8 == 2 => format!("Мир {}", word(number / 8)),
                2 => word(number / 4) + &word(number / 400),
                _ => format!("{} {}", word(number / 4), word(number / 40)),
            };
            Artist { id: id(number), name, popularity: None, followers: None, genres: None }
        })
        .collect()
}

fn world(artists: Vec<Artist>, page: u32, window: u32) -> Memory {
    Memory {
        clock: VirtualClock::at(format!("{DAY}T03:00:00Z").parse().unwrap()),
        spotify: MemorySpotify::new(Catalogue::new(artists), page, window),
        ..Memory::default()
    }
}

fn run_id() -> RunId {
    RunId::new(DAY).unwrap()
}

/// Plays schedule and queue until the run closes; calls `between` before every batch.
async fn play(world: &Memory, mut between: impl FnMut(&Memory, &mut Fetcher)) -> Run {
    let mut fetcher = Fetcher::new(settings());
    let (opening, _) = seeder::open_run(world, &settings(), run_id()).await.unwrap();
    assert_eq!(opening, Opening::Opened);
    for _ in 0..20_000 {
        let now = world.clock().now();
        let batch = world.window.receive(now, 10);
        if batch.is_empty() {
            if let Tick::Closed(run) = seeder::tick(world, &settings()).await.unwrap() {
                return *run;
            }
            world.clock.advance(Duration::from_mins(1));
            continue;
        }
        between(world, &mut fetcher);
        let deadline = now + Duration::from_mins(1);
        let outcomes = fetcher.process_batch(world, &batch, deadline).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
    unreachable!("the run does not end")
}

/// Opens the run with the operators of the search known, so that all roots are sent at once.
async fn open(world: &Memory) {
    for operator in [Operator::Not, Operator::Quotes] {
        let finding = OperatorFinding::new(false, &run_id(), world.clock.now());
        world.control.note_operator(operator, &finding).await.unwrap();
    }
    seeder::open_run(world, &settings(), run_id()).await.unwrap();
}

fn throttled(seconds: u64) -> SpotifyError {
    SpotifyError::Throttled { retry_after: Some(Duration::from_secs(seconds)), evidence: Evidence::default() }
}

fn trouble() -> SpotifyError {
    SpotifyError::Transient { evidence: Evidence { detail: "cut body".into(), ..Evidence::default() } }
}

fn collected(world: &Memory) -> Vec<ArtistId> {
    world.artists.rows().into_keys().collect()
}

#[tokio::test]
async fn every_artist_is_collected_though_most_searches_saturate() {
    let world = world(artists(3000), 10, 60);
    let run = play(&world, |_, _| ()).await;
    let latest = world.control.overview().await.unwrap().latest();
    assert!(latest.artists.iter().all(|id| collected(&world).contains(id)), "{latest:?}");
    assert!(!latest.artists.is_empty() && !latest.terms.is_empty(), "{latest:?}");
    let found = collected(&world).len();
    let report = run.report.clone().unwrap();
    assert!(found >= 2970, "{found} of 3000: {report:?}");
    assert_eq!(report.artists_new, found as u64);
    assert!(report.split > 10 && report.failed == 0, "{report:?}");
    assert_eq!(run.state == RunState::Complete, report.open == 0, "{report:?}");
    assert!(world.window.dead_letters().is_empty());
    if found < 3000 {
        assert_eq!(run.state, RunState::Partial, "hidden artists and yet complete: {report:?}");
    }
}

/// What is found of the operators where `NOT` works or not. Whether it excludes whole words is tried only
/// where it excludes.
fn found(not: bool, others: bool) -> Vec<(Operator, bool)> {
    let tried = Operator::ALL.into_iter().filter(|operator| not || *operator != Operator::NotQuotes);
    tried.map(|operator| (operator, if operator == Operator::Not { not } else { others })).collect()
}

/// The operators that this run has tried out, while it was open.
async fn operators(world: &Memory, run: &Run) -> Vec<(Operator, bool)> {
    let findings = world.control.overview().await.unwrap().operators;
    let tried = |(operator, finding): (Operator, OperatorFinding)| {
        let in_time = run.opened_at..=run.closed_at.unwrap();
        assert!(finding.run == run.id && finding.at.is_some_and(|at| in_time.contains(&at)), "{finding:?}");
        (operator, finding.works)
    };
    findings.into_iter().map(tried).collect()
}

#[tokio::test]
async fn operators_are_tried_out_and_used_where_they_work() {
    let works = world(artists(3000), 10, 60);
    let run = play(&works, |_, _| ()).await;
    assert_eq!(operators(&works, &run).await, found(true, true));
    assert_eq!(collected(&works).len(), 3000, "{:?}", run.report);

    let spotify = MemorySpotify::new(Catalogue::new(artists(3000)), 10, 60).without(Operator::ALL);
    let broken = Memory { spotify, ..world(Vec::new(), 10, 60) };
    let run = play(&broken, |_, _| ()).await;
    assert_eq!(operators(&broken, &run).await, found(false, false));
    let asked = broken.spotify.queries();
    assert_eq!(asked.iter().filter(|query| query.contains("NOT")).count(), 1, "the trial");
    assert!(collected(&broken).len() >= 2970, "{:?}", run.report);
    assert!(
        works.spotify.asked().len() * 2 < asked.len() * 3,
        "{} {}",
        works.spotify.asked().len(),
        asked.len()
    );
}

#[tokio::test]
async fn where_not_fails_quotes_are_tried_first_and_whole_words_are_not_split_by_other_words() {
    let spotify = MemorySpotify::new(Catalogue::new(artists(3000)), 10, 60).without([Operator::Not]);
    let world = Memory { spotify, ..world(Vec::new(), 10, 60) };
    let run = play(&world, |_, _| ()).await;
    assert_eq!(operators(&world, &run).await, found(false, true));
    let asked = world.spotify.queries();
    let first_quoted = asked.iter().position(|query| query.contains('"')).unwrap();
    assert!(first_quoted < 20, "asked at {first_quoted}");
    let is_mixed = |query: &&String| {
        let search = SearchTerm::new(query).unwrap();
        !search.words().is_empty() && !search.whole().is_empty()
    };
    assert_eq!(asked.iter().find(is_mixed), None, "those names are found by their other words");
    assert!(asked.iter().any(|query| query.starts_with("\"the\" year:")), "single words by years");
    assert!(collected(&world).len() >= 2990, "{:?}", run.report);
}

#[tokio::test]
async fn a_catalogue_without_saturation_makes_a_complete_run() {
    let world = world(artists(40), 50, 1000);
    let run = play(&world, |_, _| ()).await;
    assert_eq!((run.state, collected(&world).len()), (RunState::Complete, 40));
}

#[tokio::test]
async fn page_limits_are_found_out_and_kept() {
    let world = world(artists(500), 10, 200);
    let run = play(&world, |_, _| ()).await;
    let found = world.control.overview().await.unwrap().limits.unwrap();
    assert_eq!((found.limits, found.run.as_ref()), (PageLimits { page: 10, depth: 200 }, Some(&run.id)));
    assert!(found.at.is_some_and(|at| (run.opened_at..=run.closed_at.unwrap()).contains(&at)), "{found:?}");
    let too_large = |request: &Request| matches!(request, Request::Search { page, .. } if page.limit > 10);
    let rejected = world.spotify.asked().iter().filter(|request| too_large(request)).count();
    assert!(rejected <= 4, "{rejected} requests with a limit that had been refused");
}

#[tokio::test]
async fn holds_long_and_short_change_nothing_in_the_end_and_count_as_no_attempt() {
    let undisturbed = world(artists(800), 10, 60);
    play(&undisturbed, |_, _| ()).await;
    let held = world(artists(800), 10, 60);
    let (mut holds, mut next) = (0, 10);
    let run = play(&held, |world, _| {
        if world.spotify.asked().len() >= next {
            next = world.spotify.asked().len() + 20;
            holds += 1;
            world.spotify.fail_next([throttled(if holds % 2 == 0 { 5 } else { 3600 })]);
        }
    })
    .await;
    assert!(holds > 10);
    assert_eq!(collected(&held), collected(&undisturbed));
    assert!(held.window.dead_letters().is_empty());
    assert_eq!(run.report.unwrap().failed, 0);
    assert!(held.frontier.terms(&run_id()).iter().all(|term| term.attempts == 0));
}

#[tokio::test]
async fn no_request_leaves_during_a_hold() {
    let world = world(artists(300), 10, 60);
    open(&world).await;
    let mut fetcher = Fetcher::new(settings());
    world.spotify.fail_next([throttled(100)]);
    let now = world.clock().now();
    let batch = world.window.receive(now, 10);
    let outcomes = fetcher.process_batch(&world, &batch, now + Duration::from_mins(1)).await;
    assert_eq!(world.spotify.asked().len(), 1, "the first was refused, the others must not be asked");
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Outcome::Deferred(wait) if wait.as_secs() >= 100))
    );
    let mut other = Fetcher::new(settings());
    let batch = world.window.receive(now, 10);
    assert_eq!(batch.len(), 10);
    other.process_batch(&world, &batch, now + Duration::from_mins(1)).await;
    assert_eq!(world.spotify.asked().len(), 1, "another environment knows of the hold");
}

#[tokio::test]
async fn passing_trouble_loses_nothing_and_lasting_trouble_fails_one_term_with_its_reason() {
    let undisturbed = world(artists(500), 10, 60);
    play(&undisturbed, |_, _| ()).await;
    let troubled = world(artists(500), 10, 60);
    let mut batches = 0;
    let run = play(&troubled, |world, _| {
        batches += 1;
        if batches % 3 == 0 {
            world.spotify.fail_next([trouble()]);
        }
    })
    .await;
    assert_eq!(collected(&troubled), collected(&undisturbed));
    assert_eq!(run.report.unwrap().failed, 0);

    let broken = world(artists(20), 10, 60);
    let run = play(&broken, |world, _| world.spotify.fail_next((0..20).map(|_| trouble()))).await;
    let report = run.report.unwrap();
    assert!(report.failed > 0 && run.state == RunState::Partial, "{report:?}");
    assert!(report.reasons.keys().any(|reason| reason.contains("5 attempts") && reason.contains("cut body")));
    assert_eq!(broken.window.dead_letters().len() as u64, report.failed);
}

#[tokio::test]
async fn a_long_term_survives_passing_trouble_between_its_pages() {
    let world = world(artists(800), 10, 100);
    open(&world).await;
    let mut batch = world.window.receive(world.clock().now(), 40);
    batch.retain(|delivery| delivery.body.contains("\"search:d\""));
    let (mut fetcher, mut failures, mut outcomes) = (Fetcher::new(settings()), 0, Vec::new());
    while !matches!(outcomes.last(), Some(Outcome::Finished(_))) {
        if matches!(outcomes.last(), None | Some(Outcome::Deferred(_))) {
            world.spotify.fail_next([trouble()]);
            failures += 1;
        }
        // Time for a page or two.
        let needed = WaitPolicy::horizon() + settings().request_time;
        let deadline = world.clock().now() + needed + Duration::from_millis(50);
        outcomes.extend(fetcher.process_batch(&world, &batch, deadline).await);
    }
    assert!(failures > 5, "{failures} failures: {outcomes:?}");
    let ended = Some(&Outcome::Finished(TermState::Open));
    assert_eq!(outcomes.last(), ended, "whether a name is exactly `d` was not found out: {outcomes:?}");
}

#[tokio::test]
async fn a_bad_message_is_set_aside_and_its_neighbours_are_worked() {
    let world = world(artists(100), 50, 1000);
    open(&world).await;
    for body in ["", "{\"run\":1}", "{\"run\":\"2026-11-21\",\"key\":\"search:zzz\",\"generation\":1}"] {
        world.window.push(body.to_owned());
    }
    let now = world.clock().now();
    let batch = world.window.receive(now, 100);
    let outcomes =
        Fetcher::new(settings()).process_batch(&world, &batch, now + Duration::from_mins(10)).await;
    let set_aside = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::SetAside(_))).count();
    let worked = |outcome: &&Outcome| matches!(outcome, Outcome::Finished(_) | Outcome::PutBack);
    assert_eq!((set_aside, outcomes.iter().filter(worked).count()), (3, 37), "all roots");
    assert!(world.window.dead_letters().iter().all(|letter| !letter.reason.is_empty()));
}

#[tokio::test]
async fn an_app_without_premium_stops_the_run_with_a_sentence() {
    let world = world(artists(100), 50, 1000);
    let run = play(&world, |world, _| {
        world.spotify.fail_next([SpotifyError::PremiumRequired { evidence: Evidence::default() }]);
    })
    .await;
    assert_eq!(run.state, RunState::Partial);
    assert!(run.report.unwrap().reasons.keys().any(|reason| reason.contains("Premium")));
    assert_eq!(world.spotify.asked().len(), 1);
}

#[tokio::test]
async fn terms_wait_without_an_attempt_while_the_secret_is_rotated() {
    let world = world(artists(100), 50, 1000);
    let refused = || SpotifyError::CredentialsRefused {
        retry_after: Duration::from_mins(1),
        evidence: Evidence::default(),
    };
    // Far more than the attempts of all terms in the window.
    world.spotify.fail_next((0..1_000).map(|_| refused()));
    let run = play(&world, |_, _| ()).await;
    let report = run.report.unwrap();
    assert_eq!(
        (run.state, report.failed, run.stopped),
        (RunState::Complete, 0, None),
        "{:?}",
        report.reasons
    );
}

#[tokio::test]
async fn a_second_collect_event_on_the_same_day_opens_no_second_run() {
    let world = world(artists(50), 50, 1000);
    play(&world, |_, _| ()).await;
    let asked = world.spotify.asked().len();
    let (opening, tick) = seeder::open_run(&world, &settings(), run_id()).await.unwrap();
    assert_eq!((opening, tick), (Opening::AlreadyClosed, Tick::NoRun));
    assert_eq!(world.spotify.asked().len(), asked);
    let next = RunId::new("2026-11-28").unwrap();
    let (opening, _) = seeder::open_run(&world, &settings(), next.clone()).await.unwrap();
    assert_eq!(opening, Opening::Opened);
    let (opening, _) = seeder::open_run(&world, &settings(), run_id()).await.unwrap();
    assert_eq!(opening, Opening::AlreadyClosed);
    let (opening, _) = seeder::open_run(&world, &settings(), RunId::new("by-hand").unwrap()).await.unwrap();
    assert_eq!(opening, Opening::Busy(next));
}

#[tokio::test]
async fn a_message_that_is_delivered_twice_or_late_is_dropped() {
    let world = world(artists(50), 50, 1000);
    open(&world).await;
    let now = world.clock().now();
    let batch = world.window.receive(now, 10);
    let mut fetcher = Fetcher::new(settings());
    let deadline = now + Duration::from_mins(10);
    fetcher.process_batch(&world, &batch, deadline).await;
    let asked = world.spotify.asked().len();
    let outcomes = fetcher.process_batch(&world, &batch, deadline).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Stale), "{outcomes:?}");
    assert_eq!(world.spotify.asked().len(), asked);
}

#[tokio::test]
async fn a_term_whose_message_was_lost_is_given_back_when_its_lease_ends() {
    let world = world(artists(40), 50, 1000);
    open(&world).await;
    let lost = world.window.receive(world.clock().now(), 10);
    for delivery in &lost {
        world.window.delete(delivery);
    }
    world.clock.advance(settings().lease_time() + Duration::from_secs(1));
    let tick = seeder::tick(&world, &settings()).await.unwrap();
    assert!(matches!(tick, Tick::Working { given_back: 37, .. }), "{tick:?}");
    let run = play_on(&world).await;
    assert_eq!(run.state, RunState::Complete);
    assert_eq!(collected(&world).len(), 40);
    let terms = world.frontier.terms(&run_id());
    assert!(terms.iter().all(|term| matches!(term.state, TermState::Done | TermState::Split)), "{terms:?}");
}

async fn play_on(world: &Memory) -> Run {
    let mut fetcher = Fetcher::new(settings());
    loop {
        let now = world.clock().now();
        let batch = world.window.receive(now, 10);
        for (delivery, outcome) in
            batch.iter().zip(fetcher.process_batch(world, &batch, now + Duration::from_mins(1)).await)
        {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
        if let Tick::Closed(run) = seeder::tick(world, &settings()).await.unwrap() {
            return *run;
        }
        world.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_function_that_runs_out_of_time_goes_on_where_it_stopped() {
    let world = world(artists(200), 10, 1000);
    open(&world).await;
    let now = world.clock().now();
    let mut batch = world.window.receive(now, 40);
    batch.retain(|delivery| delivery.body.contains("\"search:d\""));
    let mut fetcher = Fetcher::new(settings());
    // At a tenth of a second per request, some three requests fit before nothing may be begun any more.
    let deadline = now + settings().request_time + Duration::from_millis(250);
    let first = fetcher.process_batch(&world, &batch, deadline).await;
    assert_eq!(first, [Outcome::Deferred(Duration::ZERO)]);
    let asked = world.spotify.asked();
    let again = world.window.receive(world.clock().now(), 1);
    assert_eq!(again[0].receive_count, 2);
    fetcher.process_batch(&world, &again, world.clock().now() + Duration::from_mins(1)).await;
    let all = world.spotify.asked();
    assert!(all.len() > asked.len());
    assert!(all[asked.len()..].iter().all(|question| !asked.contains(question)), "nothing is asked twice");
}
