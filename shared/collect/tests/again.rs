//! A second run over the same catalogue, from the leaves of the first.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::artist::Artist;
use collect::batch::Fetcher;
use collect::id::ArtistId;
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Opening};
use collect::run::{Run, RunId};
use collect::schedule::{self, Tick};
use collect::settings::Settings;
use collect::stop::StopRule;

const ARTISTS: usize = 2_000;

fn settings(stop: StopRule) -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), stop, ..Settings::default() }
}

/// Names of one or two words of two syllables each, so that most searches saturate.
fn world() -> Memory {
    let syllables = ["ba", "be", "ca", "co", "da", "di", "ka", "ko", "la", "mi"];
    let artist = |number: usize| {
        let word = |n: usize| format!("{}{}", syllables[n % 10], syllables[n / 10 % 10]);
        let name = if number.is_multiple_of(2) {
            format!("{} {}", word(number / 2), word(number / 7))
        } else {
            format!("{}{}", word(number / 2), word(number / 200))
        };
        let id = ArtistId::new(format!("{number:022}")).unwrap();
        Artist { id, name, popularity: None, followers: None, genres: None }
    };
    Memory {
        clock: VirtualClock::at("2026-11-16T03:00:00Z".parse().unwrap()),
        spotify: MemorySpotify::new(Catalogue::new((0..ARTISTS).map(artist).collect()), 10, 60),
        ..Memory::default()
    }
}

async fn play(world: &Memory, run: &str, stop: StopRule) -> Run {
    let settings = settings(stop);
    let mut fetcher = Fetcher::new(settings.clone());
    let (opening, _) = schedule::collect(world, &settings, RunId::new(run).unwrap()).await.unwrap();
    assert_eq!(opening, Opening::Opened);
    let mut next_tick = world.clock.now();
    for _ in 0..20_000 {
        let now = world.clock.now();
        if now >= next_tick {
            next_tick = now + Duration::from_mins(1);
            if let Tick::Closed(run) = schedule::tick(world, &settings).await.unwrap() {
                return *run;
            }
        }
        // About what a batch takes under a pace of ten requests a second.
        world.clock.advance(Duration::from_secs(5));
        let batch = world.window.receive(now, 10);
        let outcomes = fetcher.work_batch(world, &batch, now + Duration::from_mins(1)).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
    unreachable!("the run does not end")
}

#[tokio::test]
async fn the_next_run_sees_the_same_with_fewer_requests_because_it_begins_with_the_leaves() {
    let world = world();
    let first = play(&world, "2026-11-16", StopRule::default()).await;
    let asked = world.spotify.asked().len();
    let second = play(&world, "2026-11-23", StopRule::default()).await;
    let again = world.spotify.asked().len() - asked;
    let (first, second) = (first.report.unwrap(), second.report.unwrap());
    assert_eq!(first.artists_new, ARTISTS as u64);
    assert_eq!((second.artists_new, second.artists_changed), (0, ARTISTS as u64));
    assert!(again * 10 < asked * 9, "{again} requests after {asked}");
    assert!(second.split < first.split / 2, "{} terms split again", second.split);
}

#[tokio::test]
async fn a_least_yield_counts_what_the_run_has_not_seen_and_not_what_the_table_lacks() {
    let world = world();
    play(&world, "2026-11-16", StopRule::default()).await;
    let least_yield = StopRule { requests: None, least_yield: Some(3.0) };
    let second = play(&world, "2026-11-23", least_yield).await;
    let report = second.report.unwrap();
    let seen = report.artists_new + report.artists_changed;
    assert!(seen > ARTISTS as u64 * 8 / 10, "{seen} seen: {report:?}");
    assert!(second.stopped.is_some() && report.unasked > 0, "{report:?}");
}
