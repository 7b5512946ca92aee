//! A run under a pace at which no second permit is worth waiting for in place.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::fetcher::{Fetcher, Outcome};
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::pace::{Pacing, Rate};
use collect::plan::OperatorFinding;
use collect::ports::{Clock, Control, Delivery, TermMessage};
use collect::run::Report;
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::Settings;
use collect::term::{Operator, RunId, Source};
use collect::web_api::{Evidence, SpotifyError};

fn settings(per_30s: u32) -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(per_30s.try_into().unwrap())),
        sources: [Source::Search, Source::Related, Source::Genres].into_iter().collect(),
        ..Settings::default()
    }
}

fn world(page: u32) -> Memory {
    let artist = |number: usize| Artist {
        id: ArtistId::new(format!("{number:022}")).unwrap(),
        name: ["Abba", "Beck", "Мир", "Dodo"][number % 4].to_owned(),
        popularity: None,
        followers: None,
        genres: None,
    };
    Memory {
        clock: VirtualClock::at("2026-11-21T03:00:00Z".parse().unwrap()),
        spotify: MemorySpotify::new(Catalogue::new((0..40).map(artist).collect()), page, 1000),
        ..Memory::default()
    }
}

/// Plays a run to its end, with two fetchers.
async fn play(world: &Memory, settings: &Settings) -> Report {
    let mut fetchers = [Fetcher::new(settings.clone()), Fetcher::new(settings.clone())];
    seeder::open_run(world, settings, RunId::new("2026-11-21").unwrap()).await.unwrap();
    for turn in 0..20_000 {
        let now = world.clock.now();
        let batch = world.window.receive(now, 5);
        if batch.is_empty() {
            if let Tick::Closed(run) = seeder::tick(world, settings).await.unwrap() {
                return run.report.unwrap();
            }
            world.clock.advance(Duration::from_secs(20));
            continue;
        }
        let deadline = now + Duration::from_mins(1);
        let outcomes = fetchers[turn % 2].process_batch(world, &batch, deadline).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
    unreachable!("the run does not end");
}

#[tokio::test]
async fn terms_of_several_questions_come_to_their_end_under_a_slow_pace() {
    for per_30s in [10, 1] {
        let world = world(50);
        let report = play(&world, &settings(per_30s)).await;
        assert_eq!((report.artists_new, report.failed, report.unasked), (40, 0, 0), "{report:?}");
        let mut asked = world.spotify.asked();
        let count = asked.len();
        asked.sort_by_key(|request| format!("{request:?}"));
        asked.dedup();
        // The term that tries the endpoints out asks its search again after an interruption, and so may
        // another of that name.
        assert!(count - asked.len() <= 2, "{} of {count} requests were asked before", count - asked.len());
    }
}

#[tokio::test]
async fn a_trial_that_never_gets_an_answer_ends_however_slow_the_pace() {
    let mut world = world(10);
    let trouble = SpotifyError::Transient { evidence: Evidence::default() };
    world.spotify = world.spotify.never_answering("year:1900-1994", trouble);
    let report = play(&world, &settings(1)).await;
    assert_eq!((report.artists_new, report.failed), (40, 0), "{report:?}");
}

#[tokio::test]
async fn a_message_that_waits_very_often_is_exchanged_for_a_new_one() {
    let (world, settings) = (world(50), settings(1));
    let run = RunId::new("2026-11-21").unwrap();
    for operator in [Operator::Not, Operator::Quotes] {
        let finding = OperatorFinding::new(true, &run, world.clock.now());
        world.control.note_operator(operator, &finding).await.unwrap();
    }
    seeder::open_run(&world, &settings, run.clone()).await.unwrap();
    let now = world.clock.now();
    let mut batch = world.window.receive(now, 3);
    for delivery in &mut batch {
        delivery.receive_count = 700;
    }
    let deadline = now + Duration::from_secs(13);
    let outcomes = Fetcher::new(settings).process_batch(&world, &batch, deadline).await;
    let parked: Vec<&Delivery> = batch
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Parked)
        .map(|(sent, _)| sent)
        .collect();
    assert_eq!(parked.len(), 2, "{outcomes:?}");
    let term = |delivery: &Delivery| serde_json::from_str::<TermMessage>(&delivery.body).unwrap().key;
    let left = parked.into_iter().map(term).collect::<Vec<_>>();
    let ready = world.frontier.terms(&run).into_iter().filter(|term| left.contains(&term.key()));
    assert!(ready.clone().count() == 2 && ready.clone().all(|term| term.attempts == 0));
}

#[tokio::test]
async fn a_permit_is_waited_for_only_where_time_is_left_after_it() {
    for (seconds, asked) in [(50, 1), (60, 2)] {
        let (world, settings) = (world(50), settings(1));
        seeder::open_run(&world, &settings, RunId::new("2026-11-21").unwrap()).await.unwrap();
        let now = world.clock.now();
        let batch = world.window.receive(now, 1);
        // The second permit is due half a minute after the first.
        let deadline = now + Duration::from_secs(seconds);
        Fetcher::new(settings).process_batch(&world, &batch, deadline).await;
        assert_eq!(world.spotify.asked().len(), asked, "within {seconds} s");
    }
}

#[tokio::test]
async fn no_request_is_begun_that_the_wait_for_its_permit_could_make_late() {
    let settings = settings(300);
    for (seconds, expected) in [(13, 0), (15, 1)] {
        let world = world(50);
        seeder::open_run(&world, &settings, RunId::new("2026-11-21").unwrap()).await.unwrap();
        let now = world.clock.now();
        let batch = world.window.receive(now, 1);
        let deadline = now + Duration::from_secs(seconds);
        Fetcher::new(settings.clone()).process_batch(&world, &batch, deadline).await;
        assert_eq!(world.spotify.asked().len().min(1), expected, "with {seconds} s left");
    }
}
