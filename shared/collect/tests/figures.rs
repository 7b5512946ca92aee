//! The figures of a run count every request, also where the table that keeps them cannot be reached.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::fetcher::Fetcher;
use collect::memory::{Catalogue, Memory, MemorySpotify};
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Control, Scheduling};
use collect::seeder::{self, Tick};
use collect::settings::Settings;
use collect::term::{RunId, Source};
use collect::web_api::{Evidence, SpotifyError};

fn settings() -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())),
        sources: [Source::Search].into_iter().collect(),
        ..Settings::default()
    }
}

fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

/// An open run over a few artists.
async fn opened() -> (Memory, Fetcher) {
    let artist = |number: usize| Artist {
        id: ArtistId::new(format!("{number:022}")).unwrap(),
        name: format!("Abba {number}"),
        popularity: None,
        followers: None,
        genres: None,
    };
    let spotify = MemorySpotify::new(Catalogue::new((0..120).map(artist).collect()), 50, 1000);
    let world = Memory { spotify, ..<Memory>::default() };
    seeder::open_run(&world, &settings(), run("2026-11-21")).await.unwrap();
    (world, Fetcher::new(settings()))
}

/// Works one batch of the window, and deletes its messages where that is due.
async fn work(world: &Memory, fetcher: &mut Fetcher) {
    world.clock().advance(Duration::from_mins(1));
    let batch = world.window.receive(world.clock.now(), 10);
    assert!(!batch.is_empty());
    let deadline = world.clock.now() + Duration::from_mins(1);
    let outcomes = fetcher.process_batch(world, &batch, deadline).await;
    for (delivery, _) in batch.iter().zip(&outcomes).filter(|(_, outcome)| !outcome.keeps_message()) {
        world.window.delete(delivery);
    }
}

/// Requests that the open run has sent, by its figures.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of requests")]
async fn counted(world: &Memory) -> usize {
    let yields = world.control.overview().await.unwrap().yields();
    yields.0.values().map(|of| of.asked).sum::<f64>() as usize
}

#[tokio::test]
async fn figures_that_could_not_be_reported_come_with_the_next_batch() {
    let (world, mut fetcher) = opened().await;
    world.control.fail_reports(1);
    work(&world, &mut fetcher).await;
    assert_eq!(counted(&world).await, 0);
    let unreported = world.spotify.asked().len();
    work(&world, &mut fetcher).await;
    assert!(unreported > 0 && world.spotify.asked().len() > unreported);
    assert_eq!(counted(&world).await, world.spotify.asked().len());
    work(&world, &mut fetcher).await;
    assert_eq!(counted(&world).await, world.spotify.asked().len(), "each counts once");
}

#[tokio::test]
async fn figures_that_were_never_reported_are_not_those_of_the_next_run() {
    let (world, mut fetcher) = opened().await;
    world.control.fail_reports(1);
    work(&world, &mut fetcher).await;
    world.control.stop(&run("2026-11-21"), "stopped by hand").await.unwrap();
    while !matches!(seeder::tick(&world, &settings()).await.unwrap(), Tick::Closed(_)) {}
    let before = world.spotify.asked().len();
    seeder::open_run(&world, &settings(), run("2026-11-28")).await.unwrap();
    let seeded = counted(&world).await;
    work(&world, &mut fetcher).await;
    assert_eq!(counted(&world).await, seeded + world.spotify.asked().len() - before);
}

#[tokio::test]
async fn a_request_that_brought_nothing_is_one_of_those_that_the_run_may_send() {
    let (world, mut fetcher) = opened().await;
    let trouble = || SpotifyError::Transient { evidence: Evidence::default() };
    let refusal = SpotifyError::Throttled { retry_after: None, evidence: Evidence::default() };
    world.spotify.fail_next([trouble(), trouble(), refusal]);
    for _ in 0..4 {
        work(&world, &mut fetcher).await;
    }
    assert_eq!(counted(&world).await, world.spotify.asked().len() - 1, "all but the one that was refused");
}
